import { Liquidities, OrderAction, OrderStatus, OrderType, SecType, TimeInForce } from '@stoqey/ib';
import { createCalendars } from '../../domain/calendar/calendars';
import { decimalString as d } from '../../domain/money/decimal';
import type { ClientOrderId, OrderRequest } from '../../domain/order/order';
import { lineError, ORDER_ERRORS, orderError } from './codes';
import { contractQuery } from './contract-query';
import { AmbiguousContract, bandsOf, ibContract, marketRuleOf, theOne } from './contracts';
import type { ContractSpec } from './contracts';
import { chainOf, corrects, Executions } from './executions';
import type { IbExecution } from './facts';
import { hourDifferences, openSpans } from './hours';
import { amountOf, doubleOf } from './numbers';
import { fromIbExecution, fromIbOrder, stateOf, toIbOrder } from './order-map';
import { MESSAGE_LIMITS, Pacer } from './pacing';
import { coarsestTick, offTick, tickAt } from './ticks';
import { executionTime } from './times';
import { absenceAt, dayIn } from './windows';

const at = (text: string): number => Date.parse(text);
const calendars = createCalendars();

const REQUEST: OrderRequest = {
  clientOrderId: 'a'.repeat(32) as ClientOrderId,
  account: 'ib-paper',
  instrument: 'AAPL',
  side: 'sell',
  quantity: d('10'),
  terms: { type: 'market' },
  timeInForce: 'GTC',
};
const STYLE = { accountCode: 'DU1', outsideRth: true };

describe('codes of TWS', () => {
  it('lists each code once, and every rejection with a code of ours', () => {
    expect(new Set(ORDER_ERRORS.map(({ code }) => code)).size).toBe(ORDER_ERRORS.length);
    for (const { code, is, as } of ORDER_ERRORS) expect([code, as !== undefined]).toEqual([code, is === 'rejected']);
  });

  it.each([
    [201, 'Order rejected - reason: available funds are insufficient', 'rejected', 'insufficient_funds'],
    [201, 'Order rejected - reason: the exchange is not open', 'rejected', 'instrument_closed'],
    [201, 'something new', 'rejected', 'invalid_order'],
    [110, 'The price does not conform', 'rejected', 'invalid_order'],
    [203, 'not available for this account', 'rejected', 'not_supported'],
    [99999, 'never seen', 'rejected', 'invalid_order'],
  ] as const)('%s %p is %s as %s', (code, message, is, as) => {
    expect(orderError(code, message)).toEqual({ is, as, listed: code !== 99999 });
  });

  it.each([
    [103, 'duplicate'],
    [202, 'cancelled'],
    [161, 'too-late'],
    [10148, 'too-late'],
    [399, 'held'],
    [2109, 'warning'],
  ] as const)('%s is %s', (code, is) => {
    expect(orderError(code, '').is).toBe(is);
  });

  it('tells what changes the line from what does not', () => {
    expect([326, 1100, 1101, 1102, 2104].map(lineError)).toEqual([
      'client-id-in-use',
      'upstream-lost',
      'upstream-back',
      'upstream-back',
      undefined,
    ]);
  });
});

describe('amounts', () => {
  it('are none where TWS says that they are not set', () => {
    expect([Number.MAX_VALUE, 2_147_483_647, undefined, NaN, Infinity].map(amountOf)).toEqual(Array(5).fill(undefined));
  });

  it('are the shortest text of the double, without an exponent', () => {
    expect([0.1, 1e-7, 150.25, 0, -1.35].map(amountOf)).toEqual(['0.1', '0.0000001', '150.25', '0', '-1.35']);
  });

  it('are refused where a double would be another amount', () => {
    expect(doubleOf(d('150.25'))).toBe(150.25);
    expect(() => doubleOf(d('0.12345678901234567891'.slice(0, 20)))).toThrow('too many digits');
  });
});

