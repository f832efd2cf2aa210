import { Decoder } from '@stoqey/ib/dist/core/io/decoder';
import { Encoder } from '@stoqey/ib/dist/core/io/encoder';
import { LogLevel, MarketDataType } from '@stoqey/ib';
import type { Contract, Order } from '@stoqey/ib';
import fc from 'fast-check';
import { decode, encode, UNSET_AMOUNT, WireError } from './fields';
import type { Layout } from './fields';
import { frame, FrameReader } from './frames';
import { FROM_CLIENT, fromClient } from './from-client';
import type { FromClientName, FromClientValues } from './from-client';
import { SERVER_VERSION, TO_CLIENT, toClient } from './to-client';
import type { ToClientName, ToClientValues } from './to-client';

/** What the real client makes of a message: the events that its decoder emits, errors among them. */
function heard(fields: readonly string[]): (readonly unknown[])[] {
  const events: (readonly unknown[])[] = [];
  const decoder = new Decoder({
    serverVersion: SERVER_VERSION,
    emitEvent: (name: string, ...args: unknown[]) => events.push([name, ...args]),
    emitInfo: (message: string, code: number) => events.push(['info', message, code]),
    emitError: (message: string, code: number, id?: number, details?: unknown) =>
      events.push(['error', message, code, id, details]),
  });
  decoder.enqueueMessage([...fields]);
  decoder.process();
  return events;
}

/** What the real client's encoder writes for a call of its API, as its socket flattens it. */
function written(call: (encoder: Encoder) => void): readonly string[] {
  let tokens: unknown[] = [];
  const failures: string[] = [];
  const encoder = new Encoder({
    serverVersion: SERVER_VERSION,
    sendMsg: (...args: unknown[]) => (tokens = args),
    emitError: (message: string) => failures.push(message),
  });
  call(encoder);
  expect(failures).toEqual([]);
  const flat = tokens.flat(9);
  const plain = flat.map((token) => (typeof token === 'boolean' ? Number(token) : (token ?? '')));
  return plain.map(String);
}

const CONTRACT = {
  ...{ conId: 265598, symbol: 'AAPL', secType: 'STK', lastTradeDate: '', strike: '0', right: '', multiplier: '' },
  ...{ exchange: 'SMART', currency: 'USD', localSymbol: 'AAPL', tradingClass: 'NMS' },
};
const SHOWN_CONTRACT = { conId: 265598, symbol: 'AAPL', exchange: 'SMART', currency: 'USD', tradingClass: 'NMS' };
const TERMS = {
  ...{ action: 'SELL', quantity: '10', orderType: 'TRAIL LIMIT', limitPrice: '99.9', auxPrice: '0.5', tif: 'GTD' },
  ...{ account: 'DU1', origin: 0, orderRef: 'ref', permId: 77, outsideRth: true, goodTillDate: '20261130 16:00:00' },
  ...{ trailStopPrice: '99.4', trailingPercent: undefined, limitPriceOffset: '0.1' },
};
const SHOWN_TERMS = {
  ...{ action: 'SELL', totalQuantity: 10, orderType: 'TRAIL LIMIT', lmtPrice: 99.9, auxPrice: 0.5, tif: 'GTD' },
  ...{ account: 'DU1', orderRef: 'ref', permId: 77, outsideRth: true, goodTillDate: '20261130 16:00:00' },
  ...{ trailStopPrice: 99.4, lmtPriceOffset: 0.1, whatIf: undefined },
};
const like = (value: object): unknown => expect.objectContaining(value);

type Samples = { readonly [N in ToClientName]: { readonly values: ToClientValues<N>; readonly events: unknown[][] } };

