import { connect } from 'node:net';
import { AAPL, ACCOUNT, IbLab } from '../../tests/support/ib-client';
import type { IbClient } from '../../tests/support/ib-client';

/** A Wednesday; New York's regular session has begun half an hour ago. */
const IN_SESSION = '2026-11-25T15:00:00Z';

let lab: IbLab;
let client: IbClient;
afterEach(() => lab.close());

async function open(options: Parameters<typeof IbLab.open>[1] = {}, start = IN_SESSION): Promise<void> {
  lab = await IbLab.open(start, options);
  client = await lab.client();
}

describe('a connection', () => {
  test('tells its version, accounts, the next order id and the state of its farms', async () => {
    await open();
    await client.until('info', (_: string, code: number) => code === 2104);
    expect(client.all('server')).toEqual([[193, '20261125 10:00:00 US/Eastern']]);
    expect(client.all('managedAccounts')).toEqual([[ACCOUNT]]);
    expect(client.all('nextValidId')).toEqual([[1]]);
    client.api.reqCurrentTime();
    expect(await client.until('currentTime')).toEqual([Date.parse(IN_SESSION) / 1_000]);
    client.api.reqManagedAccts();
    await client.settled();
    expect(client.all('managedAccounts')).toHaveLength(2);
  });

  test('a client id is taken once: the second is told 326 and thrown out, and the first stays', async () => {
    await open();
    const second = await lab.client({ ready: false });
    expect(await second.until('info')).toEqual([expect.stringContaining('client id is already in use'), 326]);
    await second.gone();
    await client.settled();
    expect(lab.simulator.clientIds).toEqual([1]);
  });

  test('ids are counted for each client, over its connections', async () => {
    await open();
    const first = client.place({});
    await client.status(first, 'Filled');
    const other = await lab.client({ clientId: 2 });
    expect([first, other.nextId]).toEqual([1, 1]);
    lab.simulator.breakConnections();
    await client.gone();
    expect((await lab.client()).nextId).toBe(2);
  });

  test('only loopback is listened on, and what does not speak the protocol is thrown out', async () => {
    await open();
    const socket = connect(lab.simulator.port, '127.0.0.1');
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.on('error', () => undefined);
    socket.write('GET / HTTP/1.1\r\n\r\n');
    await closed;
    expect(socket.remoteAddress ?? '127.0.0.1').toBe('127.0.0.1');
    const old = connect(lab.simulator.port, '127.0.0.1');
    const refused = new Promise((resolve) => old.on('close', resolve));
    old.on('error', () => undefined);
    old.write(Buffer.concat([Buffer.from('API\0'), Buffer.from([0, 0, 0, 9]), Buffer.from('v100..176')]));
    await refused;
  });

  test('the fifty-first message within a second is refused, and not acted on', async () => {
    await open();
    const fast = await lab.client({ clientId: 3, rate: 10_000 });
    for (let n = 0; n < 60; n += 1) fast.api.reqCurrentTime();
    expect(await fast.until('info', (_: string, code: number) => code === 100)).toEqual([
      'Max rate of messages per second has been exceeded:max=50 rec=51',
      100,
    ]);
    lab.clock.now += 2_000;
    await fast.settled();
    // One of the fifty was the greeting's.
    expect(fast.all('currentTime')).toHaveLength(50);
  });

  test('whoever is too fast three times is thrown out', async () => {
    await open();
    const fast = await lab.client({ clientId: 3, rate: 10_000 });
    for (let second = 1; second <= 3; second += 1) {
      const before = fast.all('info').length;
      for (let n = 0; n < 60; n += 1) fast.api.reqCurrentTime();
      if (second < 3) await fast.until('info', () => fast.all('info').length >= before + 10);
      lab.clock.now += 2_000;
    }
    await fast.gone();
  });

  test('a message that makes no sense is answered by 321 with its id', async () => {
    await open();
    client.placeAs(1, { conditions: [{ type: 3, conjunctionConnection: 'a', isMore: true, strValue: 'x' }] as never });
    expect(await client.error(1)).toEqual([321, expect.stringContaining('conditions are not simulated')]);
    client.api.reqFundamentalData(7, { conId: AAPL }, 'x');
    expect(await client.error(7)).toEqual([321, expect.stringContaining('message 52 is not simulated')]);
  });
});

