import fc from 'fast-check';
import { decide, detail, NOW, outcome, riskInput } from '../../tests/support/risk-input';
import type { RiskChanges } from '../../tests/support/risk-input';
import { instant } from '../clock/instant';
import { dec, decimalString as d, text } from '../money/decimal';
import type { DecimalString } from '../money/decimal';
import { noRoom } from '../cycle/room';
import { measureRisk } from './measure';
import type { MeasureInput } from './measure';
import { DEFAULT_RISK_POLICY } from './policy';
import type { EffectivePolicy } from './policy-document';
import type { Exposure } from './proposal';

const future = { multiplier: d('50'), lastTradingDay: '2020-03-20' };
const contract = { instrument: { future } };
const headRoom = (limit: string, changes: RiskChanges) => decide(changes).headRoom.find((row) => row.limit === limit);

describe('an entry in a future', () => {
  test('risks the points between entry and stop times the multiplier', () => {
    // 1 % of 100,000 over ten points of 50 dollars each: two contracts. Of a stock it is a hundred units.
    expect(outcome(contract)).toBe('2');
    expect(outcome()).toBe('100');
  });

  test('is approved for its notional, and takes that from every limit', () => {
    const decision = decide(contract);
    expect(decision.ok && decision.order).toMatchObject({ maxQuantity: '2', maxNotional: '10000' });
    for (const limit of ['concentration', 'leverage', 'net_leverage', 'position_size', 'buying_power'])
      expect(headRoom(limit, contract)).toMatchObject({ used: '0', after: '10000' });
  });

  test('is bound by a limit that a stock of the same price is far from', () => {
    const policy = { maxPositionNotional: d('9999') };
    expect(outcome({ ...contract, policy })).toBe('1');
    expect(outcome({ ...contract, policy: { maxPositionNotional: d('4999') } })).toBe('position_size');
    expect(outcome({ policy })).toBe('99');
  });

  test('is refused when one contract risks more than the policy allows', () => {
    expect(outcome({ ...contract, portfolio: { equity: d('49999') } })).toBe('size_zero');
  });

  test('may be short where nothing is lent: a contract that is sold is nobody’s', () => {
    const short: RiskChanges = { entry: { side: 'sell', stopPrice: d('110') }, portfolio: { mayShort: false } };
    expect(outcome({ ...contract, ...short })).toBe('2');
    expect(outcome(short)).toBe('short_on_spot');
  });

  test('is refused from the moment on at which its contract is left, and the approval before carries that moment', () => {
    const at = (leaveAt: number): RiskChanges => ({ ...contract, market: { leaveAt } });
    const decision = decide(at(NOW + 1));
    expect(decision.ok && decision.order.limits.noEntryFrom).toBe(instant(NOW + 1));
    expect(outcome(at(NOW))).toBe('contract_ending');
    expect(detail(at(NOW))).toEqual({ lastTradingDay: '2020-03-20', leaveAt: instant(NOW) });
    // No waiting repairs it: a trade that would wait for the open hears of it at once.
    expect(outcome({ ...contract, market: { leaveAt: NOW, open: false } })).toBe('contract_ending');
    // The control: something without an end is not asked for one.
    const stock = decide();
    expect(stock.ok && stock.order.limits.noEntryFrom).toBeUndefined();
  });
});

const multiplier = fc.constantFrom('0.1', '1', '5', '12.5', '50', '1000');
/** The same position once as a future, and once as a stock whose price is what a contract is worth. */
const twin = fc.record({
  instrument: fc.constantFrom('US500', 'USCOMP', 'SIM'),
  quantity: fc.integer({ min: -40, max: 40 }),
  cents: fc.integer({ min: 1, max: 40_000 }),
  multiplier,
});
const priceOf = (cents: number): DecimalString => text(dec(cents).div(100));
const worthOfOne = (price: DecimalString, factor: string): DecimalString => text(dec(price).mul(factor));

