import fc from 'fast-check';
import type { Instrument } from '../instrument/instrument';
import { dec, Decimal, decimalString as d, text } from '../money/decimal';
import type { DecimalString } from '../money/decimal';
import type { OrderTerms } from '../order/order';
import { assessRisk } from './assess-risk';
import { DEFAULT_RISK_POLICY } from './policy';
import type { RiskPolicy } from './policy';
import type { Exposure, RiskInput } from './proposal';

const INSTRUMENT: Instrument = {
  id: 'US500',
  description: 'test',
  calendar: 'NYSE',
  baseAsset: 'US500',
  quoteAsset: 'USD',
  tick: d('0.01'),
  lot: d('0.01'),
  minQuantity: d('0.05'),
  minNotional: d('10'),
  maxBaseFeeRate: d('0.001'),
};

const hundredths = (min: number, max: number): fc.Arbitrary<DecimalString> =>
  fc.integer({ min: min * 100, max: max * 100 }).map((value) => text(dec(value).div(100)));
const price = hundredths(80, 120);
const terms: fc.Arbitrary<OrderTerms> = fc.oneof(
  fc.constant<OrderTerms>({ type: 'market' }),
  price.map((value): OrderTerms => ({ type: 'limit', price: value })),
  price.map((stopPrice): OrderTerms => ({ type: 'stop', stopPrice })),
  fc.tuple(price, price).map(([stopPrice, value]): OrderTerms => ({ type: 'stop-limit', stopPrice, price: value })),
);
const policy: fc.Arbitrary<RiskPolicy> = fc
  .record({
    maxRiskPerTrade: hundredths(0.01, 0.2),
    maxConcentration: hundredths(0.05, 1),
    maxLeverage: hundredths(0.5, 4),
    maxDailyLoss: hundredths(500, 2000),
    maxOpenTrades: fc.integer({ min: 1, max: 4 }),
    minRewardToRisk: fc.option(hundredths(0.1, 3), { freq: 2 }),
    gapAllowance: hundredths(0, 0.3),
    costReserve: hundredths(0, 0.05),
    maxPositionNotional: hundredths(1000, 50_000),
    maxNetLeverage: hundredths(0.5, 4),
    maxVar: fc.option(hundredths(0.01, 0.2)),
  })
  .map((changes) => ({ ...DEFAULT_RISK_POLICY, ...changes }));
const exposure: fc.Arbitrary<Exposure> = fc.record({
  instrument: fc.constantFrom('US500', 'USCOMP', 'SIM'),
  quantity: hundredths(-150, 150),
  mark: price,
});
const NOW = 1_600_000_000_000;

const input: fc.Arbitrary<RiskInput> = fc
  .record({
    side: fc.constantFrom('buy' as const, 'sell' as const),
    terms,
    away: hundredths(0.01, 30),
    takeProfit: price,
    bid: hundredths(95, 105),
    equity: hundredths(20_000, 200_000),
    buyingPower: hundredths(500, 300_000),
    realisedToday: hundredths(-900, 100),
    exposures: fc.array(exposure, { maxLength: 3 }),
    trades: fc.integer({ min: 0, max: 1 }),
    policy,
    maxQuantity: fc.option(hundredths(0.01, 500), { nil: undefined }),
    maxNotional: fc.option(hundredths(1, 50_000), { nil: undefined }),
  })
  .map((given) => {
    const ask = text(dec(given.bid).plus('0.02'));
    // Most stops stand on the losing side of the cheapest plausible entry; some do not, which is a case as well.
    const stopPrice = text(given.side === 'buy' ? dec(given.bid).minus(given.away) : dec(ask).plus(given.away));
    return {
      entry: {
        tradeId: 't',
        instrument: INSTRUMENT,
        side: given.side,
        terms: given.terms,
        stopPrice,
        takeProfit: given.takeProfit,
        ...(given.maxQuantity === undefined ? {} : { maxQuantity: given.maxQuantity }),
        ...(given.maxNotional === undefined ? {} : { maxNotional: given.maxNotional }),
      },
      market: {
        at: NOW,
        open: true,
        quote: { instrument: 'US500', price: given.bid, bid: given.bid, ask, at: NOW },
        maxQuoteAge: 1,
      },
      portfolio: {
        equity: given.equity,
        buyingPower: given.buyingPower,
        realisedToday: given.realisedToday,
        unrealisedToday: d('0'),
        exposures: given.exposures,
        openTrades: Array.from({ length: given.trades }, (_, index) => ({
          tradeId: `other-${index}`,
          instrument: 'USCOMP',
          direction: 'long' as const,
        })),
        unknownOrders: [],
      },
      policy: given.policy,
    };
  });

