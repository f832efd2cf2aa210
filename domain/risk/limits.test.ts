import { decide, detail, NOW, outcome } from '../../tests/support/risk-input';
import type { Bar } from '../signal/signal';
import { instant } from '../clock/instant';
import { dec, decimalString as d } from '../money/decimal';
import { averageTrueRange, profitHistory } from './history';
import { entryRisk, quantityWithin } from './entry-risk';
import { riskInput } from '../../tests/support/risk-input';
import { verdictOf } from './verdict';
import { assessRisk } from './assess-risk';

/** The ordinary proposal is 100 units at 100, bound by the risk of 1 % of 100,000 over a stop ten away. */
const held = (instrument: string, quantity: string) => ({ instrument, quantity: d(quantity), mark: d('100') });
const headRoom = (limit: string, changes: Parameters<typeof decide>[0] = {}) =>
  decide(changes).headRoom.find((row) => row.limit === limit);

describe('a limit on exposure', () => {
  test('the largest position is an amount, what is held included', () => {
    const policy = { maxPositionNotional: d('6000') };
    expect(outcome({ policy })).toBe('60');
    expect(outcome({ policy, portfolio: { exposures: [held('US500', '25')] } })).toBe('35');
    expect(outcome({ policy, portfolio: { exposures: [held('US500', '-60')] } })).toBe('position_size');
  });

  test('net leverage counts longs against shorts', () => {
    const policy = { maxNetLeverage: d('0.1'), maxConcentration: d('9') };
    expect(outcome({ policy })).toBe('100');
    expect(outcome({ policy, portfolio: { exposures: [held('SIM', '40')] } })).toBe('60');
    expect(outcome({ policy, portfolio: { exposures: [held('SIM', '-40')] } })).toBe('100');
    const short = { side: 'sell', stopPrice: d('110') } as const;
    expect(outcome({ policy, entry: short, portfolio: { exposures: [held('SIM', '-100')] } })).toBe('net_leverage');
  });

  test.each(['sector', 'group'] as const)('a %s is measured over all of its instruments', (kind) => {
    const members = { name: 'index', instruments: ['US500', 'USCOMP'] };
    const policy = { [kind]: members, [kind === 'sector' ? 'maxSectorExposure' : 'maxGroupExposure']: d('0.15') };
    const portfolio = { exposures: [held('USCOMP', '-90'), held('SIM', '1000')] };
    expect(outcome({ policy, portfolio })).toBe('60');
    expect(outcome({ policy, portfolio: { exposures: [held('USCOMP', '150')] } })).toBe(`${kind}_exposure`);
    // Without a class, or with the limit switched off, it does not bind.
    expect(outcome({ portfolio: { exposures: [held('USCOMP', '150')] } })).toBe('100');
    const off = { [kind]: members, [kind === 'sector' ? 'maxSectorExposure' : 'maxGroupExposure']: null };
    expect(outcome({ policy: off, portfolio: { exposures: [held('USCOMP', '150')] } })).toBe('100');
  });

  test('a strategy’s share is measured on its own trades', () => {
    const policy = { strategy: { maxExposure: d('0.05'), maxOpenTrades: 2 } };
    expect(outcome({ policy, portfolio: { strategy: { openTrades: 1, notional: d('3000') } } })).toBe('20');
    expect(outcome({ policy, portfolio: { strategy: { openTrades: 1, notional: d('5000') } } })).toBe(
      'strategy_exposure',
    );
    expect(outcome({ policy, portfolio: { strategy: { openTrades: 2, notional: d('0') } } })).toBe(
      'strategy_open_trades',
    );
  });

  test('shows what is used and left, with the entry', () => {
    expect(headRoom('concentration', { portfolio: { exposures: [held('US500', '20')] } })).toEqual({
      limit: 'concentration',
      max: '25000',
      used: '2000',
      after: '12000',
      left: '13000',
    });
    expect(headRoom('open_trades')).toMatchObject({ max: '10', used: '0', after: '1', left: '9' });
    expect(headRoom('daily_loss', { portfolio: { unrealisedToday: d('-250') } })).toMatchObject({
      used: '250',
      left: '750',
    });
  });
});

