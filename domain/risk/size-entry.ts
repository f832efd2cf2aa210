import { assertNever } from '../assert-never';
import { checkOrder } from '../instrument/rules';
import type { OrderRule } from '../instrument/rules';
import { dec, Decimal, floorTo, text, ZERO } from '../money/decimal';
import type { DecimalString } from '../money/decimal';
import { fixedFraction } from '../sizing/fixed-fraction';
import type { FixedFractionSize, NotionalCap, SizingBound } from '../sizing/fixed-fraction';
import type { RiskAudit, RiskCheck, RiskFailure } from './audit';
import type { EntryPlan } from './checks';
import type { RiskCode } from './codes';
import type { Exposure, ProposedEntry, RiskInput } from './proposal';

/** What the database adds up again under the account's lock, in account currency. Each is at least 0. */
export interface AccountLimits {
  readonly equity: DecimalString;
  /** The sum of all notionals, long and short alike, may not be above this. */
  readonly maxGrossNotional: DecimalString;
  /** The notional in the order's instrument may not be above this. */
  readonly maxInstrumentNotional: DecimalString;
  /** A whole number: trades open at once. */
  readonly maxOpenTrades: DecimalString;
  /** The notional of the order may not be above this. */
  readonly buyingPower: DecimalString;
}

/** Below 0 is nothing; digits that a store cannot hold are cut, so that a limit is never rounded up. */
function limit(value: Decimal): DecimalString {
  return text(Decimal.max(ZERO, value).toDecimalPlaces(18, Decimal.ROUND_DOWN));
}

/** The limits that a policy sets for a portfolio. */
function accountLimits({ portfolio, policy }: Pick<RiskInput, 'portfolio' | 'policy'>): AccountLimits {
  const equity = dec(portfolio.equity);
  return {
    equity: limit(equity),
    maxGrossNotional: limit(equity.mul(policy.maxLeverage)),
    maxInstrumentNotional: limit(equity.mul(policy.maxConcentration)),
    maxOpenTrades: text(dec(policy.maxOpenTrades)),
    buyingPower: limit(dec(portfolio.buyingPower)),
  };
}

function notionalOf(exposures: readonly Exposure[]): Decimal {
  return exposures.reduce((sum, { quantity, mark }) => sum.plus(dec(quantity).mul(mark).abs()), ZERO);
}

/** The exposures, those in the order's own instrument at no lower a price than the order itself is valued at. */
function valued({ entry, portfolio }: RiskInput, reference: Decimal): readonly Exposure[] {
  return portfolio.exposures.map((exposure) =>
    exposure.instrument === entry.instrument.id
      ? { ...exposure, mark: text(Decimal.max(exposure.mark, reference)) }
      : exposure,
  );
}

function capsOf(input: RiskInput, limits: AccountLimits, reference: Decimal): readonly NotionalCap[] {
  const { entry, policy } = input;
  const exposures = valued(input, reference);
  const here = exposures.filter(({ instrument }) => instrument === entry.instrument.id);
  const room = (bound: NotionalCap['bound'], value: Decimal): NotionalCap => ({ bound, notional: limit(value) });
  return [
    room('concentration', dec(limits.maxInstrumentNotional).minus(notionalOf(here))),
    room('leverage', dec(limits.maxGrossNotional).minus(notionalOf(exposures))),
    room('buying_power', dec(limits.buyingPower).div(dec(policy.costReserve).plus(1))),
    ...(entry.maxNotional === undefined ? [] : [room('requested_notional', dec(entry.maxNotional))]),
  ];
}

/** The code for a size that is too small: the account's limit that made it so, else what the size itself lacks. */
function codeFor(binding: SizingBound, zero: boolean): RiskCode {
  switch (binding) {
    case 'concentration':
    case 'leverage':
    case 'buying_power':
      return binding;
    case 'risk':
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
  readonly limits: AccountLimits;
}

/** Sizes a plan that passed all other checks, or says which bound left too little. */
export function sizeEntry(input: RiskInput, plan: EntryPlan, audit: RiskAudit): SizedEntry | RiskFailure {
  const { entry, portfolio, policy } = input;
  const limits = accountLimits(input);
  const referencePrice = text(plan.prices.reference);
  const size = fixedFraction({
    equity: portfolio.equity,
    riskFraction: policy.maxRiskPerTrade,
    entryPrice: text(plan.prices.worst),
    stopPrice: plan.stopPrice,
    gapAllowance: policy.gapAllowance,
    referencePrice,
    lot: entry.instrument.lot,
    caps: capsOf(input, limits, plan.prices.reference),
    ...(entry.maxQuantity === undefined ? {} : { maxQuantity: entry.maxQuantity }),
  });
  const { quantity, binding, riskPerUnit, bounds } = size;
  const byBound = Object.fromEntries(bounds.map((bound) => [bound.bound, bound.quantity]));
  audit.noteSizing({ quantity, binding, riskPerUnit, referencePrice, ...byBound });
  return audit.run(sizeChecks(size, brokenMinimum(entry, plan, quantity))) ?? { quantity, referencePrice, limits };
}
