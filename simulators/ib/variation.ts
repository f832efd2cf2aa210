import { DateTime } from 'luxon';
import type { EpochMillis } from '../../domain/clock/instant';
import type { Decimal } from '../../domain/money/decimal';
import { ZERO } from '../../domain/money/decimal';
import type { IbLedger } from './ledger';
import type { IbFill } from './order';
import { after, multiplierOf } from './portfolio';
import type { IbPosition } from './portfolio';

const EXCHANGE_ZONE = 'America/Chicago';
/** The hour of the daily settlement. */
const SETTLEMENT_HOUR = 16;

/** When futures were last settled before a moment. */
function lastSettlement(now: EpochMillis): EpochMillis {
  const today = DateTime.fromMillis(now, { zone: EXCHANGE_ZONE }).set({ hour: SETTLEMENT_HOUR }).startOf('hour');
  return (today.toMillis() <= now ? today : today.minus({ days: 1 })).toMillis();
}

/**
 * What futures came to, without commissions: in cash what was earned by closing and what was settled daily, the variation
 * margin; and, not in cash, what is open since the last settlement. Nothing is paid for them, and no notional is in either.
 */
export function settledFutures(
  ledger: IbLedger,
  fills: readonly IbFill[],
): { readonly cash: Decimal; readonly open: Decimal } {
  const settledAt = lastSettlement(ledger.options.now());
  let [cash, open] = [ZERO, ZERO];
  for (const conId of new Set(fills.map(({ contract }) => contract.conId))) {
    const own = fills.filter(({ contract }) => contract.conId === conId && contract.secType === 'FUT');
    const before = held(own.filter(({ at }) => at <= settledAt));
    const carried = before && marked(before, worthOf(ledger, before, settledAt));
    const now = held(
      own.filter(({ at }) => at > settledAt),
      carried,
    );
    if (now === undefined) continue;
    cash = cash.plus(now.realized);
    open = open.plus(marked(now, worthOf(ledger, now, ledger.options.now())).realized.minus(now.realized));
  }
  return { cash, open };
}

function held(fills: readonly IbFill[], from?: IbPosition): IbPosition | undefined {
  return fills.reduce<IbPosition | undefined>((position, fill) => after(position, fill), from);
}

/** What one unit is worth at a moment; what it cost where nobody has traded yet. */
function worthOf(ledger: IbLedger, { averageCost, contract }: IbPosition, at: EpochMillis): Decimal {
  const price = ledger.market(contract.conId)?.tape('extended').lastPrint(at)?.price;
  return price === undefined ? averageCost : price.mul(multiplierOf(contract));
}

/** A position as it goes on from a settlement: what was open is earned, and it begins anew at that worth. */
function marked(position: IbPosition, worth: Decimal): IbPosition {
  const { averageCost, quantity, realized } = position;
  return { ...position, averageCost: worth, realized: realized.plus(worth.minus(averageCost).mul(quantity)) };
}