describe('orders on their way to TWS', () => {
  it.each<[OrderRequest['terms'], object]>([
    [{ type: 'market' }, { orderType: OrderType.MKT, outsideRth: false }],
    [
      { type: 'limit', price: d('99.5') },
      { orderType: OrderType.LMT, lmtPrice: 99.5, outsideRth: true },
    ],
    [
      { type: 'stop', stopPrice: d('95') },
      { orderType: OrderType.STP, auxPrice: 95 },
    ],
    [
      { type: 'stop-limit', stopPrice: d('95'), price: d('94') },
      { orderType: OrderType.STP_LMT, auxPrice: 95, lmtPrice: 94 },
    ],
    [
      { type: 'trailing-stop', trailBps: 250 },
      { orderType: OrderType.TRAIL, trailingPercent: 2.5 },
    ],
    [
      { type: 'trailing-stop', trailAmount: d('2.5'), stopPrice: d('95') },
      { orderType: OrderType.TRAIL, auxPrice: 2.5, trailStopPrice: 95 },
    ],
    [
      { type: 'trailing-stop-limit', trailAmount: d('2.5'), stopPrice: d('95'), limitOffset: d('0.1') },
      { orderType: OrderType.TRAIL_LIMIT, auxPrice: 2.5, trailStopPrice: 95, lmtPriceOffset: 0.1 },
    ],
    [
      { type: 'trailing-stop-limit', trailBps: 150, stopPrice: d('95'), limitOffset: d('0.1') },
      { orderType: OrderType.TRAIL_LIMIT, trailingPercent: 1.5, trailStopPrice: 95, lmtPriceOffset: 0.1 },
    ],
  ])('%j', (terms, fields) => {
    expect(toIbOrder({ ...REQUEST, terms }, STYLE)).toMatchObject({
      ...{ action: OrderAction.SELL, totalQuantity: 10, account: 'DU1', orderRef: REQUEST.clientOrderId },
      ...{ tif: TimeInForce.GTC, transmit: true },
      ...fields,
    });
  });
});

describe('orders as TWS shows them', () => {
  const order = { ...toIbOrder(REQUEST, STYLE), permId: 7, orderId: 3, clientId: 11 };
  const contract = { conId: 265598 };

  it('come back as what they were sent as', () => {
    expect(fromIbOrder(contract, order, { status: OrderStatus.Submitted }, 'open')).toEqual({
      ...{ permId: 7, orderId: 3, clientId: 11, orderRef: REQUEST.clientOrderId, conId: 265598, account: 'DU1' },
      ...{ side: 'sell', quantity: '10', type: 'market', state: 'open', filled: '0' },
    });
  });

  it.each([
    [OrderType.TRAIL, 104.25, { type: 'trailing-stop', stopPrice: '104.25' }],
    [OrderType.TRAIL_LIMIT, 104.25, { type: 'trailing-stop-limit', stopPrice: '104.25' }],
    // Unset, as TWS writes it.
    [OrderType.TRAIL, Number.MAX_VALUE, { type: 'trailing-stop' }],
    // What stands in the field of any other order is none of its stop.
    [OrderType.STP, 104.25, { type: 'stop' }],
  ])('%s with its stop at %d', (orderType, trailStopPrice, shown) => {
    const read = fromIbOrder(
      contract,
      { ...order, orderType, trailStopPrice },
      { status: OrderStatus.PreSubmitted },
      'open',
    );
    expect({ type: read?.type, ...(read?.stopPrice === undefined ? {} : { stopPrice: read.stopPrice }) }).toEqual(
      shown,
    );
  });

  it('count what filled once they have ended, whose whole quantity TWS then leaves out', () => {
    const ended = { ...order, totalQuantity: 0, filledQuantity: 10 };
    expect(fromIbOrder(contract, ended, { status: OrderStatus.Filled }, 'completed')).toMatchObject({
      ...{ quantity: '10', filled: '10', state: 'filled' },
    });
  });

  it('are nothing yet without the durable id, or without a quantity', () => {
    const state = { status: OrderStatus.Submitted };
    expect(fromIbOrder(contract, { ...order, permId: 0 }, state, 'open')).toBeUndefined();
    expect(fromIbOrder(contract, { ...order, totalQuantity: NaN }, state, 'open')).toBeUndefined();
  });

  it('are rejected as inactive only when they are not listed as open', () => {
    expect([stateOf('Inactive', false), stateOf('Inactive', true), stateOf('ApiCancelled', false)]).toEqual([
      ...['open', 'rejected', 'cancelled'],
    ]);
  });
});

