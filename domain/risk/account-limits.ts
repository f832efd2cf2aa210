import { instant } from '../clock/instant';
import type { Instant } from '../clock/instant';
import { dec, Decimal, text, ZERO } from '../money/decimal';
import type { DecimalString } from '../money/decimal';
import type { Instrument, InstrumentId } from '../instrument/instrument';
import { worthOf } from '../instrument/worth';
import type { NotionalCap } from '../sizing/fixed-fraction';
import { drawdownOf, lossToday } from './checks';
import type { RiskCode } from './codes';
import type { EntryRisk } from './entry-risk';
import type { ExposureBook } from './exposure-book';
import type { RiskInput } from './proposal';

/** A bound on the gross exposure in some instruments. */
export interface ClassLimit {
  readonly instruments: readonly InstrumentId[];
  readonly maxNotional: DecimalString;
}

/** What the database adds up again under the account's lock, in account currency. Each is at least 0. */
export interface AccountLimits {
  readonly equity: DecimalString;
  /** The sum of all notionals, long and short alike, may not be above this. */
  readonly maxGrossNotional: DecimalString;
  /** The notionals of longs less those of shorts, either way, may not be above this. */
  readonly maxNetNotional: DecimalString;
  /** The notional in the order's instrument may not be above this share of the equity, nor above that amount. */
  readonly maxInstrumentNotional: DecimalString;
  readonly maxPositionNotional: DecimalString;
  readonly sector?: ClassLimit;
  readonly group?: ClassLimit;
  /** A whole number: trades open at once. */
  readonly maxOpenTrades: DecimalString;
  /** A whole number: attempts to add exposure within a minute of real time. */
  readonly maxOrdersPerMinute: DecimalString;
  readonly strategyOpenTrades?: DecimalString;
  readonly strategyNotional?: DecimalString;
  /** The notional of the order may not be above this. */
  readonly buyingPower: DecimalString;
  /** Of a future: from this market time on no order may add to it. */
  readonly noEntryFrom?: Instant;
  /** Value at risk with this order may not be above the limit; what others add meanwhile counts undiversified. */
  readonly valueAtRisk?: {
    readonly limit: DecimalString;
    readonly after: DecimalString;
    readonly alone: DecimalString;
  };
}

/** Below 0 is nothing; digits that a store cannot hold are cut, so that a limit is never rounded up. */
export function floorLimit(value: Decimal): DecimalString {
  return text(Decimal.max(ZERO, value).toDecimalPlaces(18, Decimal.ROUND_DOWN));
}

/** A bound on notional with what is used of it. */
export interface Room {
  readonly bound: NotionalCap['bound'];
  readonly max: Decimal;
  readonly used: Decimal;
}

/** Every bound on notional that applies to the entry, with what existing exposure uses of it. */
export function roomsOf(input: RiskInput, book: ExposureBook): readonly Room[] {
  const { entry, portfolio, policy } = input;
  const equity = Decimal.max(ZERO, dec(portfolio.equity));
  const direction = entry.side === 'buy' ? 1 : -1;
  const share = (fraction: DecimalString): Decimal => equity.mul(fraction);
  const { sector, group, strategy, maxSectorExposure, maxGroupExposure } = policy;
  const rooms: (Room | undefined)[] = [
    { bound: 'position_size', max: dec(policy.maxPositionNotional), used: book.here },
    { bound: 'concentration', max: share(policy.maxConcentration), used: book.here },
    { bound: 'leverage', max: share(policy.maxLeverage), used: book.gross },
    { bound: 'net_leverage', max: share(policy.maxNetLeverage), used: book.net.mul(direction) },
    sector && maxSectorExposure !== null
      ? { bound: 'sector_exposure', max: share(maxSectorExposure), used: book.sector }
      : undefined,
    group && maxGroupExposure !== null
      ? { bound: 'group_exposure', max: share(maxGroupExposure), used: book.group }
      : undefined,
    strategy?.maxExposure === undefined
      ? undefined
      : { bound: 'strategy_exposure', max: share(strategy.maxExposure), used: dec(portfolio.strategy?.notional ?? 0) },
    { bound: 'buying_power', max: dec(portfolio.buyingPower).div(dec(policy.costReserve).plus(1)), used: ZERO },
    entry.maxNotional === undefined
      ? undefined
      : { bound: 'requested_notional', max: dec(entry.maxNotional), used: ZERO },
  ];
  return rooms.filter((room) => room !== undefined);
}

