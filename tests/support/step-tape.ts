import type { EpochMillis } from '../../domain/clock/instant';
import type { Print, PrintSource } from '../../domain/matching/print';
import { dec } from '../../domain/money/decimal';

/** Units of a print so large that any order of a test fills at once. */
const PLENTY = 1_000_000;
/** An order gets at most this share of a print's volume. */
const SHARE = 0.1;

/** What is printed from a moment on. */
interface Step {
  readonly from: EpochMillis;
  readonly price: number;
  readonly available: number;
}

/**
 * A tape for the real clock that never closes: it prints every tenth of a second, at the price that a test set last.
 * What was printed stays, so its prints are a function of time, as of every tape.
 */
export class StepTape implements PrintSource {
  readonly maxPrintGap = 100;
  readonly end = undefined;
  private readonly steps: Step[];

  constructor(price = 100) {
    this.steps = [{ from: 0, price, available: PLENTY }];
  }

  /** The price of the prints from now on, and how many units of each an order can get. */
  set(price: number, available = PLENTY): void {
    // The venue has met no print later than now; a millisecond more keeps clear of one that it meets just now.
    this.steps.push({ from: Date.now() + 2, price, available });
  }

  /** A single print at this price; the next ones are as before. */
  once(price: number, available = PLENTY): void {
    const from = this.lastAt(Date.now() + 2) + this.maxPrintGap;
    const before = this.stepAt(from);
    this.steps.push({ from, price, available }, { ...before, from: from + this.maxPrintGap });
  }

  isOpen(): boolean {
    return true;
  }

  *printsBetween(from: EpochMillis, to: EpochMillis): Generator<Print> {
    for (let at = this.lastAt(from) + this.maxPrintGap; at <= to; at += this.maxPrintGap) yield this.printOf(at);
  }

  lastPrint(at: EpochMillis): Print {
    return this.printOf(this.lastAt(at));
  }

  private lastAt(at: EpochMillis): EpochMillis {
    return Math.floor(at / this.maxPrintGap) * this.maxPrintGap;
  }

  private printOf(at: EpochMillis): Print {
    const { price, available } = this.stepAt(at);
    return { at, price: dec(price), volume: dec(available).div(SHARE) };
  }

  private stepAt(at: EpochMillis): Step {
    const step = this.steps.findLast(({ from }) => from <= at);
    if (step === undefined) throw new RangeError('a tape begins in 1970');
    return step;
  }
}