/** One message of each kind, and what the client must hear. */
const SAMPLES: Samples = {
  tickPrice: {
    values: { reqId: 5, tickType: 66, price: '100.01', size: '300', attributes: 0 },
    events: [
      ['tickPrice', 5, 66, 100.01, false],
      ['tickSize', 5, 69, 300],
    ],
  },
  tickSize: { values: { reqId: 5, tickType: 8, size: '12' }, events: [['tickSize', 5, 8, 12]] },
  tickString: {
    values: { reqId: 5, tickType: 88, value: '1795648411' },
    events: [['tickString', 5, 88, '1795648411']],
  },
  tickSnapshotEnd: { values: { reqId: 5 }, events: [['tickSnapshotEnd', 5]] },
  marketDataType: { values: { reqId: 5, type: 3 }, events: [['marketDataType', 5, 3]] },
  orderStatus: {
    values: {
      ...{ orderId: 9, status: 'Submitted', filled: '3', remaining: '7', averagePrice: '100.5', permId: 77 },
      ...{ parentId: 0, lastPrice: '100.6', clientId: 1, whyHeld: 'trigger', capPrice: '0' },
    },
    events: [['orderStatus', 9, 'Submitted', 3, 7, 100.5, 77, 0, 100.6, 1, 'trigger', 0]],
  },
  error: {
    values: { id: 9, code: 201, message: 'Größe zu groß', advancedReject: '{"why":"size"}' },
    events: [['error', 'Größe zu groß', 201, 9, { why: 'size' }]],
  },
  openOrder: {
    values: {
      ...{ ...CONTRACT, ...TERMS, orderId: 9, clientId: 1, status: 'PreSubmitted', warningText: 'späte Order' },
      ...{ scalePriceIncrement: '0.5', scaleAutoReset: true, hedgeType: 'P', hedgeParam: '2', algoStrategy: 'Vwap' },
      ...{ algoParams: [{ tag: 'maxPctVol', value: '0.1' }], commission: '1.5', extOperator: 'me' },
      manualOrderIndicator: 1,
    },
    events: [
      [
        'openOrder',
        9,
        like(SHOWN_CONTRACT),
        like({
          ...{ ...SHOWN_TERMS, orderId: 9, clientId: 1, whatIf: false },
          ...{ scalePriceIncrement: 0.5, scaleAutoReset: true, hedgeParam: '2', extOperator: 'me' },
          ...{ algoParams: [{ tag: 'maxPctVol', value: '0.1' }], manualOrderIndicator: 1 },
        }),
        like({ status: 'PreSubmitted', commission: 1.5 }),
      ],
    ],
  },
  completedOrder: {
    values: {
      ...{
        ...CONTRACT,
        ...TERMS,
        status: 'Cancelled',
        filledQuantity: '4',
        completedTime: '20261125 17:55:00 US/Eastern',
      },
      ...{ completedStatus: 'Cancelled by Trader', customerAccount: 'mine' },
    },
    events: [
      [
        'completedOrder',
        like(SHOWN_CONTRACT),
        like({
          orderRef: 'ref',
          permId: 77,
          filledQuantity: 4,
          customerAccount: 'mine',
          auxPrice: 0.5,
          trailStopPrice: 99.4,
        }),
        like({
          ...{ status: 'Cancelled', completedTime: '20261125 17:55:00 US/Eastern' },
          completedStatus: 'Cancelled by Trader',
        }),
      ],
    ],
  },
  completedOrdersEnd: { values: {}, events: [['completedOrdersEnd']] },
  openOrderEnd: { values: {}, events: [['openOrderEnd']] },
  accountValue: {
    values: { key: 'NetLiquidation', value: '10.50', currency: 'USD', account: 'DU1' },
    events: [['updateAccountValue', 'NetLiquidation', '10.50', 'USD', 'DU1']],
  },
  portfolioValue: {
    values: {
      ...{ conId: 265598, symbol: 'AAPL', secType: 'STK', lastTradeDate: '', strike: '0', right: '', multiplier: '' },
      ...{ primaryExchange: 'NASDAQ', currency: 'USD', localSymbol: 'AAPL', tradingClass: 'NMS', position: '-3' },
      ...{ marketPrice: '100', marketValue: '-300', averageCost: '101', unrealizedPnl: '3', realizedPnl: '-1' },
      account: 'DU1',
    },
    events: [['updatePortfolio', like({ conId: 265598, primaryExch: 'NASDAQ' }), -3, 100, -300, 101, 3, -1, 'DU1']],
  },
  accountTime: { values: { time: '17:55' }, events: [['updateAccountTime', '17:55']] },
  accountDownloadEnd: { values: { account: 'DU1' }, events: [['accountDownloadEnd', 'DU1']] },
  nextValidId: { values: { orderId: 41 }, events: [['nextValidId', 41]] },
  contractDetails: {
    values: {
      ...{ reqId: 5, symbol: 'MES', secType: 'FUT', contractMonthOrDate: '20261218', lastTradeDate: '20261218' },
      ...{ strike: '0', exchange: 'CME', currency: 'USD', localSymbol: 'MESZ6', marketName: 'MES', conId: 7 },
      ...{ tradingClass: 'MES', minTick: '0.25', multiplier: '5', orderTypes: 'MKT,LMT', validExchanges: 'CME' },
      ...{ longName: 'Índice', timeZoneId: 'US/Central', tradingHours: '20261125:CLOSED', liquidHours: '' },
      ...{ secIds: [{ tag: 'ISIN', value: 'X' }], marketRuleIds: '67', minSize: '1', sizeIncrement: '1' },
      ...{ suggestedSizeIncrement: '1', ineligibilityReasons: [{ id: 'a', description: 'b' }] },
    },
    events: [
      [
        'contractDetails',
        5,
        like({
          ...{ minTick: 0.25, longName: 'Índice', tradingHours: '20261125:CLOSED', marketRuleIds: '67', minSize: 1 },
          ...{ secIdList: [{ tag: 'ISIN', value: 'X' }], ineligibilityReasonList: [{ id: 'a', description: 'b' }] },
          contract: like({ conId: 7, multiplier: 5, lastTradeDateOrContractMonth: '20261218', localSymbol: 'MESZ6' }),
        }),
      ],
    ],
  },
  contractDetailsEnd: { values: { reqId: 5 }, events: [['contractDetailsEnd', 5]] },
  execution: {
    values: {
      ...{ ...CONTRACT, reqId: -1, orderId: 9, execId: '0001.02.01', time: '20261125 17:55:00 US/Eastern' },
      ...{ account: 'DU1', market: 'NASDAQ', side: 'BOT', shares: '3', price: '100.5', permId: 77, clientId: 1 },
      ...{ liquidation: 0, cumulativeQuantity: '3', averagePrice: '100.5', orderRef: 'ref', lastLiquidity: 2 },
      pendingPriceRevision: 1,
    },
    events: [
      [
        'execDetails',
        -1,
        like(SHOWN_CONTRACT),
        like({
          ...{ orderId: 9, execId: '0001.02.01', acctNumber: 'DU1', exchange: 'NASDAQ', side: 'BOT', shares: 3 },
          ...{ price: 100.5, permId: 77, clientId: 1, cumQty: 3, avgPrice: 100.5, orderRef: 'ref', lastLiquidity: 2 },
          pendingPriceRevision: true,
        }),
      ],
    ],
  },
  executionsEnd: { values: { reqId: 5 }, events: [['execDetailsEnd', 5]] },
  commissionReport: {
    values: {
      ...{ execId: '0001.02.01', commission: '1.25', currency: 'USD', realizedPnl: UNSET_AMOUNT, yield: UNSET_AMOUNT },
      yieldRedemptionDate: 0,
    },
    events: [['commissionReport', like({ execId: '0001.02.01', commission: 1.25, realizedPNL: undefined })]],
  },
  managedAccounts: { values: { accounts: 'DU1,DU2' }, events: [['managedAccounts', 'DU1,DU2']] },
  historicalData: {
    values: {
      ...{ reqId: 5, from: 'a', to: 'b' },
      bars: [
        { date: '20261124', open: '1', high: '4', low: '0.5', close: '2', volume: '100', average: '1.5', count: 3 },
      ],
    },
    events: [
      ['historicalData', 5, '20261124', 1, 4, 0.5, 2, 100, 3, 1.5, undefined],
      ['historicalData', 5, 'finished-a-b', -1, -1, -1, -1, -1, -1, -1, false],
    ],
  },
  currentTime: { values: { seconds: 1_795_648_411 }, events: [['currentTime', 1_795_648_411]] },
  position: {
    values: { ...CONTRACT, account: 'DU1', position: '-10', averageCost: '100.03' },
    events: [['position', 'DU1', like(SHOWN_CONTRACT), -10, 100.03]],
  },
  positionEnd: { values: {}, events: [['positionEnd']] },
  accountSummary: {
    values: { reqId: 5, account: 'DU1', tag: 'BuyingPower', value: '4.00', currency: 'USD' },
    events: [['accountSummary', 5, 'DU1', 'BuyingPower', '4.00', 'USD']],
  },
  accountSummaryEnd: { values: { reqId: 5 }, events: [['accountSummaryEnd', 5]] },
  symbolSamples: {
    values: {
      reqId: 5,
      symbols: [
        {
          ...{ conId: 1, symbol: 'AAPL', secType: 'STK', primaryExchange: 'NASDAQ', currency: 'USD', issuerId: 'i' },
          ...{ derivatives: [{ secType: 'OPT' }], description: 'APPLE' },
        },
      ],
    },
    events: [
      [
        'symbolSamples',
        5,
        [{ contract: like({ conId: 1, primaryExch: 'NASDAQ', description: 'APPLE' }), derivativeSecTypes: ['OPT'] }],
      ],
    ],
  },
  marketRule: {
    values: {
      id: 26,
      bands: [
        { from: '0', increment: '0.0001' },
        { from: '1', increment: '0.01' },
      ],
    },
    events: [
      [
        'marketRule',
        26,
        [
          { lowEdge: 0, increment: 0.0001 },
          { lowEdge: 1, increment: 0.01 },
        ],
      ],
    ],
  },
  pnl: {
    values: { reqId: 5, daily: '1', unrealized: UNSET_AMOUNT, realized: '2' },
    events: [['pnl', 5, 1, undefined, 2]],
  },
  pnlSingle: {
    values: { reqId: 5, position: '10', daily: '1', unrealized: '3', realized: '2', value: '1000' },
    events: [['pnlSingle', 5, 10, 1, 3, 2, 1000]],
  },
};

