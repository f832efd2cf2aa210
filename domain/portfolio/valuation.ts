import { dec, text, ZERO } from '../money/decimal';
import type { DecimalString, Decimal } from '../money/decimal';
import type { Instrument, InstrumentId } from '../instrument/instrument';
import { worthOf } from '../instrument/worth';

/** A position and the prices that value it: now, and when the trading day began. Quote currency. */
export interface ValuedPosition extends Pick<Instrument, 'future'> {
  readonly instrument: InstrumentId;
  /** Units now; negative when short. */
  readonly quantity: DecimalString;
  /** Units bought less units sold since the day began. */
  readonly movedToday: DecimalString;
  readonly mark: DecimalString;
  readonly markAtStart: DecimalString;
}

/** An account's worth, in account currency. */
export interface Valuation {
  /** Cash plus positions at their marks. */
  readonly equity: DecimalString;
  /** Sum of the positions' notionals, long and short alike. */
  readonly gross: DecimalString;
  /** What today's fills made, fees included, valued at the marks of now. */
  readonly realisedToday: DecimalString;
  /** What positions carried into the day made since it began. */
  readonly unrealisedToday: DecimalString;
}

/**
 * Values an account. The profit of a day is the change of equity: today's cash movements, plus what today's net units
 * are worth now, plus the move of what was held before. `cash` is the booked one, with the notional of futures; `cashToday` is
 * signed and includes fees.
 */
export function valuate(
  cash: DecimalString,
  cashToday: DecimalString,
  positions: readonly ValuedPosition[],
): Valuation {
  const sum = (of: (position: ValuedPosition) => Decimal): Decimal =>
    positions.reduce((total, p) => total.add(of(p)), ZERO);
  const carried = (p: ValuedPosition): Decimal => dec(p.quantity).sub(p.movedToday);
  return {
    equity: text(dec(cash).add(sum((p) => worthOf(p, p.quantity, p.mark)))),
    gross: text(sum((p) => worthOf(p, p.quantity, p.mark).abs())),
    realisedToday: text(dec(cashToday).add(sum((p) => worthOf(p, p.movedToday, p.mark)))),
    unrealisedToday: text(sum((p) => worthOf(p, carried(p), dec(p.mark).sub(p.markAtStart)))),
  };
}