const notional = (exposures: readonly Exposure[]): Decimal =>
  exposures.reduce((sum, { quantity, mark }) => sum.plus(dec(quantity).mul(mark).abs()), dec(0));
/** The approved quantity; a refusal allows nothing. */
const allowed = (given: RiskInput): Decimal => {
  const decision = assessRisk(given);
  return decision.ok ? dec(decision.order.quantity) : dec(0);
};

describe('whatever is proposed', () => {
  test('an approved quantity breaks no limit', () => {
    let approvals = 0;
    fc.assert(
      fc.property(input, (given) => {
        const decision = assessRisk(given);
        if (!decision.ok) return;
        approvals += 1;
        const { entry, portfolio, policy: limits } = given;
        const { order } = decision;
        const quantity = dec(order.quantity);
        const value = quantity.mul(order.referencePrice);
        const equity = dec(portfolio.equity);
        const here = portfolio.exposures.filter(({ instrument }) => instrument === 'US500');
        expect(value.plus(notional(here)).lte(equity.mul(limits.maxConcentration))).toBe(true);
        expect(value.plus(notional(portfolio.exposures)).lte(equity.mul(limits.maxLeverage))).toBe(true);
        expect(value.plus(notional(here)).lte(limits.maxPositionNotional)).toBe(true);
        const net = portfolio.exposures.reduce(
          (sum, { quantity: units, mark }) => sum.plus(dec(units).mul(mark)),
          dec(0),
        );
        expect(
          net
            .plus(value.mul(entry.side === 'buy' ? 1 : -1))
            .abs()
            .lte(equity.mul(limits.maxNetLeverage)) ||
            // A book that is far on the other side may be brought back by less than all of it.
            net.mul(entry.side === 'buy' ? 1 : -1).lt(0),
        ).toBe(true);
        // Without a history every position counts with the assumed volatility, undiversified: 1.645 deviations of 5 %.
        const tail = value.plus(notional(portfolio.exposures)).mul('1.6448').mul(limits.assumedVolatility);
        expect(limits.maxVar === null || tail.lte(equity.mul(limits.maxVar))).toBe(true);
        expect(value.mul(dec(1).plus(limits.costReserve)).lte(dec(portfolio.buyingPower).plus('1e-15'))).toBe(true);
        expect(quantity.lte(entry.maxQuantity ?? Infinity) && value.lte(entry.maxNotional ?? Infinity)).toBe(true);
        expect(quantity.mod(INSTRUMENT.lot).isZero() && quantity.gte(INSTRUMENT.minQuantity)).toBe(true);
        const named = [
          ...('price' in order.terms ? [order.terms.price] : []),
          ...('stopPrice' in order.terms ? [order.terms.stopPrice] : []),
        ];
        const worst = entry.side === 'buy' ? dec(order.referencePrice) : Decimal.min(order.referencePrice, ...named);
        const loss = quantity.mul(worst.minus(order.stopPrice).abs());
        expect(loss.lte(equity.mul(limits.maxRiskPerTrade))).toBe(true);
      }),
      { numRuns: 500 },
    );
    expect(approvals).toBeGreaterThan(25);
  });

  test('the approval’s own figures agree with its limits', () => {
    fc.assert(
      fc.property(input, (given) => {
        const decision = assessRisk(given);
        if (!decision.ok) return;
        const { quantity, maxQuantity, maxNotional, referencePrice, limits } = decision.order;
        expect(maxQuantity).toBe(quantity);
        expect(dec(maxNotional).eq(dec(quantity).mul(referencePrice))).toBe(true);
        for (const limit of [
          limits.maxGrossNotional,
          limits.maxInstrumentNotional,
          limits.maxPositionNotional,
          limits.buyingPower,
        ]) {
          expect(dec(maxNotional).lte(limit)).toBe(true);
        }
      }),
    );
  });

  test('a larger position already held never allows more', () => {
    fc.assert(
      fc.property(input, exposure, (given, more) => {
        const held = { ...given, portfolio: { ...given.portfolio, exposures: [...given.portfolio.exposures, more] } };
        expect(allowed(held).lte(allowed(given))).toBe(true);
      }),
    );
  });

  test('a looser policy never allows less', () => {
    fc.assert(
      fc.property(input, policy, (given, other) => {
        const a = given.policy;
        const minimums = [a.minRewardToRisk, other.minRewardToRisk];
        const looser: RiskPolicy = {
          ...DEFAULT_RISK_POLICY,
          maxPositionNotional: text(Decimal.max(a.maxPositionNotional, other.maxPositionNotional)),
          maxNetLeverage: text(Decimal.max(a.maxNetLeverage, other.maxNetLeverage)),
          maxVar: a.maxVar === null || other.maxVar === null ? null : text(Decimal.max(a.maxVar, other.maxVar)),
          maxRiskPerTrade: text(Decimal.max(a.maxRiskPerTrade, other.maxRiskPerTrade)),
          maxConcentration: text(Decimal.max(a.maxConcentration, other.maxConcentration)),
          maxLeverage: text(Decimal.max(a.maxLeverage, other.maxLeverage)),
          maxDailyLoss: text(Decimal.max(a.maxDailyLoss, other.maxDailyLoss)),
          maxOpenTrades: Math.max(a.maxOpenTrades, other.maxOpenTrades),
          minRewardToRisk: minimums.includes(null)
            ? null
            : text(Decimal.min(...minimums.map((minimum) => minimum ?? 0))),
          gapAllowance: text(Decimal.min(a.gapAllowance, other.gapAllowance)),
          costReserve: text(Decimal.min(a.costReserve, other.costReserve)),
        };
        expect(allowed({ ...given, policy: looser }).gte(allowed(given))).toBe(true);
      }),
    );
  });

  test('a larger loss today or another open trade never allows more', () => {
    fc.assert(
      fc.property(input, hundredths(0, 2000), (given, loss) => {
        const { portfolio } = given;
        const poorer = { ...portfolio, unrealisedToday: text(dec(loss).neg()) };
        const busier = {
          ...portfolio,
          openTrades: [...portfolio.openTrades, { tradeId: 'x', instrument: 'SIM', direction: 'long' as const }],
        };
        expect(allowed({ ...given, portfolio: poorer }).lte(allowed(given))).toBe(true);
        expect(allowed({ ...given, portfolio: busier }).lte(allowed(given))).toBe(true);
      }),
    );
  });

  test('the same question has the same answer, and a refusal is the last line of its audit', () => {
    fc.assert(
      fc.property(input, (given) => {
        const decision = assessRisk(given);
        expect(JSON.stringify(assessRisk(given))).toBe(JSON.stringify(decision));
        if (decision.ok) return;
        expect(decision.audit.filter(({ verdict }) => verdict === 'fail')).toEqual([decision.audit.at(-1)]);
        expect(decision.audit.at(-1)?.check).toBe(decision.rejection.code);
      }),
    );
  });

  test('the default policy approves an ordinary proposal', () => {
    fc.assert(
      fc.property(hundredths(1, 30), (away) => {
        const given: RiskInput = {
          entry: {
            tradeId: 't',
            instrument: INSTRUMENT,
            side: 'buy',
            terms: { type: 'market' },
            stopPrice: text(dec(100).minus(away)),
          },
          market: {
            at: NOW,
            open: true,
            quote: { instrument: 'US500', price: d('100'), bid: d('100'), ask: d('100'), at: NOW },
            maxQuoteAge: 1,
          },
          portfolio: {
            equity: d('100000'),
            buyingPower: d('300000'),
            realisedToday: d('0'),
            unrealisedToday: d('0'),
            exposures: [],
            openTrades: [],
            unknownOrders: [],
          },
          policy: DEFAULT_RISK_POLICY,
        };
        expect(allowed(given).gt(0)).toBe(true);
      }),
    );
  });
});