describe('an order', () => {
  test('at the market is told as open, then by its execution, its status and its commission, under all its names', async () => {
    await open();
    const id = client.place({ orderRef: 'intent-1' });
    const [report] = (await client.until('commissionReport')) as [{ execId: string; commission: number }];
    const [, , execution] = client.all('execDetails')[0] as [number, object, Record<string, unknown>];
    expect(execution).toMatchObject({
      ...{ orderId: id, orderRef: 'intent-1', side: 'BOT', shares: 10, price: 100, cumQty: 10, clientId: 1 },
      ...{ time: '20261125 10:00:00 US/Eastern', acctNumber: ACCOUNT },
    });
    expect(execution['execId']).toMatch(/\.01$/);
    expect(report).toMatchObject({ execId: execution['execId'], commission: 1 });
    const order = lab.simulator.ledger.orders[0];
    expect(order).toMatchObject({ clientOrderId: 'intent-1', state: 'filled', filled: '10' });
    expect(client.all('orderStatus').map(([, status, , , , permId]) => [status, permId])).toEqual([
      ['Submitted', order?.permId],
      ['Filled', order?.permId],
    ]);
    expect(
      client.heard
        .map(({ event }) => event)
        .filter((event) => event !== 'info')
        .slice(-6),
    ).toEqual([...['openOrder', 'orderStatus', 'execDetails', 'openOrder', 'orderStatus', 'commissionReport']]);
  });

  test('with a limit rests, fills in parts as others trade, and is cancelled for the rest', async () => {
    await open({ costs: undefined as never });
    const id = client.place({ orderType: 'LMT', lmtPrice: 99.5, totalQuantity: 100 });
    await client.status(id, 'Submitted');
    lab.trade(99.4, 400);
    await client.until('execDetails');
    expect(client.all('orderStatus').at(-1)?.slice(0, 5)).toEqual([id, 'Submitted', 40, 60, 99.5]);
    client.api.cancelOrder(id);
    expect(await client.error(id)).toEqual([202, 'Order Canceled - reason:']);
    expect(client.all('orderStatus').at(-1)?.slice(0, 4)).toEqual([id, 'Cancelled', 40, 60]);
  });

  test.each([
    ['STP', { auxPrice: 95 }, [96, 95, 97], 95],
    ['STP LMT', { auxPrice: 95, lmtPrice: 94.5 }, [96, 94.8, 97], 94.8],
    ['TRAIL', { auxPrice: 5 }, [110, 105.5, 105, 120], 105],
    ['TRAIL', { trailingPercent: 10 }, [120, 109, 108, 150], 108],
    ['TRAIL', { auxPrice: 5, trailStopPrice: 98 }, [98.5, 98], 98],
    ['TRAIL LIMIT', { auxPrice: 5, lmtPriceOffset: 1 }, [110, 104.5, 90], 104.5],
  ])('%s %j sells when the price reaches it, and not before', async (orderType, terms, prices, sold) => {
    await open();
    const id = client.place({ orderType, action: 'SELL', ...terms });
    await client.status(id, 'PreSubmitted');
    expect(client.all('orderStatus').at(-1)?.[9]).toBe('trigger');
    for (const price of prices) lab.trade(price);
    await client.status(id, 'Filled');
    expect(lab.simulator.ledger.fills.map(({ price }) => Number(price))).toEqual([sold]);
  });

  test('a trailing stop of a buy follows the price down, and one that gaps past its limit rests', async () => {
    await open();
    const id = client.place({ orderType: 'TRAIL LIMIT', auxPrice: 5, lmtPriceOffset: 1 });
    await client.status(id, 'PreSubmitted');
    for (const price of [80, 84, 90]) lab.trade(price);
    // The stop stood at 85, so its limit is 86, and the market is through both.
    await client.status(id, 'Submitted');
    expect(lab.simulator.ledger.orders[0]).toMatchObject({ stopNow: '85', triggered: true, state: 'open' });
    lab.trade(85.5);
    await client.status(id, 'Filled');
    expect(lab.simulator.ledger.fills[0]?.price).toBe('86');
  });

  test('a stop that the market is through already becomes a market order at once', async () => {
    await open();
    const stop = client.place({ orderType: 'STP', action: 'SELL', auxPrice: 101 });
    await client.status(stop, 'Filled');
    const limited = client.place({ orderType: 'STP LMT', action: 'SELL', auxPrice: 101, lmtPrice: 100.5 });
    await client.status(limited, 'Submitted');
    expect(lab.simulator.ledger.orders[1]).toMatchObject({ triggered: true, state: 'open', filled: '0' });
  });

  test('IOC takes what there is, FOK takes all or nothing', async () => {
    await open({ costs: undefined as never });
    lab.trade(100, 50);
    const part = client.place({ orderType: 'LMT', lmtPrice: 101, tif: 'IOC' });
    await client.status(part, 'Cancelled');
    expect(lab.simulator.ledger.orders[0]).toMatchObject({ state: 'expired', filled: '5' });
    const whole = client.place({ orderType: 'LMT', lmtPrice: 101, tif: 'FOK' });
    await client.status(whole, 'Cancelled');
    expect(lab.simulator.ledger.orders[1]).toMatchObject({ state: 'expired', filled: '0' });
  });

  test('GTD ends at its time, to the second, whatever comes after it', async () => {
    await open();
    const id = client.place({ orderType: 'LMT', lmtPrice: 90, tif: 'GTD', goodTillDate: '20261125-15:00:10' });
    await client.status(id, 'Submitted');
    lab.pass(9_000);
    expect(lab.simulator.ledger.orders[0]?.state).toBe('open');
    lab.clock.now += 1_000;
    lab.trade(80);
    expect(lab.simulator.ledger.orders[0]).toMatchObject({ state: 'expired', filled: '0' });
    expect(await client.error(id)).toEqual([202, 'Order Canceled - reason:good_till_date']);
  });

  test('GTD names its own zone', async () => {
    await open();
    const id = client.place({
      orderType: 'LMT',
      lmtPrice: 90,
      tif: 'GTD',
      goodTillDate: '20261125 09:30:00 US/Central',
    });
    await client.status(id, 'Submitted');
    expect(lab.simulator.ledger.orders[0]?.expiresAt).toBe(Date.parse('2026-11-25T15:30:00Z'));
  });

  test('sent again with its id while it works is changed, and keeps what it filled', async () => {
    await open();
    const id = client.place({ orderType: 'LMT', lmtPrice: 99, totalQuantity: 100 });
    await client.status(id, 'Submitted');
    lab.trade(98, 40);
    await client.until('execDetails');
    client.placeAs(id, { orderType: 'LMT', lmtPrice: 97.5, totalQuantity: 50 });
    await client.until('openOrder', (_: number, __: object, order: { lmtPrice: number }) => order.lmtPrice === 97.5);
    lab.trade(97.5);
    await client.status(id, 'Filled');
    expect(lab.simulator.ledger.orders).toHaveLength(1);
    expect(lab.simulator.ledger.fills.map(({ price, quantity }) => [price, quantity])).toEqual([
      ['99', '40'],
      ['97.5', '10'],
    ]);
  });

  test('a change may be of nothing but price and size, and not below what is filled', async () => {
    await open();
    const id = client.place({ orderType: 'LMT', lmtPrice: 99, totalQuantity: 100 });
    await client.status(id, 'Submitted');
    lab.trade(98, 40);
    await client.until('execDetails');
    client.placeAs(id, { orderType: 'LMT', lmtPrice: 99, totalQuantity: 100, action: 'SELL' });
    expect(await client.error(id)).toEqual([105, 'Order being modified does not match original order.']);
    client.placeAs(id, { orderType: 'LMT', lmtPrice: 99, totalQuantity: 30 });
    await client.until('error', ({ message }: Error) => message === 'Size is below what is filled.');
    client.placeAs(id, { orderType: 'LMT', lmtPrice: 99.001, totalQuantity: 30 });
    await client.until('error', (_: Error, code: number) => code === 110);
    expect(lab.simulator.ledger.orders[0]).toMatchObject({ quantity: '100', state: 'open' });
  });

  test('an id that was used is a duplicate (103), one that filled is past changing (104)', async () => {
    await open();
    const cancelled = client.place({ orderType: 'LMT', lmtPrice: 90 });
    client.api.cancelOrder(cancelled);
    await client.status(cancelled, 'Cancelled');
    const filled = client.place({});
    await client.status(filled, 'Filled');
    client.placeAs(filled, {});
    expect(await client.error(filled)).toEqual([104, 'Cannot modify a filled order.']);
    client.placeAs(cancelled, {});
    await client.until('error', (_: Error, code: number, id: number) => code === 103 && id === cancelled);
    expect(lab.simulator.ledger.orders).toHaveLength(2);
  });

  test('that is not transmitted meets no market until it is', async () => {
    await open();
    const id = client.place({ transmit: false });
    await client.status(id, 'PreSubmitted');
    lab.trade(101);
    expect(lab.simulator.ledger.orders[0]).toMatchObject({ state: 'open', filled: '0' });
    client.placeAs(id, {});
    await client.status(id, 'Filled');
  });

  test('a hundred at once get a hundred ids, and all are placed', async () => {
    lab = await IbLab.open(IN_SESSION, { now: Date.now });
    client = await lab.client();
    const ids = Array.from({ length: 100 }, (_, n) => client.place({ orderRef: `ref-${n}`, totalQuantity: 1 }));
    await client.status(ids.at(-1) ?? 0, 'Filled');
    expect(new Set(lab.simulator.ledger.orders.map(({ clientOrderId }) => clientOrderId)).size).toBe(100);
    expect(new Set(lab.simulator.ledger.orders.map(({ permId }) => permId)).size).toBe(100);
    expect(client.all('error')).toEqual([]);
  });
});