describe('executions', () => {
  const raw = {
    ...{ execId: '0000e0d5.5f1a.01.01', permId: 7, orderRef: 'x', side: 'BOT', shares: 4, price: 99.5 },
    ...{ time: '20260302 09:31:00 US/Eastern', acctNumber: 'DU1', lastLiquidity: Liquidities.Added },
  };

  it('are read with their time in the zone that TWS names', () => {
    expect(fromIbExecution({ conId: 1 }, raw, 'UTC')).toMatchObject({
      ...{ quantity: '4', price: '99.5', side: 'buy', maker: true, at: at('2026-03-02T14:31:00Z') },
    });
    expect(executionTime('20260702 09:31:00 America/New_York', 'UTC')).toBe(at('2026-07-02T13:31:00Z'));
    expect(executionTime('20260702-13:31:00', 'Asia/Tokyo')).toBe(at('2026-07-02T13:31:00Z'));
    expect(executionTime('20260702 22:31:00', 'Asia/Tokyo')).toBe(at('2026-07-02T13:31:00Z'));
    expect(executionTime('20260702 22:31:00 Nowhere/City', 'UTC')).toBeUndefined();
    expect(executionTime('yesterday', 'UTC')).toBeUndefined();
  });

  it.each([{ shares: Number.MAX_VALUE }, { price: Number.MAX_VALUE }, { side: '' }, { shares: 0 }, { execId: '' }])(
    'are not booked with %j',
    (broken) => {
      expect(fromIbExecution({ conId: 1 }, { ...raw, ...broken }, 'UTC')).toBeUndefined();
    },
  );

  it('a correction has the same chain and a higher number', () => {
    expect(chainOf('a.b.01.02')).toEqual({ chain: 'a.b.01', number: 2 });
    expect(corrects('a.b.01.02', 'a.b.01.01')).toBe(true);
    expect(corrects('a.b.01.01', 'a.b.01.02')).toBe(false);
    expect(corrects('a.b.02.02', 'a.b.01.01')).toBe(false);
    expect(chainOf('plain')).toEqual({ chain: 'plain', number: 0 });
  });

  it('are kept once a chain, as they were stated last, with the commission of that statement', () => {
    const one = fromIbExecution({ conId: 1 }, raw, 'UTC') as IbExecution;
    const two = { ...one, execId: '0000e0d5.5f1a.01.02', quantity: d('3') };
    const all = new Executions();
    expect([all.add(one), all.add(one), all.add(two), all.add(one)]).toEqual([true, false, true, false]);
    expect(all.addCommission(one.execId, { amount: d('1'), currency: 'USD' })?.execId).toBe(two.execId);
    expect(all.addCommission(one.execId, { amount: d('1'), currency: 'USD' })).toBeUndefined();
    expect(all.all()).toEqual([{ execution: two, commission: undefined }]);
    all.addCommission(two.execId, { amount: d('0.8'), currency: 'USD' });
    expect(all.all()).toEqual([{ execution: two, commission: { amount: '0.8', currency: 'USD' } }]);
  });
});

describe('ticks by price band', () => {
  // Source: SEC rule 612: 0.0001 below one dollar, 0.01 from there on.
  const bands = [
    { from: d('0'), tick: d('0.0001') },
    { from: d('1'), tick: d('0.01') },
  ];

  it('hold from the edge of their band on', () => {
    expect([d('0.5'), d('1'), d('150')].map((price) => tickAt(bands, price))).toEqual(['0.0001', '0.01', '0.01']);
    expect(offTick(bands, { type: 'limit', price: d('0.5001') })).toEqual([]);
    expect(offTick(bands, { type: 'stop-limit', price: d('2'), stopPrice: d('2.001') })).toEqual([
      { field: 'stopPrice', value: '2.001', tick: '0.01' },
    ]);
  });

  it('have one tick that holds in all of them, or the instrument is refused', () => {
    expect(coarsestTick(bands)).toBe('0.01');
    expect(() => coarsestTick([...bands, { from: d('5'), tick: d('0.015') }])).toThrow('no multiple');
  });
});

