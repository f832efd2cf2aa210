/**
 * Choices that a seed decides: the same seed and the same questions give the same answers. The numbers come from
 * SplitMix32, the 32-bit form of SplitMix (Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
 * 2014): good enough to spread faults, and nothing else.
 */
export class Choices {
  private state: number;

  /** @param seed any text; texts that differ give unrelated choices */
  constructor(private readonly seed: string) {
    this.state = hash(seed);
  }

  /** Choices of their own under a name, whatever else is asked. */
  under(name: string): Choices {
    return new Choices(`${this.seed}/${name}`);
  }

  /** At least 0 and below 1. */
  fraction(): number {
    this.state = (this.state + 0x9e3779b9) | 0;
    let mixed = this.state ^ (this.state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `least` to `most`, both included. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.fraction() * (most - least + 1));
  }

  chance(share: number): boolean {
    return this.fraction() < share;
  }

  /** One of some things. @throws RangeError when there are none. */
  oneOf<T>(things: readonly T[]): T {
    const chosen = things[this.whole(0, things.length - 1)];
    if (chosen === undefined) throw new RangeError('there is nothing to choose from');
    return chosen;
  }

  /** One of some names, each as often as its weight says. */
  weighted<T extends string>(weights: Readonly<Record<T, number>>): T {
    const entries = Object.entries(weights) as [T, number][];
    let left = this.fraction() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    return (entries.find(([, weight]) => (left -= weight) < 0) ?? this.oneOf(entries))[0];
  }

  /** The same things in another order. */
  shuffled<T>(things: readonly T[]): T[] {
    const keyed = things.map((thing) => [this.fraction(), thing] as const);
    return keyed.sort(([a], [b]) => a - b).map(([, thing]) => thing);
  }
}

/** FNV-1a over the UTF-16 units of a text (http://www.isthe.com/chongo/tech/comp/fnv/). */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value | 0;
}