describe('an order is refused', () => {
  test.each([
    [{ conId: 1 }, {}, 200, 'No security definition'],
    [{}, {}, 200, 'No security definition'],
    [{ symbol: 'AAPL', secType: 'STK' as never }, {}, 200, 'AAPL is ambiguous'],
    [undefined, { orderType: 'LMT', lmtPrice: 100.001 }, 110, 'minimum price variation'],
    [{ symbol: 'BAND' }, { orderType: 'LMT', lmtPrice: 100.02 }, 110, 'minimum price variation'],
    [undefined, { totalQuantity: 1_000_000 }, 201, 'INSUFFICIENT FUNDS'],
    [undefined, { account: 'U99' }, 321, 'account U99 is unknown'],
    [undefined, { action: 'SSHORT' as never }, 321, 'action must be BUY or SELL'],
    [undefined, { orderType: 'MIDPRICE' }, 387, 'Unsupported order type'],
    [undefined, { tif: 'AUC' }, 321, 'time in force'],
    [undefined, { totalQuantity: 0.5 }, 321, 'whole number'],
    [undefined, { totalQuantity: 0 }, 321, 'whole number'],
    [undefined, { orderType: 'LMT' }, 321, 'limit price must be above 0'],
    [undefined, { orderType: 'STP' }, 321, 'stop price must be above 0'],
    [undefined, { orderType: 'TRAIL' }, 321, 'an amount or a percentage'],
    [undefined, { orderType: 'TRAIL', auxPrice: 1, trailingPercent: 1 }, 321, 'an amount or a percentage'],
    [undefined, { orderType: 'TRAIL LIMIT', auxPrice: 1 }, 321, 'limit price offset'],
    [undefined, { tif: 'GTD', goodTillDate: 'tomorrow' }, 321, 'good-till-date'],
    [undefined, { tif: 'OPG' }, 201, 'no opening'],
  ])('%j %j: %d', async (contract, terms, code, words) => {
    await open();
    const id = client.place(terms, contract);
    expect(await client.error(id)).toEqual([code, expect.stringContaining(words)]);
    expect(lab.simulator.ledger.orders).toEqual([]);
  });

  test('in a band above, the coarser step holds; below, the finer one', async () => {
    await open();
    const below = client.place({ orderType: 'LMT', lmtPrice: 99.98 }, { symbol: 'BAND' });
    const above = client.place({ orderType: 'LMT', lmtPrice: 100.05, action: 'SELL' }, { symbol: 'BAND' });
    await client.status(below, 'Submitted');
    await client.status(above, 'Submitted');
  });

  test('the sixteenth that works on one side of a contract; the other side and other contracts are free', async () => {
    await open();
    const ids = Array.from({ length: 16 }, () => client.place({ orderType: 'LMT', lmtPrice: 50 }));
    expect(await client.error(ids[15] ?? 0)).toEqual([201, expect.stringContaining('working orders (15)')]);
    const other = client.place({ orderType: 'LMT', lmtPrice: 150, action: 'SELL' });
    await client.status(other, 'Submitted');
    const elsewhere = client.place({ orderType: 'LMT', lmtPrice: 50 }, { symbol: 'BAND' });
    await client.status(elsewhere, 'Submitted');
  });

  test('what only closes a position is not asked for funds', async () => {
    await open({ accounts: [{ code: ACCOUNT, cash: '600' }] });
    const bought = client.place({});
    await client.status(bought, 'Filled');
    lab.trade(60);
    const more = client.place({});
    expect(await client.error(more)).toEqual([201, expect.stringContaining('INSUFFICIENT')]);
    const sold = client.place({ action: 'SELL' });
    await client.status(sold, 'Filled');
  });
});

