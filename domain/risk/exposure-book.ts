import { dec, Decimal, text, ZERO } from '../money/decimal';
import { ExactSum } from '../money/exact-sum';
import type { InstrumentId } from '../instrument/instrument';
import { worthOf } from '../instrument/worth';
import type { Exposure } from './proposal';

/** Existing exposure as the limits of one entry see it, in account currency; gross figures are sums of absolute values. */
export interface ExposureBook {
  readonly gross: Decimal;
  /** Long less short. */
  readonly net: Decimal;
  /** In the entry's own instrument, at no lower a price than the entry itself is valued at. */
  readonly here: Decimal;
  readonly sector: Decimal;
  readonly group: Decimal;
}

/** What an entry asks of the book. */
export interface BookView {
  readonly instrument: InstrumentId;
  /** Values the entry, in quote currency. */
  readonly reference: Decimal;
  readonly sector?: readonly InstrumentId[] | undefined;
  readonly group?: readonly InstrumentId[] | undefined;
}

const HERE = 1;
const SECTOR = 2;
const GROUP = 4;

/** Adds an account's exposures up, each once: by sign, and by whether it is in the entry's instrument, sector and group. */
export function exposureBook(exposures: readonly Exposure[], view: BookView): ExposureBook {
  const [sector, group] = [new Set(view.sector), new Set(view.group)];
  const [long, short] = [new Map<number, ExactSum>(), new Map<number, ExactSum>()];
  for (const exposure of exposures) {
    const { future, instrument, mark } = exposure;
    // Most are no futures, and are added up as they are.
    const quantity = future === undefined ? exposure.quantity : text(worthOf(exposure, exposure.quantity, dec(1)));
    const own = instrument === view.instrument;
    const cell = (own ? HERE : 0) + (sector.has(instrument) ? SECTOR : 0) + (group.has(instrument) ? GROUP : 0);
    const side = quantity.startsWith('-') ? short : long;
    const sum = side.get(cell) ?? new ExactSum();
    side.set(cell, sum);
    sum.addProduct(quantity, own ? text(Decimal.max(mark, view.reference)) : mark);
  }
  const add = (cells: ReadonlyMap<number, ExactSum>, flag: number): Decimal => {
    let total: Decimal = ZERO;
    for (const [cell, sum] of cells) if ((cell & flag) === flag) total = total.plus(sum.value());
    return total;
  };
  const grossOf = (flag: number): Decimal => add(long, flag).minus(add(short, flag));
  return {
    gross: grossOf(0),
    net: dec(add(long, 0)).plus(add(short, 0)),
    here: grossOf(HERE),
    sector: grossOf(SECTOR),
    group: grossOf(GROUP),
  };
}
