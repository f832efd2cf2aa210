import { MarketDataType } from '@stoqey/ib';
import { decimalString } from '../../domain/money/decimal';
import { AAPL, ACCOUNT, IbLab } from '../../tests/support/ib-client';
import type { IbClient } from '../../tests/support/ib-client';

/** Wednesday before Thanksgiving 2026: 10:00 in New York. */
const IN_SESSION = '2026-11-25T15:00:00Z';
/** The same evening, 17:00: after the regular session, within the hours around it. */
const EVENING = '2026-11-25T22:00:00Z';
/** Friday after Thanksgiving opens at 09:30 and ends at 13:00. */
const FRIDAY_OPEN = Date.parse('2026-11-27T14:30:00Z');

let lab: IbLab;
let client: IbClient;
afterEach(() => lab.close());

async function open(options: Parameters<typeof IbLab.open>[1] = {}, start = IN_SESSION): Promise<void> {
  lab = await IbLab.open(start, options);
  client = await lab.client();
}

describe('hours', () => {
  test('an order outside of the regular session waits for the next one and is told so', async () => {
    await open({ hours: 'exchange' }, EVENING);
    const id = client.place({ orderType: 'LMT', lmtPrice: 99 });
    const [code, words] = await client.error(id);
    expect([code, words]).toEqual([399, expect.stringContaining('until 20261127 09:30:00 US/Eastern')]);
    lab.clock.now += 60_000;
    lab.trade(90);
    expect(lab.simulator.ledger.orders[0]?.state).toBe('open');
    lab.clock.now = FRIDAY_OPEN;
    lab.trade(98);
    await client.status(id, 'Filled');
    expect(lab.simulator.ledger.fills[0]).toMatchObject({ price: '98', at: FRIDAY_OPEN + 1_000 });
  });

  test('DAY that nobody meets ends with its session, GTC does not', async () => {
    await open({ hours: 'exchange' });
    const day = client.place({ orderType: 'LMT', lmtPrice: 50 });
    const trail = client.place({ orderType: 'TRAIL', auxPrice: 30, action: 'SELL' });
    const kept = client.place({ orderType: 'LMT', lmtPrice: 50, tif: 'GTC' });
    await client.status(kept, 'Submitted');
    lab.clock.now = Date.parse('2026-11-25T21:00:00Z');
    lab.simulator.ledger.advance();
    await client.status(day, 'Cancelled');
    await client.status(trail, 'Cancelled');
    expect(lab.simulator.ledger.orders.map(({ state }) => state)).toEqual(['expired', 'expired', 'open']);
  });

  test('outside of regular hours an order trades only if it may', async () => {
    await open({ hours: 'exchange' }, EVENING);
    lab.trade(100);
    const evening = client.place({ orderType: 'LMT', lmtPrice: 101, outsideRth: true });
    await client.status(evening, 'Filled');
    const stop = client.place({ orderType: 'STP', auxPrice: 95, action: 'SELL', tif: 'GTC' });
    const both = client.place({ orderType: 'STP', auxPrice: 95, action: 'SELL', tif: 'GTC', outsideRth: true });
    await client.status(both, 'PreSubmitted');
    lab.trade(94);
    await client.status(both, 'Filled');
    expect(lab.simulator.ledger.orders.find(({ orderId }) => orderId === stop)?.state).toBe('open');
  });

  test('OPG takes part in the next opening, and IOC is refused while the market is closed', async () => {
    await open({ hours: 'exchange' }, EVENING);
    const ioc = client.place({ tif: 'IOC' });
    expect(await client.error(ioc)).toEqual([201, 'Order rejected - reason:The exchange is closed.']);
    const opening = client.place({ tif: 'OPG' });
    await client.status(opening, 'PreSubmitted');
    lab.clock.now = FRIDAY_OPEN - 1;
    lab.simulator.ledger.advance();
    expect(lab.simulator.ledger.orders[0]?.state).toBe('open');
    lab.clock.now = FRIDAY_OPEN;
    lab.simulator.ledger.advance();
    expect(lab.simulator.ledger.orders[0]?.state).toBe('open');
    // The auction is the session's first trade.
    lab.trade(104);
    await client.status(opening, 'Filled');
    expect(lab.simulator.ledger.fills).toMatchObject([{ price: '104', at: FRIDAY_OPEN + 1_000 }]);
  });

  test('an opening auction has one price, without a spread; what it does not fill ends with it', async () => {
    await open(
      { hours: 'exchange', costs: { volumeShare: decimalString('1'), halfSpreadBps: decimalString('50') } },
      EVENING,
    );
    const part = client.place({ tif: 'OPG', totalQuantity: 10 });
    const low = client.place({ tif: 'OPG', orderType: 'LMT', lmtPrice: 99 });
    const high = client.place({ tif: 'OPG', orderType: 'LMT', lmtPrice: 105, totalQuantity: 2 });
    await client.status(high, 'PreSubmitted');
    lab.clock.now = FRIDAY_OPEN;
    lab.simulator.tapes.get(AAPL)?.print(FRIDAY_OPEN, 100, 4);
    lab.simulator.ledger.advance();
    await client.status(high, 'Filled');
    await client.status(part, 'Cancelled');
    await client.status(low, 'Cancelled');
    expect(lab.simulator.ledger.orders.map(({ filled, state }) => [filled, state])).toEqual([
      ['4', 'expired'],
      ['0', 'expired'],
      ['2', 'filled'],
    ]);
    expect(lab.simulator.ledger.fills.map(({ price }) => price)).toEqual(['100', '100']);
  });

  test('an order for the opening that comes after it, or was held until then, waits for the next one', async () => {
    await open({ hours: 'exchange' }, '2026-11-27T14:29:00Z');
    lab.simulator.faults.script({ on: 'order', kind: 'hold', ms: 120_000 });
    const held = client.place({ tif: 'OPG' });
    await client.status(held, 'PreSubmitted');
    lab.clock.now = FRIDAY_OPEN + 120_000;
    lab.trade(104);
    const [order] = lab.simulator.ledger.orders;
    expect(order).toMatchObject({ state: 'open', heldUntil: Date.parse('2026-11-30T14:30:00Z') });
  });

  test('a contract tells its own hours, holidays and early closes included', async () => {
    await open({ hours: 'exchange' });
    client.api.reqContractDetails(1, { conId: AAPL });
    client.api.reqContractDetails(2, {
      symbol: 'MES',
      secType: 'FUT' as never,
      lastTradeDateOrContractMonth: '202612',
    });
    await client.until('contractDetailsEnd', (id: number) => id === 2);
    const [stock, future] = client.all('contractDetails').map(([, details]) => details as Record<string, string>);
    expect(stock).toMatchObject({
      ...{ timeZoneId: 'US/Eastern', minTick: 0.01, marketRuleIds: '26,26,26,26,26', stockType: 'COMMON' },
      liquidHours: expect.stringMatching(
        /^20261125:0930-20261125:1600;20261126:CLOSED;20261127:0930-20261127:1300;20261128:CLOSED/,
      ) as string,
      tradingHours: expect.stringMatching(
        /^20261125:0400-20261125:2000;20261126:CLOSED;20261127:0400-20261127:1700/,
      ) as string,
    });
    expect(future).toMatchObject({
      ...{ timeZoneId: 'US/Central', minTick: 0.25, contractMonth: '202612', underSymbol: 'MES' },
      tradingHours: expect.stringMatching(/^20261124:1700-20261125:1600;20261125:1700-20261126:1200;/) as string,
      liquidHours: expect.stringMatching(/^20261125:0830-20261125:1600;20261126:0830-20261126:1200;/) as string,
    });
  });
});

