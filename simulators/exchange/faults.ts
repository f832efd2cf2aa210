import { z } from 'zod';
import { drawsFrom, FaultScript } from '../fault-script';

/** What a request is for, as a front says it. */
export const REQUEST_KINDS = ['order', 'cancel', 'query', 'public'] as const;
export type RequestKind = (typeof REQUEST_KINDS)[number];

/**
 * What may go wrong with a request. Before the venue acts on it: `drop` the connection breaks, `answer` it is answered by
 * an error and not acted on, `slow` it waits `ms` and is then judged as if it had just come. After: `lose` the
 * connection breaks, `hang` no answer ever comes, `stall` the headers come and the body never does, `cut` the connection
 * breaks inside the body, `truncate` the body ends early, `html` a page comes with status 200, `empty` the body is `{}`,
 * `answer-after` an error is the answer although the request was acted on.
 */
export const FAULT_KINDS = [
  'drop',
  'answer',
  'slow',
  'lose',
  'hang',
  'stall',
  'cut',
  'truncate',
  'html',
  'empty',
  'answer-after',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export const faultSchema = z.strictObject({
  on: z.enum(REQUEST_KINDS),
  kind: z.enum(FAULT_KINDS),
  /** How many requests it hits; one unless told. */
  times: z.int().min(1).default(1),
  /** Hits only requests that say this text in their path, query or body, such as a client order id; dashes do not count. */
  matching: z.string().min(1).optional(),
  /** How many requests of its kind it lets pass first. */
  after: z.int().min(0).default(0),
  ms: z.int().min(0).max(600_000).default(0),
  status: z.int().min(200).max(599).default(503),
  /** The body of an `answer`; the front's own words unless told. */
  body: z.string().optional(),
  retryAfterSeconds: z.int().min(0).optional(),
});
export type Fault = z.output<typeof faultSchema>;

/** Chances of faults of orders, drawn from a seed: the same seed and the same requests, the same faults. */
export const profileSchema = z.strictObject({
  seed: z.string().min(1),
  /** Share of the order requests that something happens to, from 0 to 1. */
  share: z.number().min(0).max(1),
  kinds: z.array(z.enum(FAULT_KINDS)).min(1),
  /** Of a `slow` one: between half of this and all of it. */
  slowMs: z.int().min(1).max(600_000).default(3_000),
});
export type FaultProfile = z.output<typeof profileSchema>;

/** Venues write one id with dashes and without. */
function plain(text: string): string {
  return text.replaceAll('-', '').toLowerCase();
}

/** Which faults are to come, and how many have been. */
export class FaultPlan {
  private readonly scripted = new FaultScript<Fault>((said, matching) => plain(said).includes(plain(matching)));
  private profile: FaultProfile | undefined;
  private draw = drawsFrom('');
  /** Faults that hit, by kind. */
  readonly injected = new Map<FaultKind, number>();
  /** What the faults of orders looked for that hit, one text for each request. */
  readonly matched: string[] = [];

  script(fault: Fault): void {
    this.scripted.add(fault);
  }

  /** Random faults of orders from now on; none without a profile. */
  follow(profile: FaultProfile | undefined): void {
    this.profile = profile;
    this.draw = drawsFrom(profile?.seed ?? '');
  }

  clear(): void {
    this.scripted.clear();
    this.profile = undefined;
  }

  /** The fault of the next request of a kind, if any; `said` is what the request says, for faults that look at it. */
  next(kind: RequestKind, said = ''): Fault | undefined {
    const fault = this.scripted.next(kind, said) ?? (kind === 'order' ? this.nextDrawn() : undefined);
    if (fault) this.injected.set(fault.kind, (this.injected.get(fault.kind) ?? 0) + 1);
    if (fault?.on === 'order' && fault.matching !== undefined) this.matched.push(fault.matching);
    return fault;
  }

  private nextDrawn(): Fault | undefined {
    if (this.profile === undefined) return undefined;
    const { share, kinds, slowMs } = this.profile;
    if (this.draw() >= share) return undefined;
    const kind = kinds[Math.floor(this.draw() * kinds.length)] ?? 'lose';
    return faultSchema.parse({ on: 'order', kind, ms: Math.round(slowMs * (0.5 + this.draw() / 2)) });
  }
}
