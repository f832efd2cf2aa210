import { decide, detail, NOW, outcome, riskInput } from '../../tests/support/risk-input';
import { instant, millisOf } from '../clock/instant';
import { decimalString as d } from '../money/decimal';
import type { OrderTerms } from '../order/order';
import { ApprovedOrder, assessRisk } from './assess-risk';

describe('an entry whose stop lies at a distance from its fill', () => {
  const entry = (side: 'buy' | 'sell', changes: object = {}) => {
    const { instrument, tradeId } = riskInput().entry;
    const terms: OrderTerms = { type: 'trailing-stop', trailAmount: d('2') };
    return { instrument, tradeId, side, terms, stopDistance: d('5'), ...changes };
  };
  const decided = (side: 'buy' | 'sell', changes: object = {}, market: object = {}) => {
    const input = riskInput();
    return assessRisk({ ...input, entry: entry(side, changes), market: { ...input.market, ...market } });
  };

  test.each([
    // A buy would have to rise by its distance first: it is valued there. 100000 × 0.01 / 5 = 200 units.
    ['buy', {}, { quantity: '200', stopPrice: '97', referencePrice: '102' }],
    [
      'buy',
      { terms: { type: 'trailing-stop', trailBps: 300 } },
      { quantity: '200', stopPrice: '98', referencePrice: '103' },
    ],
    ['sell', {}, { quantity: '200', stopPrice: '105', referencePrice: '100' }],
    // Twice as far is half as much, wherever it fills.
    ['buy', { stopDistance: d('10') }, { quantity: '100', stopPrice: '92' }],
  ] as const)('that is to %s, %j, loses one per cent of the equity there', (side, changes, order) => {
    expect(decided(side, changes)).toMatchObject({ ok: true, order });
  });

  test('must have one, which is not wider than the price, and a price to be valued by', () => {
    const code = (decision: ReturnType<typeof decided>) => (decision.ok ? 'approved' : decision.rejection.code);
    expect(code(decided('buy', { stopDistance: undefined }))).toBe('no_stop');
    expect(code(decided('buy', { stopDistance: d('102') }))).toBe('stop_wrong_side');
    expect(code(decided('buy', {}, { quote: undefined }))).toBe('price_missing');
    expect(code(decided('buy', { terms: { type: 'trailing-stop', trailAmount: d('0.001') } }))).toBe('tick');
  });
});