describe('a limit on trading', () => {
  test.each(['cooldown', 'loss_streak'] as const)('a lock (%s) holds until its time', (code) => {
    const locks = [{ code, scope: 'account', until: instant(NOW + 60_000) }];
    expect(outcome({ portfolio: { locks } })).toBe(code);
    expect(detail({ portfolio: { locks } })).toEqual({ scope: 'account', until: '2020-03-06T15:01:00.000Z' });
  });

  test('orders are counted by the minute', () => {
    const policy = { maxOrdersPerMinute: 5 };
    expect(outcome({ policy, portfolio: { ordersLastMinute: 4 } })).toBe('100');
    expect(outcome({ policy, portfolio: { ordersLastMinute: 5 } })).toBe('order_rate');
  });

  test('a drawdown is measured from the highest equity', () => {
    const policy = { maxDrawdown: d('0.2') };
    expect(outcome({ policy, portfolio: { equityPeak: d('124999') } })).toBe('100');
    expect(outcome({ policy, portfolio: { equityPeak: d('125000') } })).toBe('drawdown');
    expect(outcome({ policy: { maxDrawdown: null }, portfolio: { equityPeak: d('900000') } })).toBe('100');
  });

  test('the loss of the day is warned of from four fifths on', () => {
    const input = riskInput({ portfolio: { realisedToday: d('-800') } });
    expect(verdictOf(input, assessRisk(input)).warnings).toEqual(['daily_loss']);
    const calm = riskInput({ portfolio: { realisedToday: d('-799') } });
    expect(verdictOf(calm, assessRisk(calm)).warnings).toEqual([]);
  });
});

describe('a limit on prices', () => {
  const quote = { instrument: 'US500', price: d('100'), bid: d('99.5'), ask: d('100.5'), at: NOW };

  test('a spread wider than the policy allows is refused', () => {
    expect(outcome({ market: { quote }, policy: { maxSpread: d('0.01') } })).toBe('95'); // 1000 / 10.5
    expect(outcome({ market: { quote }, policy: { maxSpread: d('0.0099') } })).toBe('spread');
  });

  test('the collar refuses what is priced far beyond the market, and never what is better', () => {
    const policy = { priceCollar: d('0.05') };
    const buy = (price: string) => ({ terms: { type: 'limit', price: d(price) } as const, stopPrice: d('50') });
    expect(outcome({ policy, entry: buy('105.01') })).toBe('price_collar');
    expect(outcome({ policy, entry: buy('105') })).not.toBe('price_collar');
    expect(outcome({ policy, entry: buy('60') })).toBe('100');
    const sell = { side: 'sell', terms: { type: 'limit', price: d('94.99') }, stopPrice: d('150') } as const;
    expect(outcome({ policy, entry: sell })).toBe('price_collar');
    expect(outcome({ policy: { priceCollar: null }, entry: sell })).not.toBe('price_collar');
  });

  test('a price may be no older than the policy says, even where the feed is slower', () => {
    const old = { ...quote, bid: d('100'), ask: d('100'), at: NOW - 2_000 };
    expect(outcome({ market: { quote: old }, policy: { maxPriceAgeSeconds: 2 } })).toBe('100');
    expect(outcome({ market: { quote: old }, policy: { maxPriceAgeSeconds: 1 } })).toBe('price_stale');
  });
});

