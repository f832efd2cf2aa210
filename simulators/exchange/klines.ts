import type { EpochMillis, Millis } from '../../domain/clock/instant';
import type { InstrumentId } from '../../domain/instrument/instrument';
import type { PrintSource } from '../../domain/matching/print';
import { Decimal, text } from '../../domain/money/decimal';
import type { DecimalString } from '../../domain/money/decimal';

/** A candle as every venue has it, whatever the order of its fields there. */
export interface Kline {
  readonly openAt: EpochMillis;
  readonly open: DecimalString;
  readonly high: DecimalString;
  readonly low: DecimalString;
  readonly close: DecimalString;
  readonly volume: DecimalString;
}

/**
 * What may be wrong with a page although the request went well: `short` only its first tenth comes, `duplicates` each
 * candle comes twice, `holes` every fifth candle is left out, `unordered` the newest comes first.
 */
export type PageFault = 'short' | 'duplicates' | 'holes' | 'unordered';

export interface KlineQuestion {
  readonly instrument: InstrumentId;
  readonly source: PrintSource;
  readonly length: Millis;
  readonly from: EpochMillis;
  readonly to: EpochMillis;
  readonly limit: number;
}

/** Prints looked at in one candle: enough to have a body and shadows. */
const SAMPLES = 6;

/**
 * The candles of a simulated exchange. Each is sampled from the instrument's tape, so the same question has the same
 * answer; the last one is still under way. Scripts make it lose candles, correct them, and answer pages with faults.
 */
export class KlineBook {
  private readonly lost = new Set<string>();
  private readonly corrected = new Map<string, DecimalString>();
  private readonly faults: PageFault[] = [];
  /** Nothing opens before this moment: when the instrument was listed. */
  listedAt: EpochMillis = 0;
  /** Pages that were answered. */
  pages = 0;

  constructor(private readonly now: () => EpochMillis) {}

  /** The next pages have these faults, one each. */
  script(...faults: readonly PageFault[]): void {
    this.faults.push(...faults);
  }

  /** This candle was never recorded; or, after a second call with `false`, it is there after all. */
  lose(instrument: InstrumentId, openAt: EpochMillis, gone = true): void {
    if (gone) this.lost.add(`${instrument} ${openAt}`);
    else this.lost.delete(`${instrument} ${openAt}`);
  }

  /** From now on this candle closes elsewhere. */
  correct(instrument: InstrumentId, openAt: EpochMillis, close: DecimalString): void {
    this.corrected.set(`${instrument} ${openAt}`, close);
  }

  /** Candles that open in `[from, to)`, the one under way included, oldest first unless a fault says otherwise. */
  page({ instrument, source, length, from, to, limit }: KlineQuestion): readonly Kline[] {
    this.pages += 1;
    const first = Math.ceil(Math.max(from, this.listedAt) / length) * length;
    const end = Math.min(to, this.now() + 1);
    const whole: Kline[] = [];
    for (let openAt = first; openAt < end && whole.length < limit; openAt += length) {
      if (!this.lost.has(`${instrument} ${openAt}`)) whole.push(this.candle(instrument, source, openAt, length));
    }
    switch (this.faults.shift()) {
      case undefined:
        return whole;
      case 'short':
        return whole.slice(0, Math.ceil(whole.length / 10));
      case 'duplicates':
        return whole.flatMap((kline) => [kline, kline]);
      case 'holes':
        return whole.filter((_, index) => index % 5 !== 2);
      case 'unordered':
        return whole.toReversed();
    }
  }

  private candle(instrument: InstrumentId, source: PrintSource, openAt: EpochMillis, length: Millis): Kline {
    const last = Math.min(openAt + length - 1, this.now());
    const prices = Array.from({ length: SAMPLES }, (_, n) => {
      const at = openAt + Math.floor(((last - openAt) * n) / (SAMPLES - 1));
      return source.lastPrint(at)?.price ?? new Decimal(100);
    });
    const close = this.corrected.get(`${instrument} ${openAt}`) ?? text(prices.at(-1) ?? new Decimal(100));
    const all = [...prices, new Decimal(close)];
    return {
      openAt,
      open: text(prices[0] ?? new Decimal(100)),
      high: text(Decimal.max(...all)),
      low: text(Decimal.min(...all)),
      close,
      volume: text(new Decimal(1 + (Math.floor(openAt / length) % 97)).div(8)),
    };
  }
}