describe('an approved entry', () => {
  test('loses one per cent of the equity at its stop, and carries the limits that the database adds up again', () => {
    const decision = decide();
    // 100000 * 0.01 / (100 - 90) = 100 units
    expect(decision.ok && JSON.parse(JSON.stringify(decision.order))).toEqual({
      tradeId: 'trade:paper:1',
      instrument: 'US500',
      side: 'buy',
      terms: { type: 'market' },
      stopPrice: '90',
      quantity: '100',
      referencePrice: '100',
      maxQuantity: '100',
      maxNotional: '10000',
      limits: {
        equity: '100000',
        maxGrossNotional: '300000',
        maxNetNotional: '300000',
        maxInstrumentNotional: '25000',
        maxPositionNotional: '1000000',
        maxOpenTrades: '10',
        maxOrdersPerMinute: '120',
        buyingPower: '300000',
      },
    });
  });

  test('leaves an audit of every check in order, as plain JSON', () => {
    const { audit } = decide();
    expect(audit.map(({ check }) => check)).toEqual([
      'expired',
      'short_on_spot',
      'no_stop',
      'tick',
      'calendar_ended',
      'market_closed',
      'price_missing',
      'price_stale',
      'spread',
      'stop_wrong_side',
      'price_collar',
      'reward_to_risk',
      'unknown_order',
      'unreconciled',
      'cooldown',
      'loss_streak',
      'daily_loss',
      'drawdown',
      'order_rate',
      'strategy_open_trades',
      'open_trades',
      'opposite_trade',
      'sizing',
      'below_minimum',
    ]);
    expect(audit.every(({ verdict }) => verdict === 'pass')).toBe(true);
    expect(audit.find(({ check }) => check === 'sizing')?.values).toEqual({
      quantity: '100',
      binding: 'risk',
      riskPerUnit: '10',
      referencePrice: '100',
      risk: '100',
      position_size: '10000',
      concentration: '250',
      leverage: '3000',
      net_leverage: '3000',
      buying_power: '2994.011976047904191616',
    });
    expect(JSON.parse(JSON.stringify(audit))).toEqual(audit);
  });

  test('is made by the risk check alone', () => {
    const decision = decide();
    const copy: unknown = JSON.parse(JSON.stringify(decision.ok ? decision.order : null));
    expect([ApprovedOrder.isApproved(decision.ok && decision.order), ApprovedOrder.isApproved(copy)]).toEqual([
      true,
      false,
    ]);
    expect(() => {
      if (decision.ok) Reflect.construct(ApprovedOrder, [Symbol('ApprovedOrder'), decision.order]);
    }).toThrow('only assessRisk approves orders');
  });

  test('bought at market is judged by the ask, sold by the bid', () => {
    const quote = { instrument: 'US500', price: d('100'), bid: d('99'), ask: d('101'), at: NOW };
    const policy = { maxSpread: null };
    const bought = decide({ market: { quote }, policy });
    expect(bought.ok && [bought.order.referencePrice, bought.order.quantity]).toEqual(['101', '90']); // 1000 / 11
    const sold = decide({ market: { quote }, entry: { side: 'sell', stopPrice: d('109') }, policy });
    expect(sold.ok && [sold.order.referencePrice, sold.order.quantity]).toEqual(['99', '100']);
  });

  test.each<[OrderTerms, 'buy' | 'sell', string, string, string]>([
    // terms, side, stop, reference, 1000 / distance of the worst fill
    [{ type: 'limit', price: d('95') }, 'buy', '90', '95', '200'],
    [{ type: 'limit', price: d('110') }, 'buy', '90', '110', '50'],
    [{ type: 'stop', stopPrice: d('105') }, 'buy', '100', '105', '200'],
    [{ type: 'stop-limit', stopPrice: d('105'), price: d('106') }, 'buy', '101', '106', '200'],
    [{ type: 'limit', price: d('90') }, 'sell', '110', '100', '50'],
    [{ type: 'stop-limit', stopPrice: d('95'), price: d('94') }, 'sell', '99', '95', '200'],
  ])('%j to %s with its stop at %s is valued at %s', (terms, side, stopPrice, reference, quantity) => {
    const decision = decide({ entry: { terms, side, stopPrice: d(stopPrice) } });
    expect(decision.ok && [decision.order.referencePrice, decision.order.quantity]).toEqual([reference, quantity]);
  });

  test('is no larger than what was asked for or approved', () => {
    expect(outcome({ entry: { maxQuantity: d('40.5') } })).toBe('40');
    expect(outcome({ entry: { maxNotional: d('3050') } })).toBe('30');
  });

  test('is smaller where gaps beyond the stop are allowed for', () => {
    expect(outcome({ policy: { gapAllowance: d('0.1') } })).toBe('52'); // 1000 / (10 + 9) = 52.6
  });
});

