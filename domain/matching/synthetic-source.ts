import type { EpochMillis, Millis } from '../clock/instant';
import { dec, Decimal } from '../money/decimal';
import type { Print, PrintSource } from './print';

/** What a synthetic tape depends on; nothing else does. */
export interface SyntheticSourceInput {
  /** Any text; another seed gives another tape of the same kind. */
  readonly seed: string;
  /** Distance of two prints in milliseconds, on whole multiples since 1970; default 100. */
  readonly printInterval?: Millis;
}

/** Prices are in hundredths: the centre is 100.00. */
const CENTRE = 10_000;
/** The slow part: a triangle of this height to either side of the centre, and this period in milliseconds. */
const SWING = 20;
const PERIOD = 60_000;
/** The fast part: up to this much to either side, drawn anew for each print. */
const NOISE = 5;

/** The lowest and the highest price a synthetic tape can show, in quote currency. */
export const SYNTHETIC_RANGE = {
  low: new Decimal(CENTRE - SWING - NOISE).div(100),
  high: new Decimal(CENTRE + SWING + NOISE).div(100),
} as const;

/** Units in each print: so much that an order of any reasonable size fills at once. */
const VOLUME = dec('1000000000000');

/** 32-bit FNV-1a of a text's UTF-16 units (http://www.isthe.com/chongo/tech/comp/fnv/). */
function hashText(seed: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < seed.length; index += 1) hash = Math.imul(hash ^ seed.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

/** The finaliser of 32-bit MurmurHash3 (Appleby, public domain): each input bit changes about half of the output's. */
function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A triangle wave from `-SWING` to `SWING` over one period, in whole hundredths. */
function triangle(phase: Millis): number {
  const position = (phase % PERIOD) / PERIOD;
  return Math.round(SWING * (4 * Math.abs(position - 0.5) - 1));
}

/**
 * A made-up market that never closes and never ends, for tests and benchmarks on the real clock: a price that swings
 * within 0.25 around 100.00 as a pure function of (seed, time), in steps of 0.01. It carries no information, and a
 * market without sessions has no end of day: a DAY order there works until it is cancelled.
 */
export function syntheticSource(input: SyntheticSourceInput): PrintSource {
  const interval = input.printInterval ?? 100;
  const seed = hashText(input.seed);
  const shift = seed % PERIOD;
  const prices = new Map<number, Decimal>();
  const priceOf = (hundredths: number): Decimal => {
    const known = prices.get(hundredths) ?? new Decimal(hundredths).div(100);
    prices.set(hundredths, known);
    return known;
  };
  const printOf = (at: EpochMillis): Print => {
    const index = at / interval;
    const draw = mix(mix((index >>> 0) ^ seed) ^ Math.floor(index / 2 ** 32));
    const noise = (draw % (2 * NOISE + 1)) - NOISE;
    return { at, price: priceOf(CENTRE + triangle(at + shift) + noise), volume: VOLUME };
  };
  const lastAt = (at: EpochMillis): EpochMillis => Math.floor(at / interval) * interval;
  return {
    maxPrintGap: interval,
    end: undefined,
    isOpen: () => true,
    *printsBetween(from, to) {
      for (let at = lastAt(from) + interval; at <= to; at += interval) yield printOf(at);
    },
    lastPrint: (at) => printOf(lastAt(at)),
  };
}