describe('quotes', () => {
  test('live: bid, ask, last and its time, each time the price changes, until they are cancelled', async () => {
    await open();
    client.api.reqMktData(5, { conId: AAPL }, '', false, false);
    await client.until('tickString');
    expect(client.all('marketDataType')).toEqual([[5, 1]]);
    expect(client.all('tickPrice').map(([id, type, price]) => [id, type, price])).toEqual([
      [5, 1, 100],
      [5, 2, 100],
      [5, 4, 100],
    ]);
    expect(client.all('tickString')).toEqual([[5, 45, String(Date.parse(IN_SESSION) / 1_000 - 1)]]);
    lab.trade(101);
    await client.until('tickPrice', (_: number, type: number, price: number) => type === 4 && price === 101);
    client.api.cancelMktData(5);
    await client.settled();
    const before = client.all('tickPrice').length;
    lab.trade(102);
    await client.settled();
    expect(client.all('tickPrice')).toHaveLength(before);
    client.api.cancelMktData(5);
    expect((await client.error(5))[0]).toBe(300);
  });

  test('a snapshot comes once and says its end', async () => {
    await open();
    client.api.reqMktData(
      5,
      { symbol: 'MES', secType: 'FUT' as never, lastTradeDateOrContractMonth: '202612' },
      '',
      true,
      false,
    );
    await client.until('tickSnapshotEnd');
    expect(client.all('tickPrice').at(-1)?.slice(0, 3)).toEqual([5, 4, 5_000]);
  });

  test('delayed: refused (354) until it is asked for, then marked (10167) and under numbers of its own', async () => {
    await open({ entitlement: 'delayed' });
    client.api.reqMktData(5, { conId: AAPL }, '', false, false);
    expect(await client.error(5)).toEqual([354, expect.stringContaining('Delayed market data is available')]);
    lab.clock.now += 16 * 60_000;
    client.api.reqMarketDataType(MarketDataType.DELAYED);
    client.api.reqMktData(6, { conId: AAPL }, '', false, false);
    expect((await client.error(6))[0]).toBe(10_167);
    await client.until('tickString');
    expect(client.all('marketDataType')).toEqual([[6, 3]]);
    expect(client.all('tickPrice').map(([, type]) => type)).toEqual([66, 67, 68]);
  });

  test('none at all, an unknown contract, and one too many', async () => {
    await open({ entitlement: 'none' });
    client.api.reqMktData(5, { conId: AAPL }, '', false, false);
    expect((await client.error(5))[0]).toBe(354);
    client.api.reqMktData(6, { conId: 1 }, '', false, false);
    expect((await client.error(6))[0]).toBe(200);
    await lab.close();
    await open({ now: Date.now });
    for (let id = 100; id <= 200; id += 1) client.api.reqMktData(id, { conId: AAPL }, '', false, false);
    expect(await client.error(200)).toEqual([101, 'Max number of tickers has been reached']);
    expect(client.all('error')).toHaveLength(1);
  });
});