test('whatever the limits and the portfolio: a future is sized and limited as a stock at the price of a whole contract', () => {
  const sizing = fc.constantFrom<EffectivePolicy['sizing']>(
    DEFAULT_RISK_POLICY.sizing,
    { method: 'volatility-target', target: d('0.01') },
    { method: 'fixed-notional', notional: d('60000') },
    { method: 'kelly', winProbability: d('0.6'), payoff: d('1.5'), fraction: d('0.5'), cap: d('0.1') },
  );
  fc.assert(
    fc.property(
      multiplier,
      fc.array(twin, { maxLength: 4 }),
      fc.record({ stop: fc.integer({ min: 5_000, max: 9_990 }), equity: fc.integer({ min: 1, max: 900_000 }), sizing }),
      fc.option(fc.constantFrom(d('0.01'), d('0.2')), { nil: null }),
      (factor, held, { equity, sizing: method, stop }, maxVar) => {
        const changes = (own: string, one: (twin: (typeof held)[number]) => Exposure): RiskChanges => {
          const scale = (price: string): DecimalString => worthOfOne(d(price), own);
          const price = scale('100');
          return {
            entry: { stopPrice: scale(String(stop / 100)) },
            market: {
              quote: { instrument: 'US500', price, bid: price, ask: price, at: NOW - 1_000 },
              averageTrueRange: scale('1.75'),
            },
            portfolio: {
              exposures: held.filter(({ quantity }) => quantity !== 0).map(one),
              equity: d(String(equity)),
              buyingPower: d(String(3 * equity)),
            },
            policy: { gapAllowance: d('0.01'), sizing: method, maxVar, maxSpread: null },
          };
        };
        const asFuture = changes('1', ({ cents, instrument, multiplier: own, quantity }) => ({
          ...{ instrument, quantity: d(String(quantity)), mark: priceOf(cents) },
          future: { multiplier: d(own), lastTradingDay: '2030-12-20' },
        }));
        const asStock = changes(factor, ({ cents, instrument, multiplier: own, quantity }) => ({
          ...{ instrument, quantity: d(String(quantity)), mark: worthOfOne(priceOf(cents), own) },
        }));
        const tick = { tick: d('0.00001') };
        const terms = { future: { multiplier: d(factor), lastTradingDay: '2030-12-20' } };
        // What is held in the instrument counts at its own mark or at the entry's, whichever is more: as one kind of contract.
        const sameKind = held.every((one) => one.instrument !== 'US500' || one.multiplier === factor);
        fc.pre(sameKind);
        const [one, other] = [
          decide({ ...asFuture, instrument: { ...tick, ...terms } }),
          decide({ ...asStock, instrument: tick }),
        ];
        expect(one.ok ? one.order.quantity : one.rejection.code).toBe(
          other.ok ? other.order.quantity : other.rejection.code,
        );
        expect(one.headRoom).toEqual(other.headRoom);
        if (one.ok && other.ok) {
          expect(one.order.maxNotional).toBe(other.order.maxNotional);
          expect(one.order.limits).toEqual(other.order.limits);
        }
      },
    ),
    { numRuns: 150 },
  );
});

test('value at risk and every stress of a contract are those of its notional', () => {
  const closes = Array.from({ length: 80 }, (_, n) => 100 + 5 * Math.sin(n));
  const bars = closes.map((close, n) => ({
    ...{ date: new Date(Date.UTC(2026, 0, 1 + n)).toISOString().slice(0, 10) },
    ...{ open: close, high: close, low: close, close, volume: 1 },
  }));
  const measure = (position: Exposure, stopPrice: string) => {
    const input: MeasureInput = {
      positions: [position],
      guarded: [{ ...position, stopPrice: d(stopPrice) }],
      barsOf: new Map([['EXA', bars]]),
      assumedVolatility: d('0.05'),
    };
    return measureRisk(input);
  };
  const contracts = { instrument: 'EXA', quantity: d('2'), mark: d('100'), future };
  expect(measure(contracts, '95')).toEqual(measure({ instrument: 'EXA', quantity: d('2'), mark: d('5000') }, '4750'));
  expect(measure(contracts, '95').stress[0]).toMatchObject({ profit: '-1000' });
});

test('a contract uses up the room of a cycle by its notional', () => {
  const stock: Exposure = { instrument: 'US500', quantity: d('5'), mark: d('100') };
  const { policy, portfolio } = riskInput();
  // 5 × 100 × 50 = 25,000: a quarter of the equity.
  expect(noRoom('US500', [], { ...portfolio, exposures: [{ ...stock, future }] }, policy)).toBe('concentration');
  expect(noRoom('US500', [], { ...portfolio, exposures: [stock] }, policy)).toBeUndefined();
});