describe('an entry is refused', () => {
  test('after its deadline', () => {
    expect(outcome({ entry: { validUntil: NOW } })).toBe('100');
    expect(outcome({ entry: { validUntil: NOW - 1 } })).toBe('expired');
  });

  test('without a stop, before the market is even looked at', () => {
    const { stopPrice, ...entry } = riskInput().entry;
    expect(stopPrice).toBe('90');
    const decision = assessRisk({ ...riskInput({ market: { open: false } }), entry });
    expect(!decision.ok && decision.rejection.code).toBe('no_stop');
  });

  test('with a price off the tick, its own or its stop’s', () => {
    expect(detail({ entry: { terms: { type: 'limit', price: d('100.001') } } })).toEqual({
      tick: '0.01',
      field: 'price',
      value: '100.001',
    });
    expect(outcome({ entry: { stopPrice: d('90.001') } })).toBe('tick');
  });

  test('in a closed market, with the next open stated', () => {
    const nextOpen = millisOf('2020-03-09T13:30:00Z');
    expect(outcome({ market: { open: false } })).toBe('market_closed');
    expect(detail({ market: { open: false, nextOpen } })).toEqual({
      at: instant(NOW),
      nextOpen: '2020-03-09T13:30:00.000Z',
    });
  });

  test('without a price, or with one from the future', () => {
    const quote = { instrument: 'US500', price: d('100'), bid: d('100'), ask: d('100'), at: NOW + 1 };
    expect(outcome({ market: { quote: undefined } })).toBe('price_missing');
    expect(outcome({ market: { quote } })).toBe('price_missing');
  });

  test('on a price older than the longest gap between prints', () => {
    expect(outcome({ market: { maxQuoteAge: 1_000 } })).toBe('100');
    expect(outcome({ market: { maxQuoteAge: 999 } })).toBe('price_stale');
  });

  test('on the age that counts, where closed time made the price no older', () => {
    expect(outcome({ market: { maxQuoteAge: 999, quoteAge: 999 } })).toBe('100');
    expect(outcome({ market: { maxQuoteAge: 999, quoteAge: 1_000 } })).toBe('price_stale');
  });

  test.each<['buy' | 'sell', OrderTerms, string]>([
    ['buy', { type: 'market' }, '100'],
    ['buy', { type: 'market' }, '101'],
    ['sell', { type: 'market' }, '100'],
    ['buy', { type: 'limit', price: d('95') }, '96'],
    // Marketable: it would fill at 100, already below the stop.
    ['buy', { type: 'limit', price: d('110') }, '105'],
    ['sell', { type: 'limit', price: d('90') }, '95'],
    ['buy', { type: 'stop-limit', stopPrice: d('105'), price: d('107') }, '106'],
  ])('to %s %j with its stop at %s', (side, terms, stopPrice) => {
    expect(outcome({ entry: { side, terms, stopPrice: d(stopPrice) } })).toBe('stop_wrong_side');
  });

  test('when the policy wants more reward for the risk', () => {
    const policy = { minRewardToRisk: d('2') };
    expect(outcome({ policy })).toBe('reward_to_risk');
    expect(outcome({ policy, entry: { takeProfit: d('119.99') } })).toBe('reward_to_risk');
    expect(outcome({ policy, entry: { takeProfit: d('120') } })).toBe('100');
    expect(outcome({ policy, entry: { side: 'sell', stopPrice: d('110'), takeProfit: d('120') } })).toBe(
      'reward_to_risk',
    );
    expect(outcome({ policy, entry: { side: 'sell', stopPrice: d('110'), takeProfit: d('80') } })).toBe('100');
  });

  test('while an order of unknown outcome is in the same instrument', () => {
    expect(outcome({ portfolio: { unknownOrders: ['USCOMP'] } })).toBe('100');
    expect(outcome({ portfolio: { unknownOrders: ['USCOMP', 'US500'] } })).toBe('unknown_order');
  });

  test('once the day’s loss, realised and open together, reaches the limit', () => {
    expect(outcome({ portfolio: { realisedToday: d('-600'), unrealisedToday: d('-399.99') } })).toBe('100');
    expect(outcome({ portfolio: { realisedToday: d('-600'), unrealisedToday: d('-400') } })).toBe('daily_loss');
    expect(outcome({ portfolio: { realisedToday: d('500'), unrealisedToday: d('-1200') } })).toBe('100');
  });

  test('when the account has as many trades as it may have, not counting itself', () => {
    const trade = (tradeId: string) => ({ tradeId, instrument: 'USCOMP', direction: 'long' }) as const;
    const policy = { maxOpenTrades: 2 };
    expect(outcome({ policy, portfolio: { openTrades: [trade('a'), trade('trade:paper:1')] } })).toBe('100');
    expect(outcome({ policy, portfolio: { openTrades: [trade('a'), trade('b')] } })).toBe('open_trades');
  });

  test('against an open trade of the other direction in the same instrument', () => {
    const trade = { tradeId: 'a', instrument: 'US500', direction: 'short' } as const;
    expect(detail({ portfolio: { openTrades: [trade] } })).toEqual({ direction: 'long', tradeId: 'a' });
    expect(outcome({ portfolio: { openTrades: [trade] } })).toBe('opposite_trade');
    expect(outcome({ portfolio: { openTrades: [{ ...trade, instrument: 'USCOMP' }] } })).toBe('100');
    expect(outcome({ portfolio: { openTrades: [{ ...trade, direction: 'long' }] } })).toBe('100');
  });
});