describe('a cancel', () => {
  test.each([
    ['current', 10147, 10148],
    ['classic', 135, 161],
  ] as const)('%s: too late and unknown have numbers of their own', async (codes, unknown, late) => {
    await open({ codes });
    const id = client.place({});
    await client.status(id, 'Filled');
    client.api.cancelOrder(id);
    expect((await client.error(id))[0]).toBe(late);
    client.api.cancelOrder(99);
    expect((await client.error(99))[0]).toBe(unknown);
  });

  test('of everything takes every working order of every client off', async () => {
    await open();
    const other = await lab.client({ clientId: 2 });
    const [own, theirs] = [client, other].map((one) => one.place({ orderType: 'LMT', lmtPrice: 50 }));
    await client.status(own ?? 0, 'Submitted');
    await other.status(theirs ?? 0, 'Submitted');
    client.api.reqGlobalCancel();
    await client.status(own ?? 0, 'Cancelled');
    await other.status(theirs ?? 0, 'Cancelled');
  });

  test("another client's order cannot be cancelled by its number", async () => {
    await open();
    const other = await lab.client({ clientId: 2 });
    const id = client.place({ orderType: 'LMT', lmtPrice: 50 });
    await client.status(id, 'Submitted');
    other.api.cancelOrder(id);
    expect((await other.error(id))[0]).toBe(10147);
  });
});