describe('bars', () => {
  const ask = (
    id: number,
    changes: { size?: string; duration?: string; kind?: string; end?: string; format?: number; rth?: boolean } = {},
  ): void => {
    const { duration = '1 D', end = '', format = 1, kind = 'TRADES', rth = true, size = '1 hour' } = changes;
    client.api.reqHistoricalData(
      id,
      { conId: AAPL },
      end,
      duration,
      size as never,
      kind as never,
      Number(rth),
      format,
      false,
    );
  };
  const bars = async (id: number): Promise<readonly (readonly unknown[])[]> => {
    await client.until('historicalData', (about: number, date: string) => about === id && date.startsWith('finished'));
    return client.all('historicalData').filter(([about, date]) => about === id && !String(date).startsWith('finished'));
  };

  test('of the regular session, at its own hours, high above low, volume told', async () => {
    await open({ prices: 'made-up', hours: 'exchange' }, '2026-11-25T18:00:00Z');
    ask(1);
    const found = await bars(1);
    expect(found.map(([, date]) => date)).toEqual([
      ...['20261125 09:30:00 America/New_York', '20261125 10:30:00 America/New_York'],
      ...['20261125 11:30:00 America/New_York', '20261125 12:30:00 America/New_York'],
    ]);
    for (const [, , first, high, low, last, volume] of found as number[][]) {
      expect(high).toBeGreaterThanOrEqual(Math.max(first ?? 0, last ?? 0));
      expect(low).toBeLessThanOrEqual(Math.min(first ?? 0, last ?? 0));
      expect(volume).toBeGreaterThan(0);
    }
    ask(2, { rth: false, size: '2 hours', format: 2 });
    expect((await bars(2))[0]?.[1]).toBe(String(Date.parse('2026-11-25T09:00:00Z') / 1_000));
  });

  test('daily ones leave holidays out, and the same question has the same answer', async () => {
    await open({ prices: 'made-up', hours: 'exchange' }, '2026-11-30T22:00:00Z');
    ask(1, { size: '1 day', duration: '4 D' });
    const first = await bars(1);
    expect(first.map(([, date]) => date)).toEqual(['20261124', '20261125', '20261127', '20261130']);
    lab.clock.now += 20_000;
    ask(2, { size: '1 day', duration: '4 D' });
    expect((await bars(2)).map((bar) => bar.slice(1))).toEqual(first.map((bar) => bar.slice(1)));
    ask(3, { size: '1 day', duration: '1 W', kind: 'BID_ASK', end: '20261126 00:00:00 US/Eastern' });
    expect((await bars(3)).map(([, date]) => date)).toEqual([
      '20261119',
      '20261120',
      '20261123',
      '20261124',
      '20261125',
    ]);
  });

  test('of written prices hold just those', async () => {
    await open();
    lab.trade(101);
    lab.trade(99);
    lab.trade(100);
    lab.pass(60_000);
    ask(1, { size: '1 min', duration: '120 S' });
    expect((await bars(1)).at(-1)?.slice(2, 6)).toEqual([101, 101, 99, 100]);
    ask(2, { size: '1 min', duration: '120 S', kind: 'ASK' });
    await bars(2);
  });

  test.each([
    [{ size: '1 week' }, 321, 'bar size'],
    [{ kind: 'OPTION_IMPLIED_VOLATILITY' }, 321, 'whatToShow'],
    [{ duration: '1 X' }, 321, 'duration'],
    [{ duration: '0 D' }, 321, 'duration'],
    [{ end: 'yesterday' }, 10_314, 'End Date/Time'],
    [{ end: '20100101-00:00:00', duration: '60 S', size: '1 min' }, 162, 'no data'],
    [{ duration: '1 Y', size: '1 min' }, 162, 'Time length'],
  ])('%j is refused', async (changes, code, words) => {
    await open();
    ask(1, changes);
    expect(await client.error(1)).toEqual([code, expect.stringContaining(words)]);
  });

  test('too soon again, six of one contract in two seconds, sixty in ten minutes: 162', async () => {
    await open();
    ask(1);
    ask(2);
    expect(await client.error(2)).toEqual([162, expect.stringContaining('pacing violation')]);
    client.api.cancelHistoricalData(9);
    expect((await client.error(9))[0]).toBe(162);
    client.api.reqHistoricalData(3, { conId: 1 }, '', '1 D', '1 hour' as never, 'TRADES', 1, 1, false);
    expect((await client.error(3))[0]).toBe(200);
    client.api.reqHistoricalData(4, { conId: AAPL }, '', '1 D', '1 hour' as never, 'TRADES', 1, 1, true);
    expect(await client.error(4)).toEqual([321, expect.stringContaining('keepUpToDate')]);
  });
});

