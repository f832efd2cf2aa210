import { z } from 'zod';

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

/** A start of the draws from a text, never 0. */
function hashOf(seed: string): number {
  let hash = 7;
  for (let index = 0; index < seed.length; index += 1) hash = (hash * 31 + seed.charCodeAt(index)) >>> 0;
  return hash || 1;
}

/** Which faults are to come, and how many have been. */
export class FaultPlan {
  private scripted: { fault: Fault; passes: number; left: number }[] = [];
  private profile: FaultProfile | undefined;
  private state = 1;
  /** Faults that hit, by kind. */
  readonly injected = new Map<FaultKind, number>();
  /** What the faults of orders looked for that hit, one text for each request. */
  readonly matched: string[] = [];

  script(fault: Fault): void {
    this.scripted.push({ fault, passes: fault.after, left: fault.times });
  }

  /** Random faults of orders from now on; none without a profile. */
  follow(profile: FaultProfile | undefined): void {
    this.profile = profile;
    this.state = profile === undefined ? 1 : hashOf(profile.seed);
  }

  clear(): void {
    this.scripted = [];
    this.profile = undefined;
  }

  /** The fault of the next request of a kind, if any; `said` is what the request says, for faults that look at it. */
  next(kind: RequestKind, said = ''): Fault | undefined {
    const fault = this.nextScripted(kind, said) ?? (kind === 'order' ? this.nextDrawn() : undefined);
    if (fault) this.injected.set(fault.kind, (this.injected.get(fault.kind) ?? 0) + 1);
    if (fault?.on === 'order' && fault.matching !== undefined) this.matched.push(fault.matching);
    return fault;
  }

  private nextScripted(kind: RequestKind, said: string): Fault | undefined {
    for (const entry of this.scripted) {
      const { on, matching } = entry.fault;
      if (on !== kind || (matching !== undefined && !plain(said).includes(plain(matching)))) continue;
      if (entry.passes > 0) {
        entry.passes -= 1;
        continue;
      }
      entry.left -= 1;
      if (entry.left === 0) this.scripted = this.scripted.filter((one) => one !== entry);
      return entry.fault;
    }
    return undefined;
  }

  private nextDrawn(): Fault | undefined {
    if (this.profile === undefined) return undefined;
    const { share, kinds, slowMs } = this.profile;
    if (this.draw() >= share) return undefined;
    const kind = kinds[Math.floor(this.draw() * kinds.length)] ?? 'lose';
    return faultSchema.parse({ on: 'order', kind, ms: Math.round(slowMs * (0.5 + this.draw() / 2)) });
  }

  /** Xorshift (Marsaglia 2003): a number from 0 up to 1. */
  private draw(): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x >>> 0;
    return this.state / 2 ** 32;
  }
}