describe('messages to the client', () => {
  test.each(Object.keys(TO_CLIENT) as ToClientName[])('the client reads %s whole, and into what was meant', (name) => {
    const { events, values } = SAMPLES[name];
    expect(heard(toClient(name, values as never))).toEqual(events);
  });

  test('an openOrder with one field less or more is noticed by the client: the table is exact', () => {
    const fields = toClient('openOrder', SAMPLES.openOrder.values);
    expect(heard(fields.slice(0, -1))[0]?.[0]).toBe('error');
    expect(heard([...fields, ''])[0]).toEqual([
      'error',
      expect.stringContaining('unprocessed data'),
      505,
      undefined,
      undefined,
    ]);
  });

  test('an openOrder without parts that repeat has 133 tokens, its number included', () => {
    expect(toClient('openOrder', { ...CONTRACT, orderId: 1 })).toHaveLength(133);
  });

  test('an error about no request is news, not an error', () => {
    expect(heard(toClient('error', { id: -1, code: 2104, message: 'fine' }))).toEqual([['info', 'fine', 2104]]);
  });

  test('details of a reject that are no JSON break the decoder, as at the real broker', () => {
    expect(() => heard(toClient('error', { id: 9, code: 201, message: 'no', advancedReject: '{no' }))).toThrow(
      SyntaxError,
    );
  });
});

