import { dec, text, ZERO } from '../money/decimal';
import type { Decimal, DecimalString } from '../money/decimal';
import type { Instrument, InstrumentId } from '../instrument/instrument';
import { worthOf } from '../instrument/worth';
import type { RiskPortfolio } from './portfolio-risk';
import { covariances } from './portfolio-risk';

/** A position under stress; prices in quote currency. */
export interface StressedPosition extends Pick<Instrument, 'future'> {
  readonly instrument: InstrumentId;
  /** Units, negative when short. */
  readonly quantity: DecimalString;
  readonly mark: DecimalString;
  /** Where its protective stop stands, if it has one. */
  readonly stopPrice?: DecimalString;
}

const total = (positions: readonly StressedPosition[], of: (position: StressedPosition) => Decimal): DecimalString =>
  text(positions.reduce((sum, position) => sum.plus(of(position)), ZERO));

/** Profit (negative: loss) when every price moves by the same fraction, stops not helping: -0.1 is the -10 % day. */
export function shiftedProfit(positions: readonly StressedPosition[], fraction: DecimalString): DecimalString {
  return total(positions, (position) => worthOf(position, position.quantity, position.mark).mul(fraction));
}

/**
 * Profit (negative: loss) when every market opens `gap` beyond the stop (a fraction of the stop price, above 0) and each
 * position is closed there; a position without a stop loses the gap from its mark.
 */
export function gapThroughStops(positions: readonly StressedPosition[], gap: DecimalString): DecimalString {
  return total(positions, (position) => {
    const { quantity, mark, stopPrice } = position;
    const long = dec(quantity).gt(0);
    const from = stopPrice ?? mark;
    const fill = dec(from).mul(long ? dec(1).minus(gap) : dec(1).plus(gap));
    return worthOf(position, quantity, fill.minus(mark));
  });
}

/**
 * Standard deviation of the portfolio's daily profit if all correlations were one: the sum of the positions' own
 * deviations, `Σ |v_i| σ_i`, signs ignored, since a hedge that correlates with what it hedges is what fails in a crisis.
 */
export function deviationAtCorrelationOne({ values, returns }: RiskPortfolio): number {
  const covariance = covariances(returns);
  return values.reduce((sum, value, i) => sum + Math.abs(value) * Math.sqrt(covariance[i * values.length + i] ?? 0), 0);
}
