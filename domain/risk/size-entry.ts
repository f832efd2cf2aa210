import { assertNever } from '../assert-never';
import { checkOrder } from '../instrument/rules';
import type { OrderRule } from '../instrument/rules';
import { futureOf, worthOf } from '../instrument/worth';
import { dec, floorTo, text } from '../money/decimal';
import type { Decimal, DecimalString } from '../money/decimal';
import { fixedFraction, riskPerUnit } from '../sizing/fixed-fraction';
import type { FixedFractionSize, NotionalCap, SizingBound, UnitBound } from '../sizing/fixed-fraction';
import { fixedNotional, fractionalKelly, volatilityTarget } from '../sizing/methods';
import type { SizingWish } from '../sizing/methods';
import { floorLimit, limitsFor, notionalHeadRoom, roomsOf } from './account-limits';
import type { AccountLimits, HeadRoom, Room } from './account-limits';
import { RiskFailure } from './audit';
import type { RiskAudit, RiskCheck } from './audit';
import type { EntryPlan } from './checks';
import type { RiskCode } from './codes';
import { entryRisk, quantityWithin } from './entry-risk';
import { exposureBook } from './exposure-book';
import type { ProposedEntry, RiskInput } from './proposal';

const cap = ({ bound, max, used }: Room): NotionalCap => ({ bound, notional: floorLimit(max.minus(used)) });

/** What the policy's way of sizing wishes for, in units, or that the instrument's volatility is not known. */
function wishOf(input: RiskInput, riskPerUnit: Decimal, reference: Decimal): readonly SizingWish[] | 'unknown' {
  const { entry, portfolio, policy, market } = input;
  const { sizing } = policy;
  /** Of one unit, in quote currency. */
  const worth = (price: Decimal | DecimalString): DecimalString => text(worthOf(entry.instrument, dec(1), price));
  switch (sizing.method) {
    case 'fixed-fraction':
      return [];
    case 'volatility-target': {
      if (market.averageTrueRange === undefined) return 'unknown';
      return [volatilityTarget(portfolio.equity, sizing.target, worth(market.averageTrueRange))];
    }
    case 'fixed-notional':
      return [fixedNotional(sizing.notional, worth(reference))];
    case 'kelly':
      return [fractionalKelly(portfolio.equity, sizing, sizing, riskPerUnit)];
    default:
      return assertNever(sizing);
  }
}

/** The code for a size that is too small: the account's limit that made it so, else what the size itself lacks. */
function codeFor(binding: SizingBound, zero: boolean): RiskCode {
  switch (binding) {
    case 'position_size':
    case 'concentration':
    case 'leverage':
    case 'net_leverage':
    case 'sector_exposure':
    case 'group_exposure':
    case 'strategy_exposure':
    case 'var_limit':
    case 'buying_power':
      return binding;
    case 'risk':
    case 'volatility':
    case 'fixed_notional':
    case 'kelly':
      return zero ? 'size_zero' : 'below_minimum';
    case 'requested_quantity':
    case 'requested_notional':
      return 'below_minimum';
    default:
      return assertNever(binding);
  }
}

/** The filters that the entry breaks, or the stop behind it with what a fee in the base asset may leave of the quantity. */
function brokenMinimum(
  entry: ProposedEntry,
  plan: EntryPlan,
  quantity: DecimalString,
): Readonly<Record<string, string>> | undefined {
  const { instrument, side, terms } = entry;
  const kept = side === 'buy' ? dec(1).minus(instrument.maxBaseFeeRate) : dec(1);
  const guarded = text(floorTo(dec(quantity).mul(kept), dec(instrument.lot)));
  const orders = [
    { order: 'entry', quantity, terms, referencePrice: text(plan.prices.best) },
    {
      order: 'stop',
      quantity: guarded,
      terms: { type: 'stop' as const, stopPrice: plan.stopPrice },
      referencePrice: plan.stopPrice,
    },
  ];
  const minimums: readonly OrderRule[] = ['min_quantity', 'min_notional'];
  for (const { order, ...checked } of orders) {
    const broken = checkOrder(instrument, checked).find(({ rule }) => minimums.includes(rule));
    if (broken) return { order, rule: broken.rule, value: broken.value, minimum: broken.bound };
  }
  return undefined;
}

function sizeChecks(
  size: FixedFractionSize,
  broken: Readonly<Record<string, string>> | undefined,
): readonly RiskCheck[] {
  const { quantity, binding } = size;
  const zero = dec(quantity).isZero();
  const code = codeFor(binding, zero);
  return [{ code, ok: !zero && broken === undefined, values: { quantity, binding, ...broken } }];
}

/** A size within every bound and above every minimum. */
export interface SizedEntry {
  readonly quantity: DecimalString;
  readonly referencePrice: DecimalString;
  readonly binding: SizingBound;
  readonly limits: AccountLimits;
}

/** How a size came about, and what it leaves of each limit, whether it is allowed or not. */
export interface Sizing {
  readonly result: SizedEntry | RiskFailure;
  readonly headRoom: readonly HeadRoom[];
}

/** Sizes a plan that passed all other checks, or says which bound left too little. */
export function sizeEntry(input: RiskInput, plan: EntryPlan, audit: RiskAudit): Sizing {
  const { entry, portfolio, policy } = input;
  const { reference, worst } = plan.prices;
  const book = exposureBook(portfolio.exposures, {
    instrument: entry.instrument.id,
    reference,
    sector: policy.sector?.instruments,
    group: policy.group?.instruments,
  });
  const rooms = roomsOf(input, book);
  const risk = entryRisk(input, reference, book.gross);
  const lossPerUnit = riskPerUnit(entry.instrument, text(worst), plan.stopPrice, policy.gapAllowance);
  const wishes = wishOf(input, lossPerUnit, reference);
  if (wishes === 'unknown') {
    const failed = audit.run([{ code: 'volatility_unknown', ok: false, values: { method: policy.sizing.method } }]);
    return { result: failed ?? new RiskFailure('volatility_unknown', {}), headRoom: [] };
  }
  const sized = (more: readonly { readonly bound: UnitBound; readonly quantity: Decimal }[]): FixedFractionSize =>
    fixedFraction({
      equity: portfolio.equity,
      riskFraction: policy.maxRiskPerTrade,
      entryPrice: text(worst),
      stopPrice: plan.stopPrice,
      gapAllowance: policy.gapAllowance,
      referencePrice: text(reference),
      lot: entry.instrument.lot,
      ...futureOf(entry.instrument),
      caps: rooms.map(cap),
      wishes: [...wishes, ...more],
      ...(entry.maxQuantity === undefined ? {} : { maxQuantity: entry.maxQuantity }),
    });
  const wished = sized([]);
  const within = quantityWithin(risk, wished.quantity, entry.instrument.lot);
  const size = within.lt(wished.quantity) ? sized([{ bound: 'var_limit', quantity: within }]) : wished;
  const { quantity, binding, bounds } = size;
  const referencePrice = text(reference);
  const byBound = Object.fromEntries(bounds.map((bound) => [bound.bound, bound.quantity]));
  audit.noteSizing({ quantity, binding, riskPerUnit: size.riskPerUnit, referencePrice, ...byBound });
  const failed = audit.run(sizeChecks(size, brokenMinimum(entry, plan, quantity)));
  return {
    result: failed ?? { quantity, referencePrice, binding, limits: limitsFor(input, rooms, risk, quantity) },
    headRoom: notionalHeadRoom(entry.instrument, rooms, risk, quantity, reference),
  };
}