const ASKED: Contract = {
  ...{ conId: 7, symbol: 'MES', secType: 'FUT' as never, lastTradeDateOrContractMonth: '202612', multiplier: 5 },
  ...{ exchange: 'CME', primaryExch: 'CME', currency: 'USD', localSymbol: 'MESZ6', tradingClass: 'MES' },
};
const READ_CONTRACT = {
  ...{ conId: 7, symbol: 'MES', secType: 'FUT', lastTradeDate: '202612', strike: undefined, right: '' },
  ...{ multiplier: '5', exchange: 'CME', primaryExchange: 'CME', currency: 'USD', localSymbol: 'MESZ6' },
  tradingClass: 'MES',
};
const ORDER: Order = {
  ...{ action: 'SELL' as never, totalQuantity: 3, orderType: 'TRAIL LIMIT' as never, lmtPrice: 99.9, auxPrice: 0.5 },
  ...{ tif: 'GTD', goodTillDate: '20261130-21:00:00', account: 'DU1', orderRef: 'ref', transmit: true },
  ...{ outsideRth: true, trailStopPrice: 99.25, trailingPercent: 1.5, lmtPriceOffset: 0.1, hedgeType: 'P' },
  ...{ hedgeParam: '2', algoStrategy: 'Vwap', algoParams: [{ tag: 'a', value: 'b' }], scalePriceIncrement: 0.5 },
  ...{ deltaNeutralOrderType: 'LMT', customerAccount: 'mine', manualOrderIndicator: 1, parentId: 4 },
};

