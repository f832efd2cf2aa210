import type { EpochMillis, Millis } from '../../domain/clock/instant';
import { dec } from '../../domain/money/decimal';
import type { Print, PrintSource } from '../../domain/matching/print';

/** How old the last price of a market may be that somebody writes by hand: it is the price until the next is written. */
const ANY_AGE: Millis = Number.MAX_SAFE_INTEGER;

/** A market whose trades are written one by one: what a test or the admin's door of a simulator says happened. */
export class WrittenTape implements PrintSource {
  readonly maxPrintGap = ANY_AGE;
  readonly end = undefined;
  private readonly prints: Print[] = [];

  /** Writes a trade; it must be later than the one before. Price in quote currency, volume in units. */
  print(at: EpochMillis, price: number | string, volume: number | string): void {
    const last = this.prints.at(-1);
    const later = last === undefined ? at : Math.max(at, last.at + 1);
    this.prints.push({ at: later, price: dec(price), volume: dec(volume) });
  }

  isOpen(): boolean {
    return true;
  }

  *printsBetween(fromExclusive: EpochMillis, toInclusive: EpochMillis): Iterable<Print> {
    for (const print of this.prints) if (print.at > fromExclusive && print.at <= toInclusive) yield print;
  }

  lastPrint(at: EpochMillis): Print | undefined {
    return this.prints.findLast((print) => print.at <= at);
  }
}
