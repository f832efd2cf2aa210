import type { EpochMillis } from '../../domain/clock/instant';
import type { Print, PrintSource, TapeEnd } from '../../domain/matching/print';
import { dec } from '../../domain/money/decimal';

/** A tape that a test writes as it goes: it shows what was printed on it, and is open unless it was closed. */
export class ScriptedTape implements PrintSource {
  readonly maxPrintGap = 1_000;
  end: TapeEnd | undefined = undefined;
  private readonly prints: Print[] = [];
  private readonly closures: { readonly at: EpochMillis; readonly open: boolean }[] = [];

  /** Adds a print, later than all before it. */
  print(at: EpochMillis, price: number, volume: number, sessionClose = false): void {
    this.prints.push({ at, price: dec(price), volume: dec(volume), ...(sessionClose ? { sessionClose } : {}) });
  }

  /** Opens or closes the market from a moment on. */
  setOpen(at: EpochMillis, open: boolean): void {
    this.closures.push({ at, open });
  }

  /** Ends the tape at a moment, with its last print. */
  finish(at: EpochMillis): void {
    const print = this.prints.at(-1);
    if (print === undefined) throw new Error('a tape without prints has no end');
    this.end = { at, print };
    this.setOpen(at, false);
  }

  isOpen(at: EpochMillis): boolean {
    return this.closures.findLast((change) => change.at <= at)?.open ?? true;
  }

  printsBetween(from: EpochMillis, to: EpochMillis): Iterable<Print> {
    return this.prints.filter(({ at }) => from < at && at <= to);
  }

  lastPrint(at: EpochMillis): Print | undefined {
    return this.prints.findLast((print) => print.at <= at);
  }
}