type Calls = {
  readonly [N in Exclude<FromClientName, 'startApi'>]: readonly [(encoder: Encoder) => void, FromClientValues<N>];
};

/** One call of each kind of the client's API, and what must be read of it. */
const CALLS: Calls = {
  requestMarketData: [
    (encoder) => encoder.reqMktData(5, ASKED, '233', true, false),
    { ...READ_CONTRACT, reqId: 5, genericTicks: '233', snapshot: true, regulatorySnapshot: false, options: '' },
  ],
  cancelMarketData: [(encoder) => encoder.cancelMktData(5), { reqId: 5 }],
  placeOrder: [
    (encoder) => encoder.placeOrder(9, ASKED, ORDER),
    like({
      ...{ ...READ_CONTRACT, orderId: 9, action: 'SELL', quantity: '3', orderType: 'TRAIL LIMIT', limitPrice: '99.9' },
      ...{ auxPrice: '0.5', tif: 'GTD', goodTillDate: '20261130-21:00:00', account: 'DU1', orderRef: 'ref' },
      ...{ transmit: true, outsideRth: true, trailStopPrice: '99.25', trailingPercent: '1.5', parentId: 4 },
      ...{ limitPriceOffset: '0.1', hedgeParam: '2', algoParams: [{ tag: 'a', value: 'b' }], whatIf: false },
      ...{ customerAccount: 'mine', manualOrderIndicator: 1, deltaNeutralOrderType: 'LMT' },
    }) as never,
  ],
  cancelOrder: [
    (encoder) => encoder.cancelOrder(9, { manualOrderCancelTime: '20261125-22:00:00' }),
    { orderId: 9, manualTime: '20261125-22:00:00', extOperator: '', manualOrderIndicator: undefined },
  ],
  requestOpenOrders: [(encoder) => encoder.reqOpenOrders(), {}],
  requestAccountUpdates: [(encoder) => encoder.reqAccountUpdates(true, 'DU1'), { subscribe: true, account: 'DU1' }],
  requestExecutions: [
    (encoder) =>
      encoder.reqExecutions(5, { clientId: 1, time: '20261125-00:00:00', symbol: 'MES', side: 'BUY' } as never),
    {
      ...{ reqId: 5, clientId: 1, account: '', time: '20261125-00:00:00', symbol: 'MES', secType: '', exchange: '' },
      side: 'BUY',
    },
  ],
  requestIds: [(encoder) => encoder.reqIds(1), { count: 1 }],
  requestContractDetails: [
    (encoder) => encoder.reqContractDetails(5, ASKED),
    { ...READ_CONTRACT, reqId: 5, includeExpired: false, secIdType: '', secId: '', issuerId: '' },
  ],
  setLogLevel: [(encoder) => encoder.setServerLogLevel(LogLevel.ERROR), { level: 2 }],
  bindOpenOrders: [(encoder) => encoder.reqAutoOpenOrders(true), { bind: true }],
  requestAllOpenOrders: [(encoder) => encoder.reqAllOpenOrders(), {}],
  requestManagedAccounts: [(encoder) => encoder.reqManagedAccts(), {}],
  requestHistoricalData: [
    (encoder) => encoder.reqHistoricalData(5, ASKED, '', '2 D', '1 hour' as never, 'TRADES', 1, 2, false, [] as never),
    {
      ...{ ...READ_CONTRACT, reqId: 5, includeExpired: false, end: '', barSize: '1 hour', duration: '2 D' },
      ...{ regularHours: true, whatToShow: 'TRADES', dateFormat: 2, keepUpToDate: false, options: '' },
    },
  ],
  cancelHistoricalData: [(encoder) => encoder.cancelHistoricalData(5), { reqId: 5 }],
  requestCurrentTime: [(encoder) => encoder.reqCurrentTime(), {}],
  cancelAllOrders: [(encoder) => encoder.reqGlobalCancel({}), { extOperator: '', manualOrderIndicator: undefined }],
  setMarketDataType: [(encoder) => encoder.reqMarketDataType(MarketDataType.DELAYED), { type: 3 }],
  requestPositions: [(encoder) => encoder.reqPositions(), {}],
  requestAccountSummary: [
    (encoder) => encoder.reqAccountSummary(5, 'All', 'BuyingPower'),
    { reqId: 5, group: 'All', tags: 'BuyingPower' },
  ],
  cancelAccountSummary: [(encoder) => encoder.cancelAccountSummary(5), { reqId: 5 }],
  cancelPositions: [(encoder) => encoder.cancelPositions(), {}],
  requestSymbols: [(encoder) => encoder.reqMatchingSymbols(5, 'AAP'), { reqId: 5, pattern: 'AAP' }],
  requestMarketRule: [(encoder) => encoder.reqMarketRule(26), { id: 26 }],
  requestPnl: [(encoder) => encoder.reqPnL(5, 'DU1', ''), { reqId: 5, account: 'DU1', modelCode: '' }],
  cancelPnl: [(encoder) => encoder.cancelPnL(5), { reqId: 5 }],
  requestPnlSingle: [
    (encoder) => encoder.reqPnLSingle(5, 'DU1', '', 7),
    { reqId: 5, account: 'DU1', modelCode: '', conId: 7 },
  ],
  cancelPnlSingle: [(encoder) => encoder.cancelPnLSingle(5), { reqId: 5 }],
  requestCompletedOrders: [(encoder) => encoder.reqCompletedOrders(true), { apiOnly: true }],
};