describe('the way of sizing', () => {
  test('is a wish that limits bound', () => {
    expect(outcome({ policy: { sizing: { method: 'fixed-notional', notional: d('4000') } } })).toBe('40');
    expect(outcome({ policy: { sizing: { method: 'fixed-notional', notional: d('40000') } } })).toBe('100');
    const kelly = {
      method: 'kelly',
      winProbability: d('0.6'),
      payoff: d('1'),
      fraction: d('0.25'),
      cap: d('0.005'),
    } as const;
    expect(outcome({ policy: { sizing: kelly } })).toBe('50'); // 100000 × 0.005 / 10
    expect(outcome({ policy: { sizing: { ...kelly, winProbability: d('0.4') } } })).toBe('size_zero');
    const decision = decide({ policy: { sizing: kelly } });
    expect(decision.ok && decision.binding).toBe('kelly');
  });

  test('by volatility needs an average true range', () => {
    const policy = { sizing: { method: 'volatility-target', target: d('0.001') } } as const;
    expect(outcome({ policy })).toBe('volatility_unknown');
    expect(outcome({ policy, market: { averageTrueRange: d('2') } })).toBe('50'); // 100000 × 0.001 / 2
  });
});

describe('value at risk', () => {
  const days = 100;
  /** Falls of 1 % to 100 % on a hundred days: the 5 % quantile is 95.05 %. */
  const returns = Float64Array.from({ length: days }, (_, day) => -(day + 1) / 100);
  const history = { profits: new Float64Array(days), assumed: 0, returns };

  test('makes an entry as small as the limit wants', () => {
    // 5,000 may be lost; a unit of 100 loses 95.05.
    const changes = { policy: { maxVar: d('0.05') }, portfolio: { history } };
    expect(outcome(changes)).toBe('52');
    const decision = decide(changes);
    expect(decision.ok && decision.binding).toBe('var_limit');
    expect(decision.ok && decision.order.limits.valueAtRisk).toEqual({
      limit: '5000',
      after: '4942.6',
      alone: '4942.6',
    });
    expect(headRoom('var_limit', changes)).toMatchObject({ max: '5000', used: '0', after: '4942.6', left: '57.4' });
  });

  test('refuses an entry when the account is at its limit, but lets a hedge through', () => {
    const profits = returns.map((value) => value * 6_000);
    const long = { policy: { maxVar: d('0.05') }, portfolio: { history: { ...history, profits } } };
    expect(outcome(long)).toBe('var_limit');
    expect(outcome({ ...long, entry: { side: 'sell', stopPrice: d('110') } })).toBe('100');
  });

  test('counts what has no history by the assumed volatility, undiversified', () => {
    const risk = entryRisk(riskInput({ policy: { maxVar: d('0.05') } }), dec(100), dec(10_000));
    // 1.644854 × 0.05 × (10,000 + 10,000), rounded up to the cent
    expect(risk.at(d('100')).toString()).toBe('1644.86');
    expect(quantityWithin({ ...risk, limit: dec(900) }, d('100'), d('1')).toString()).toBe('9');
    expect(quantityWithin({ ...risk, limit: dec(1) }, d('100'), d('1')).toString()).toBe('0');
  });

  test('takes the days that all instruments have', () => {
    const bars = (from: number, count: number): Bar[] =>
      Array.from({ length: count }, (_, n) => {
        const close = 100 + ((from + n) % 7);
        return {
          date: instant(Date.UTC(2020, 0, 1 + from + n)).slice(0, 10),
          open: close,
          high: close + 1,
          low: close - 1,
          close,
          volume: 1,
        };
      });
    const barsOf = new Map([
      ['A', bars(0, 100)],
      ['B', bars(10, 100)],
      ['C', bars(0, 30)],
    ]);
    const joint = profitHistory(
      [
        { instrument: 'B', value: 1_000 },
        { instrument: 'C', value: -100 },
      ],
      'A',
      barsOf,
      d('0.05'),
    );
    expect([joint.profits.length, joint.returns?.length]).toEqual([89, 89]);
    expect(joint.assumed).toBeCloseTo(1.6448536 * 0.05 * 100, 5);
    const none = profitHistory([{ instrument: 'C', value: 100 }], 'C', barsOf, d('0.05'));
    expect([none.profits.length, none.returns]).toEqual([0, undefined]);
    // A gap of up to six between closes, and a range of two within a day.
    expect(Number(averageTrueRange(barsOf.get('A') ?? []))).toBeGreaterThan(2);
    expect(averageTrueRange(bars(0, 14))).toBeUndefined();
  });
});