describe('contracts', () => {
  test('a symbol alone is ambiguous; what narrows it down is kept to', async () => {
    await open();
    client.api.reqContractDetails(1, { symbol: 'AAPL', secType: 'STK' as never });
    client.api.reqContractDetails(2, { symbol: 'AAPL', secType: 'STK' as never, exchange: 'SMART', currency: 'USD' });
    client.api.reqContractDetails(3, { symbol: 'NOBODY' });
    expect((await client.error(3))[0]).toBe(200);
    const found = client
      .all('contractDetails')
      .map(([id, details]) => [id, (details as { contract: { currency: string } }).contract.currency]);
    expect(found).toEqual([
      [1, 'USD'],
      [1, 'MXN'],
      [1, 'CHF'],
      [2, 'USD'],
    ]);
    client.api.reqMatchingSymbols(4, 'app');
    const [, samples] = await client.until('symbolSamples');
    expect((samples as { contract: { symbol: string } }[]).map(({ contract }) => contract.symbol)).toEqual([
      'AAPL',
      'AAPL',
      'AAPL',
    ]);
    client.api.reqMarketRule(9001);
    expect(await client.until('marketRule')).toEqual([
      9001,
      [
        { lowEdge: 0, increment: 0.01 },
        { lowEdge: 100, increment: 0.05 },
      ],
    ]);
    client.api.reqMarketRule(5);
    await client.until('info', (_: string, code: number) => code === 321);
  });
});

