import { z } from 'zod';
import { drawsFrom, FaultScript } from '../fault-script';

/** What a fault may hit: a connection that says its client id, an order, a cancel, a request of bars, or any other question. */
export const FAULT_TARGETS = ['connect', 'order', 'cancel', 'history', 'query'] as const;
export type FaultTarget = (typeof FAULT_TARGETS)[number];

/**
 * What may go wrong.
 *
 * Anything: `drop` the connection breaks and nothing was acted on; `lose` it was acted on, and the connection breaks
 * without a word; `swallow` the connection stays open, hears and says nothing more, and nothing was acted on; `mute` the
 * same, but it was acted on; `slow` it is acted on after `ms`.
 *
 * Connecting: `in-use` the client id is said to be taken (326); `roll-back` the next order id is `count` lower than it was.
 *
 * Bars, beside those of anything: `pacing` is answered by a pacing violation (162); `short` the older half of the bars is
 * missing; `break-off` the connection breaks in the middle of the answer.
 *
 * Orders: `drop-before-fill` the connection breaks after openOrder, and what fills is told to nobody; `hold` 399, and the
 * order meets no market for `ms`; `cut` half of it fills, and the exchange takes the rest off (202); `reject` is answered
 * by `code` and `text`; `garbled-reject` is a reject (201) whose details are no JSON; `late-commission` the commission
 * report comes `ms` late; `correct` the first execution is corrected after `ms`; `hide` no query shows it for `ms`;
 * `no-status` no orderStatus tells of it; `repeat` each orderStatus comes twice.
 */
export const FAULT_KINDS = [
  ...['drop', 'lose', 'swallow', 'mute', 'slow'],
  ...['in-use', 'roll-back'],
  ...['drop-before-fill', 'hold', 'cut', 'reject', 'garbled-reject', 'late-commission', 'correct', 'hide'],
  ...['no-status', 'repeat'],
  ...['pacing', 'short', 'break-off'],
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export const faultSchema = z.strictObject({
  on: z.enum(FAULT_TARGETS),
  kind: z.enum(FAULT_KINDS),
  /** How many it hits; one unless told. */
  times: z.int().min(1).default(1),
  /** Hits only what says this text: an order its reference, a connection its client id as a number, bars their contract. */
  matching: z.string().min(1).optional(),
  /** How many of its target it lets pass first. */
  after: z.int().min(0).default(0),
  ms: z.int().min(0).max(3_600_000).default(0),
  /** Of a `reject`. */
  code: z.int().default(201),
  text: z.string().default('Order rejected - reason:scripted'),
  /** Of a `roll-back`. */
  count: z.int().min(1).default(10),
});
export type Fault = z.output<typeof faultSchema>;

/** Chances of faults of orders, drawn from a seed: the same seed and the same orders, the same faults. */
export const profileSchema = z.strictObject({
  seed: z.string().min(1),
  /** Share of the orders that something happens to, from 0 to 1. */
  share: z.number().min(0).max(1),
  kinds: z.array(z.enum(FAULT_KINDS)).min(1),
  /** Of those that take time: between half of this and all of it. */
  ms: z.int().min(1).max(3_600_000).default(3_000),
});
export type FaultProfile = z.output<typeof profileSchema>;

/** Which faults are to come, and how many have been. */
export class IbFaultPlan {
  private readonly scripted = new FaultScript<Fault>((said, matching) => said.includes(matching));
  private profile: FaultProfile | undefined;
  private draw = drawsFrom('');
  /** Faults that hit, by kind. */
  readonly injected = new Map<FaultKind, number>();
  /** What the faults of orders looked for that hit, one text for each order. */
  readonly matched: string[] = [];

  /** What is left out has its default. @throws ZodError naming the field. */
  script(fault: z.input<typeof faultSchema>): void {
    this.scripted.add(faultSchema.parse(fault));
  }

  /** Random faults of orders from now on; none without a profile. */
  follow(profile: z.input<typeof profileSchema> | undefined): void {
    this.profile = profile && profileSchema.parse(profile);
    this.draw = drawsFrom(profile?.seed ?? '');
  }

  clear(): void {
    this.scripted.clear();
    this.profile = undefined;
  }

  /** The fault of the next thing of its kind, if any; `said` is what it says, for faults that look at it. */
  next(on: FaultTarget, said: string): Fault | undefined {
    const fault = this.scripted.next(on, said) ?? (on === 'order' ? this.nextDrawn() : undefined);
    if (fault) this.injected.set(fault.kind, (this.injected.get(fault.kind) ?? 0) + 1);
    if (fault?.on === 'order') this.matched.push(fault.matching ?? said);
    return fault;
  }

  private nextDrawn(): Fault | undefined {
    if (this.profile === undefined) return undefined;
    const { share, kinds, ms } = this.profile;
    if (this.draw() >= share) return undefined;
    const kind = kinds[Math.floor(this.draw() * kinds.length)] ?? 'lose';
    return faultSchema.parse({ on: 'order', kind, ms: Math.round(ms * (0.5 + this.draw() / 2)) });
  }
}
