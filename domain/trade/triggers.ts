import { millisOf } from '../clock/instant';
import type { EpochMillis, Instant } from '../clock/instant';
import { dec } from '../money/decimal';
import type { Decimal, DecimalString } from '../money/decimal';
import type { ExitTrigger, Protection } from './facts';
import { trailingLevel } from './native-trailing';
import { isBeyondStop } from './protection';

/** One look at an open position. */
export interface PositionLook {
  /** Signed units; not zero. */
  readonly position: DecimalString;
  /** The last print. */
  readonly price: DecimalString;
  readonly now: Instant;
  readonly firstFillAt: Instant | null;
  readonly timeExitSeconds: number | null;
}

/**
 * A position's protection after one look at the price: the high-water mark moved, or an exit fired. A trigger that has
 * fired stays fired; only the stop takes over from another one, since an exit may be refused or wait for the open. The
 * stop itself fires here only where no venue rests it.
 */
export function look(protection: Protection, at: PositionLook): Protection {
  const held = dec(at.position);
  if (protection.fired !== undefined) {
    const stopped = protection.fired !== 'stop' && emulatedStopFires(protection, held, at.price);
    return stopped ? { ...protection, fired: 'stop' } : protection;
  }
  const best = bestPrice(held, protection.best, at.price);
  const fired = firedBy({ ...protection, best }, held, at);
  const moved: Protection = protection.trailing ? { ...protection, best } : protection;
  return fired === undefined ? moved : { ...moved, fired };
}

/**
 * A protection that fires because its contract is to be left, whatever its price; undefined before that time, or where an exit
 * has fired already. See `leaveAt` in domain/instrument/expiry.ts.
 */
export function leave(protection: Protection, from: EpochMillis | undefined, now: Instant): Protection | undefined {
  if (from === undefined || protection.fired !== undefined || millisOf(now) < from) return undefined;
  return { ...protection, fired: 'time-exit' };
}

function emulatedStopFires(protection: Protection, held: Decimal, price: DecimalString): boolean {
  return protection.emulated === true && isBeyondStop(held, protection.stopPrice, price);
}

function bestPrice(held: Decimal, best: DecimalString | undefined, price: DecimalString): DecimalString {
  if (best === undefined) return price;
  const better = held.gt(0) ? dec(price).gt(best) : dec(price).lt(best);
  return better ? price : best;
}

function firedBy(
  protection: Protection & { best: DecimalString },
  held: Decimal,
  at: PositionLook,
): ExitTrigger | undefined {
  if (emulatedStopFires(protection, held, at.price)) return 'stop';
  if (protection.takeProfitPrice !== undefined && isBeyondStop(held.neg(), protection.takeProfitPrice, at.price))
    return 'take-profit';
  if (trailingFires(protection, held, at.price)) return 'trailing-stop';
  const { firstFillAt, timeExitSeconds } = at;
  if (
    timeExitSeconds !== null &&
    firstFillAt !== null &&
    millisOf(at.now) >= millisOf(firstFillAt) + timeExitSeconds * 1000
  )
    return 'time-exit';
  return undefined;
}

/** A trailing stop that rests at the venue is not also a trigger: the watcher only notes how far it has come. */
function trailingFires(protection: Protection & { best: DecimalString }, held: Decimal, price: DecimalString): boolean {
  const { best, emulated, trailing } = protection;
  if (trailing === undefined || (trailing.native === true && emulated !== true)) return false;
  return isBeyondStop(held, trailingLevel(held, best, trailing), price);
}