describe('questions', () => {
  test('open orders are those of the client, or of all; a master hears of all', async () => {
    await open({ masterClientId: 9 });
    const [other, master] = [await lab.client({ clientId: 2 }), await lab.client({ clientId: 9 })];
    const id = client.place({ orderType: 'LMT', lmtPrice: 50, orderRef: 'mine' });
    await client.status(id, 'Submitted');
    await master.status(id, 'Submitted');
    other.api.reqOpenOrders();
    await other.until('openOrderEnd');
    expect(other.all('openOrder')).toEqual([]);
    other.api.reqAllOpenOrders();
    await other.until('openOrder');
    expect(other.all('openOrder')[0]?.[2]).toMatchObject({ orderRef: 'mine', clientId: 1, orderId: id });
  });

  test('executions can be asked for by client, contract, side and time; completed orders carry the reference', async () => {
    await open();
    const early = client.place({ orderRef: 'early' });
    await client.status(early, 'Filled');
    lab.trade(101);
    const late = client.place({ action: 'SELL', totalQuantity: 4, orderRef: 'late' });
    await client.status(late, 'Filled');
    const cancelled = client.place({ orderType: 'LMT', lmtPrice: 50, orderRef: 'cancelled' });
    client.api.cancelOrder(cancelled);
    await client.status(cancelled, 'Cancelled');
    const other = await lab.client({ clientId: 2 });
    const asked = async (reqId: number, filter: object): Promise<unknown[]> => {
      other.api.reqExecutions(reqId, filter);
      await other.until('execDetailsEnd', (id: number) => id === reqId);
      return other
        .all('execDetails')
        .filter(([id]) => id === reqId)
        .map(([, , execution]) => (execution as { orderRef: string }).orderRef);
    };
    expect(await asked(1, {})).toEqual(['early', 'late']);
    expect(await asked(2, { clientId: 2 })).toEqual([]);
    expect(await asked(3, { side: 'SELL', acctCode: ACCOUNT, secType: 'STK' })).toEqual(['late']);
    expect(await asked(4, { symbol: 'MES' })).toEqual([]);
    expect(await asked(5, { time: '20261125-15:00:01' })).toEqual(['late']);
    expect(other.all('commissionReport')).toHaveLength(4);
    other.api.reqCompletedOrders(false);
    await other.until('completedOrdersEnd');
    expect(
      other
        .all('completedOrder')
        .map(([, order, state]) => [
          (order as { orderRef: string }).orderRef,
          (order as { filledQuantity: number }).filledQuantity,
          (state as { status: string }).status,
        ]),
    ).toEqual([
      ['early', 10, 'Filled'],
      ['late', 4, 'Filled'],
      ['cancelled', 0, 'Cancelled'],
    ]);
  });

  test('executions and completed orders of yesterday are not shown any more', async () => {
    await open({}, '2026-11-26T04:59:00Z');
    const id = client.place({});
    await client.status(id, 'Filled');
    lab.pass(2 * 60_000);
    client.api.reqExecutions(1, {});
    client.api.reqCompletedOrders(false);
    await client.until('completedOrdersEnd');
    expect([client.all('execDetails'), client.all('completedOrder')]).toEqual([[expect.anything()], []]);
  });

  test('positions have their average cost, and closing tells what was earned', async () => {
    await open();
    for (const price of [100, 103]) {
      lab.trade(price);
      await client.status(client.place({}), 'Filled');
    }
    lab.trade(110);
    await client.status(client.place({ action: 'SELL', totalQuantity: 5 }), 'Filled');
    client.api.reqPositions();
    await client.until('positionEnd');
    expect(
      client
        .all('position')
        .map(([account, contract, size, cost]) => [account, (contract as { conId: number }).conId, size, cost]),
    ).toEqual([[ACCOUNT, AAPL, 15, 101.5]]);
    const earned = client.all('commissionReport').map(([report]) => (report as { realizedPNL?: number }).realizedPNL);
    // (110 - 101.5) * 5, less a commission of 1.
    expect(earned).toEqual([undefined, undefined, 41.5]);
    client.api.cancelPositions();
  });

  test('with a read lag, queries show an order late, and one that is hidden not at all', async () => {
    await open({ readLag: 5_000 });
    const shown = async (): Promise<number> => {
      const before = client.all('openOrder').length;
      client.api.reqAllOpenOrders();
      await client.settled();
      return client.all('openOrder').length - before;
    };
    const id = client.place({ orderType: 'LMT', lmtPrice: 50, orderRef: 'slow' });
    await client.status(id, 'Submitted');
    expect(await shown()).toBe(0);
    lab.pass(5_000);
    expect(await shown()).toBe(1);
    expect(lab.simulator.ledger.hide('slow', 10_000)).toBe(1);
    expect(await shown()).toBe(0);
    lab.pass(10_000);
    expect(await shown()).toBe(1);
  });
});