describe('an account', () => {
  test('tells its values once, and again after each execution, until that is cancelled', async () => {
    await open({ accounts: [{ code: ACCOUNT, cash: '10000' }] });
    client.api.reqAccountSummary(1, 'All', 'AccountType,NetLiquidation,BuyingPower,$LEDGER:USD,Nonsense');
    await client.until('accountSummaryEnd');
    const values = (): Record<string, unknown> =>
      Object.fromEntries(
        client.all('accountSummary').map(([, , tag, value]): [string, unknown] => [String(tag), value]),
      );
    expect(values()).toEqual({
      ...{ AccountType: 'INDIVIDUAL', NetLiquidation: '10000.00', BuyingPower: '40000.00', CashBalance: '10000.00' },
      ...{ StockMarketValue: '0.00', RealizedPnL: '0.00', UnrealizedPnL: '0.00' },
    });
    await client.status(client.place({}), 'Filled');
    await client.until('accountSummaryEnd', () => client.all('accountSummaryEnd').length === 2);
    expect(values()).toMatchObject({ NetLiquidation: '9999.00', CashBalance: '8999.00', StockMarketValue: '1000.00' });
    client.api.cancelAccountSummary(1);
    await client.status(client.place({}), 'Filled');
    await client.settled();
    expect(client.all('accountSummaryEnd')).toHaveLength(2);
  });

  test('tells its positions with their worth, of futures by the multiplier', async () => {
    await open();
    const mes = { symbol: 'MES', secType: 'FUT' as never, lastTradeDateOrContractMonth: '202612' };
    await client.status(client.place({ totalQuantity: 2, action: 'SELL' }, mes), 'Filled');
    const conId = lab.simulator.ledger.fills[0]?.contract.conId ?? 0;
    lab.trade(4_990, 1_000, conId);
    client.api.reqAccountUpdates(true, '');
    await client.until('accountDownloadEnd');
    const [contract, ...worth] = client.all('updatePortfolio')[0] ?? [];
    expect(contract).toMatchObject({ conId, multiplier: 5 });
    // Two sold at 5000 and worth 4990 each: 10 points of 5 dollars, twice.
    expect(worth).toEqual([-2, 4_990, -49_900, 25_000, 100, 0, ACCOUNT]);
    const value = (key: string): unknown => client.all('updateAccountValue').find(([name]) => name === key)?.[1];
    expect([value('NetLiquidation'), value('InitMarginReq'), value('UnrealizedPnL')]).toEqual([
      '1000098.76',
      '5000.00',
      '100.00',
    ]);
    client.api.reqAccountUpdates(false, '');
    await client.settled();
  });

  test('tells profit and loss as it changes; what is not known yet is unset', async () => {
    await open();
    client.api.reqPnL(1, ACCOUNT);
    expect(await client.until('pnl')).toEqual([1, 0, undefined, 0]);
    await client.status(client.place({}), 'Filled');
    lab.trade(103);
    await client.until('pnl', (_: number, daily: number) => daily === 29);
    client.api.reqPnLSingle(2, ACCOUNT, '', AAPL);
    expect(await client.until('pnlSingle')).toEqual([2, 10, 30, 30, 0, 1_030]);
    await client.status(client.place({ action: 'SELL', totalQuantity: 15 }), 'Filled');
    // The ten are closed with a gain of 30, and five are sold short.
    await client.until(
      'pnlSingle',
      (_: number, size: number, __: number, open_: number, closed: number) =>
        size === -5 && open_ === 0 && closed === 30,
    );
    client.api.cancelPnL(1);
    client.api.cancelPnLSingle(2);
    client.api.reqPnLSingle(3, ACCOUNT, '', 990000001);
    expect(await client.until('pnlSingle', (id: number) => id === 3)).toEqual([3, 0, 0, 0, 0, 0]);
  });
});