describe('messages of the client', () => {
  test.each(Object.keys(CALLS) as (keyof Calls)[])('%s is read as the client wrote it', (name) => {
    const [call, values] = CALLS[name];
    expect(fromClient(written(call))).toEqual({ name, values });
  });

  test('an order with nothing but its terms is read as well, and one of each kind that brings fields of its own', () => {
    const plain: Order = { action: 'BUY' as never, totalQuantity: 1, orderType: 'MKT' as never };
    const orders: readonly (readonly [Contract, Order])[] = [
      [{ conId: 1 }, plain],
      [
        { conId: 1, exchange: 'IBKRATS' },
        { ...plain, minTradeQty: 5 },
      ],
      [{ conId: 1 }, { ...plain, orderType: 'PEG BENCH' as never, referenceContractId: 3 }],
      [{ symbol: 'X', secType: 'BAG' as never }, plain],
    ];
    for (const [contract, order] of orders)
      expect(fromClient(written((encoder) => encoder.placeOrder(9, contract, order))).values).toMatchObject({
        orderId: 9,
        quantity: '1',
      });
  });

  test.each([
    ['conditions', { conditions: [{ type: 3, conjunctionConnection: 'a', isMore: true, strValue: 'x' }] as never }, {}],
    ['combination legs', {}, { secType: 'BAG' as never, comboLegs: [{ conId: 1 }] as never }],
    ['delta neutral contracts', {}, { deltaNeutralContract: { conId: 1, delta: 1, price: 1 } }],
  ])('%s are refused by name', (what, order, contract) => {
    const fields = written((encoder) => encoder.placeOrder(9, { conId: 1, ...contract }, { ...ORDER, ...order }));
    expect(() => fromClient(fields)).toThrow(new WireError(`${what} are not simulated`));
  });

  test.each([
    [['500'], 'message 500 is not simulated'],
    [['2', '1'], 'ends before reqId'],
    [['2', '1', '5', '6'], '1 fields too many'],
    [['2', '1', 'five'], 'reqId is no whole number: five'],
    [['2', '1', '2147483647x'], 'reqId is no whole number'],
  ])('%j is refused', (fields, words) => {
    expect(() => fromClient(fields)).toThrow(words);
  });

  test('unset numbers are left out, whatever way they are written', () => {
    const [, layout] = FROM_CLIENT.cancelOrder;
    expect(decode(layout, ['9', '', '', '2147483647'])).toMatchObject({ manualOrderIndicator: undefined });
    const fields = written((encoder) =>
      encoder.placeOrder(1, { conId: 1 }, { ...ORDER, trailStopPrice: undefined as never }),
    );
    expect((fromClient(fields).values as FromClientValues<'placeOrder'>).trailStopPrice).toBeUndefined();
    const bad = fields.map((field) => (field === '99.9' ? '99,9' : field));
    expect(() => fromClient(bad)).toThrow('limitPrice is no amount: 99,9');
    expect(fromClient(fields.map((field) => (field === '99.9' ? UNSET_AMOUNT : field))).values).toMatchObject({
      limitPrice: undefined,
    });
  });
});