/** The limits that an approval of this quantity carries. */
export function limitsFor(
  input: RiskInput,
  rooms: readonly Room[],
  risk: EntryRisk,
  quantity: DecimalString,
): AccountLimits {
  const { market, portfolio, policy } = input;
  const equity = dec(portfolio.equity);
  const classLimit = (
    bound: Room['bound'],
    instruments: readonly InstrumentId[] | undefined,
  ): ClassLimit | undefined => {
    const room = rooms.find((one) => one.bound === bound);
    return room && instruments ? { instruments, maxNotional: floorLimit(room.max) } : undefined;
  };
  const sector = classLimit('sector_exposure', policy.sector?.instruments);
  const group = classLimit('group_exposure', policy.group?.instruments);
  const own = policy.strategy;
  return {
    equity: floorLimit(equity),
    maxGrossNotional: floorLimit(equity.mul(policy.maxLeverage)),
    maxNetNotional: floorLimit(equity.mul(policy.maxNetLeverage)),
    maxInstrumentNotional: floorLimit(equity.mul(policy.maxConcentration)),
    maxPositionNotional: policy.maxPositionNotional,
    ...(sector === undefined ? {} : { sector }),
    ...(group === undefined ? {} : { group }),
    maxOpenTrades: text(dec(policy.maxOpenTrades)),
    maxOrdersPerMinute: text(dec(policy.maxOrdersPerMinute)),
    ...(own?.maxOpenTrades === undefined ? {} : { strategyOpenTrades: text(dec(own.maxOpenTrades)) }),
    ...(own?.maxExposure === undefined ? {} : { strategyNotional: floorLimit(equity.mul(own.maxExposure)) }),
    buyingPower: floorLimit(dec(portfolio.buyingPower)),
    ...(market.leaveAt === undefined ? {} : { noEntryFrom: instant(market.leaveAt) }),
    ...(risk.limit === undefined
      ? {}
      : {
          valueAtRisk: {
            limit: floorLimit(risk.limit),
            after: text(risk.at(quantity)),
            alone: text(risk.alone(quantity)),
          },
        }),
  };
}

/** One limit: what it allows, what is used before the entry, and what is left after it. */
export interface HeadRoom {
  readonly limit: RiskCode | 'requested_notional';
  /** Amounts in account currency, numbers, or fractions, as the limit is given. */
  readonly max: string;
  readonly used: string;
  /** With the entry as it was sized; null when the check never came to a size. */
  readonly after: string | null;
  readonly left: string;
}

const shown = (value: Decimal): string => text(value.toDecimalPlaces(8));

function row(limit: HeadRoom['limit'], max: Decimal, used: Decimal, after: Decimal | null): HeadRoom {
  return {
    limit,
    max: shown(max),
    used: shown(used),
    after: after === null ? null : shown(after),
    left: shown(max.minus(after ?? used)),
  };
}

/** The head-room under the limits that are no notionals; an entry changes none of them but the numbers of trades. */
export function accountHeadRoom({ portfolio, policy, entry }: RiskInput): readonly HeadRoom[] {
  const others = portfolio.openTrades.filter(({ tradeId }) => tradeId !== entry.tradeId).length;
  const own = policy.strategy?.maxOpenTrades;
  const used = portfolio.strategy?.openTrades ?? 0;
  return [
    row('open_trades', dec(policy.maxOpenTrades), dec(others), dec(others + 1)),
    row('order_rate', dec(policy.maxOrdersPerMinute), dec(portfolio.ordersLastMinute ?? 0), null),
    row('daily_loss', dec(policy.maxDailyLoss), lossToday(portfolio), null),
    ...(policy.maxDrawdown === null ? [] : [row('drawdown', dec(policy.maxDrawdown), drawdownOf(portfolio), null)]),
    ...(own === undefined ? [] : [row('strategy_open_trades', dec(own), dec(used), dec(used + 1))]),
  ];
}

/** The head-room under the limits on notional and value at risk, before and after the entry. */
export function notionalHeadRoom(
  instrument: Pick<Instrument, 'future'>,
  rooms: readonly Room[],
  risk: EntryRisk,
  quantity: DecimalString,
  reference: Decimal,
): readonly HeadRoom[] {
  const added = worthOf(instrument, quantity, reference);
  const tail =
    risk.limit === undefined ? [] : [row('var_limit', risk.limit, risk.at('0' as DecimalString), risk.at(quantity))];
  return [
    ...rooms.map(({ bound, max, used }) => row(bound as HeadRoom['limit'], max, used, used.plus(added))),
    ...tail,
  ];
}
