/** What every scripted fault says, whatever it does. */
export interface Scripted {
  /** What it hits. */
  readonly on: string;
  /** How many it hits. */
  readonly times: number;
  /** Hits only what says this text. */
  readonly matching?: string | undefined;
  /** How many of its target it lets pass first. */
  readonly after: number;
}

/** Faults to come, in the order of their scripting; each hits as often as it says, and is then over. */
export class FaultScript<Fault extends Scripted> {
  private entries: { fault: Fault; passes: number; left: number }[] = [];

  /** @param says whether a text has in it what a fault looks for */
  constructor(private readonly says: (said: string, matching: string) => boolean) {}

  add(fault: Fault): void {
    this.entries.push({ fault, passes: fault.after, left: fault.times });
  }

  clear(): void {
    this.entries = [];
  }

  /** The fault of the next thing of its kind, if any; `said` is what it says. */
  next(on: Fault['on'], said: string): Fault | undefined {
    for (const entry of this.entries) {
      const { matching } = entry.fault;
      if (entry.fault.on !== on || (matching !== undefined && !this.says(said, matching))) continue;
      if (entry.passes > 0) {
        entry.passes -= 1;
        continue;
      }
      entry.left -= 1;
      if (entry.left === 0) this.entries = this.entries.filter((one) => one !== entry);
      return entry.fault;
    }
    return undefined;
  }
}

/** Numbers from 0 up to 1 that a text determines. Source: xorshift, Marsaglia (2003). */
export function drawsFrom(seed: string): () => number {
  let hash = 7;
  for (let index = 0; index < seed.length; index += 1) hash = (hash * 31 + seed.charCodeAt(index)) >>> 0;
  // Of zero it would make zeros for ever.
  let state = hash || 1;
  return () => {
    let x = state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    state = x >>> 0;
    return state / 2 ** 32;
  };
}