describe('a table writes and reads the same', () => {
  const layouts: readonly (readonly [string, Layout])[] = [
    ...Object.entries(TO_CLIENT).map(([name, [, layout]]): [string, Layout] => [name, layout]),
    ...Object.entries(FROM_CLIENT).map(([name, [, layout]]): [string, Layout] => [name, layout]),
  ];

  test.each(layouts)('%s', (name, layout) => {
    const values = name in SAMPLES ? SAMPLES[name as ToClientName].values : {};
    const read = decode(layout, encode(layout, values as never));
    expect(decode(layout, encode(layout, read))).toEqual(read);
    const unset = (_: string, value: unknown): unknown => (value === UNSET_AMOUNT ? undefined : value);
    expect(read).toMatchObject(JSON.parse(JSON.stringify(values, unset)) as object);
  });
});

describe('frames', () => {
  test('a stream is cut into the same frames wherever it was split', () => {
    const bytes = Buffer.concat([
      Buffer.from('API\0'),
      frame(['v100..193']),
      frame(['71', '2', '7', '']),
      frame(['49', '1']),
    ]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 6 }), (cuts) => {
        const reader = new FrameReader();
        const edges = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const frames = edges.slice(1).flatMap((edge, index) => reader.push(bytes.subarray(edges[index], edge)));
        expect(frames).toEqual([['v100..193'], ['71', '2', '7', ''], ['49', '1']]);
      }),
    );
  });

  test('what is no client is refused at its first byte, and a frame that is endless before it is kept', () => {
    expect(() => new FrameReader().push(Buffer.from('GET / HTTP/1.1'))).toThrow('no API greeting');
    expect(() => new FrameReader().push(Buffer.from('API\0\x7f\xff\xff\xff'))).toThrow('a frame of');
  });

  test('a NUL inside a text cannot make two fields of one', () => {
    expect(toClient('managedAccounts', { accounts: 'DU1\0DU2' })).toEqual(['15', '1', 'DU1 DU2']);
  });
});
