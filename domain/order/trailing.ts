import { dec } from '../money/decimal';
import type { Decimal, DecimalString } from '../money/decimal';
import type { TrailDistance } from './order';

/** The distance that two fields name, of which at most one is given; undefined when neither is. */
export function trailDistance(named: {
  readonly trailAmount?: DecimalString | null | undefined;
  readonly trailBps?: number | null | undefined;
}): TrailDistance | undefined {
  const { trailAmount, trailBps } = named;
  if (trailAmount != null) return { trailAmount };
  return trailBps == null ? undefined : { trailBps };
}

/** How far a trailing stop stays behind a best price, in quote currency. */
export function distanceFrom(best: Decimal, distance: TrailDistance): Decimal {
  return 'trailBps' in distance ? best.mul(distance.trailBps).div(10_000) : dec(distance.trailAmount);
}