describe('contracts', () => {
  const spec: ContractSpec = {
    ...{ id: 'AAPL', symbol: 'AAPL', exchange: 'SMART', currency: 'USD', calendar: 'NASDAQ' },
  };
  const details = {
    contract: { conId: 265598, symbol: 'AAPL', secType: SecType.STK, currency: 'USD', primaryExch: 'NASDAQ' },
    ...{ longName: 'APPLE INC', minTick: 0.01, validExchanges: 'NYSE,SMART', marketRuleIds: '26,557' },
    ...{ minSize: 0.0001, sizeIncrement: 0.0001, timeZoneId: 'US/Eastern', liquidHours: '' },
  };

  it('are asked for by conId alone where that is known', () => {
    expect(contractQuery({ ...spec, conId: 1 })).toEqual({ conId: 1, exchange: 'SMART' });
    expect(contractQuery({ ...spec, primaryExchange: 'NASDAQ' })).toMatchObject({ symbol: 'AAPL', secType: 'STK' });
  });

  it('of an ambiguous symbol are refused with the candidates, and so is an unknown one', () => {
    const other = { ...details, contract: { ...details.contract, conId: 2, primaryExch: 'LSE', currency: 'GBP' } };
    expect(() => theOne(spec, [details, other])).toThrow('265598 (NASDAQ, USD), 2 (LSE, GBP)');
    expect(() => theOne(spec, [])).toThrow(AmbiguousContract);
    expect(theOne(spec, [details, details]).contract.conId).toBe(265598);
  });

  it('have the market rule of the exchange that orders go to, and their rules as ours', () => {
    expect(marketRuleOf(details, 'SMART')).toBe(557);
    expect(marketRuleOf({ contract: {} }, 'SMART')).toBeUndefined();
    expect(ibContract(spec, details, bandsOf(details, undefined)).instrument).toMatchObject({
      ...{ id: 'AAPL', tick: '0.01', lot: '0.0001', quoteAsset: 'USD', calendar: 'NASDAQ', description: 'APPLE INC' },
    });
    expect(() => bandsOf({ contract: {} }, [])).toThrow('no tick');
  });

  it('state hours that are compared with our calendar', () => {
    const calendar = calendars.of('NASDAQ');
    const compare = (hours: string) => hourDifferences(openSpans(hours, 'US/Eastern'), calendar);
    expect(compare('20260302:0930-20260302:1600;20260303:CLOSED')).toEqual([]);
    expect(compare('20260302:0930-20260302:1300')[0]).toContain('TWS closes at 2026-03-02T18:00Z');
    expect(compare('20260301:0930-20260301:1600')[0]).toContain('NASDAQ is closed then');
    expect(openSpans('20260302:0930-20260302:1600', 'Nowhere/City')).toEqual([]);
  });

  it('of a market that trades through the night are one span, and where TWS tells no further need not end', () => {
    const compare = (hours: string) => hourDifferences(openSpans(hours, 'UTC'), calendars.of('ALWAYS'));
    const [first, second] = ['20260302:0000-20260303:0000', '20260303:0000-20260304:0000'];
    expect(compare(`${first};${second}`)).toEqual([]);
    expect(compare(`${first};20260303:0100-20260304:0000`)).toHaveLength(2);
  });
});

describe('planned absences', () => {
  const plan = { timeZone: 'America/New_York', dailyRestart: '23:45', weeklyLogin: '01:00' };

  it.each([
    ['2026-03-04T04:42:59Z', undefined],
    ['2026-03-04T04:43:00Z', 'daily restart'],
    ['2026-03-04T04:49:59Z', 'daily restart'],
    ['2026-03-04T04:50:01Z', undefined],
    ['2026-03-01T05:58:30Z', 'weekly log-in'],
    ['2026-03-02T05:58:30Z', undefined],
  ])('at %s: %s', (moment, why) => {
    expect(absenceAt(plan, at(moment))?.why).toBe(why);
  });

  it('shortly after midnight begin on the evening before', () => {
    const late = { timeZone: 'UTC', dailyRestart: '00:01' };
    expect(absenceAt(late, at('2026-03-03T23:59:30Z'))).toEqual({
      ...{ why: 'daily restart', until: at('2026-03-04T00:06:00Z') },
    });
    expect(absenceAt({ timeZone: 'UTC' }, at('2026-03-03T23:59:30Z'))).toBeUndefined();
  });

  it('and the day that TWS remembers are of the zone, not of UTC', () => {
    expect(dayIn('America/New_York', at('2026-03-04T04:59:00Z'))).toBe('2026-03-03');
  });
});

describe('pacing', () => {
  it('lets no more through in any second than is allowed', () => {
    const pacer = new Pacer(MESSAGE_LIMITS);
    const times = Array.from({ length: 100 }, () => pacer.take(0));
    for (const time of times) expect(times.filter((one) => one > time - 1_000 && one <= time).length).toBeLessThan(41);
    expect(times.at(-1)).toBe(2_000);
  });

  it('counts what weighs more as more, and holds all limits at once', () => {
    const pacer = new Pacer([
      { count: 2, per: 100 },
      { count: 3, per: 1_000 },
    ]);
    expect([pacer.take(0, 2), pacer.take(0), pacer.take(0)]).toEqual([0, 100, 1_000]);
  });
});
