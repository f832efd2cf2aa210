import { setTimeout as sleep } from 'node:timers/promises';
import { bundledCalendars } from '../../domain/calendar/calendars';
import { decimalString as d } from '../../domain/money/decimal';
import { contractsAt } from '../../simulators/ib/contracts';
import type { SimContract } from '../../simulators/ib/contracts';
import { acked, find, found, limit, place, request, stop, submit } from '../../tests/support/broker-harness';
import { foreignOrder, IbHarness } from '../../tests/support/ib-harness';
import { TwsConnection } from './connection';
import type { ContractSpec } from './contracts';

const futures = contractsAt(Date.now()).filter(({ symbol }) => symbol === 'MES');
const pick = (index: number): SimContract => {
  const contract = futures[index];
  if (contract === undefined) throw new Error(`the simulator has no future ${index}`);
  return contract;
};
/** The simulator has two months of each root that trade, and one that has expired. */
const [first, second, expired] = [pick(0), pick(1), pick(2)];
const dayOf = ({ lastTradeDate: at }: SimContract): string => `${at.slice(0, 4)}-${at.slice(4, 6)}-${at.slice(6)}`;

const FUTURE = { kind: 'future', symbol: 'MES', exchange: 'CME', currency: 'USD', calendar: 'CME' } as const;
const SPECS: readonly ContractSpec[] = [
  { id: 'AAPL', symbol: 'AAPL', exchange: 'SMART', currency: 'USD', calendar: 'NASDAQ' },
  { ...FUTURE, id: 'BY-MONTH', lastTradeMonth: second.lastTradeDate.slice(0, 6) },
  { ...FUTURE, id: 'BY-NAME', localSymbol: second.localSymbol },
  // Neither kind nor exchange nor calendar: TWS says what the number is.
  { id: 'BY-NUMBER', conId: second.conId, currency: 'USD' },
  { ...FUTURE, id: 'ROOT' },
  { ...FUTURE, id: 'OLD', lastTradeMonth: expired.lastTradeDate.slice(0, 6) },
  { ...FUTURE, kind: 'stock', id: 'MEANT-A-STOCK', conId: second.conId },
];

let h: IbHarness;
afterEach(() => h.close());

describe('futures of the settings', () => {
  it('are named by month, by their name at the exchange or by number, and are all the one contract', async () => {
    h = await IbHarness.open({ instruments: SPECS });
    const listed = await h.broker.instruments();
    expect(listed.map(({ id }) => id)).toEqual(['AAPL', 'BY-MONTH', 'BY-NAME', 'BY-NUMBER']);
    for (const instrument of listed.slice(1))
      expect(instrument).toMatchObject({
        ...{ future: { multiplier: '5', lastTradingDay: dayOf(second) }, tick: '0.25', lot: '1', quoteAsset: 'USD' },
        ...{ baseAsset: second.localSymbol, calendar: 'CME' },
        description: `Micro E-Mini S&P 500, ${second.localSymbol}: 5 USD a point, trades until ${dayOf(second)}`,
      });
    expect(listed[0]).not.toHaveProperty('future');
  });

  it('that are ambiguous, expired, or of another kind than is said are told, with what to do', async () => {
    h = await IbHarness.open({ instruments: SPECS });
    const notices = await h.broker.notices();
    const told = ({ conId, lastTradeDate, localSymbol }: SimContract): string =>
      `${conId} (${localSymbol}, until ${lastTradeDate.replace(/(....)(..)(..)/, '$1-$2-$3')}, times 5, CME, USD)`;
    expect(notices).toEqual([
      `ROOT is ambiguous: give it the conId of one of ${told(first)}, ${told(second)}`,
      `OLD has expired: its last trading day was ${dayOf(expired)}; name the next contract in the settings`,
      `MEANT-A-STOCK: conId ${second.conId} is a future, and the settings say stock`,
    ]);
  });

  it('that have all expired leave nothing to list, and the reason is told', async () => {
    h = await IbHarness.open({ instruments: SPECS.filter(({ id }) => id === 'OLD') });
    await expect(h.broker.instruments()).rejects.toThrow('OLD has expired');
  });
});

describe('orders for futures', () => {
  it('are refused before anything is sent once the contract has expired; its neighbour is traded (the control)', async () => {
    h = await IbHarness.open({ instruments: SPECS }, { accounts: [{ code: 'DU1234567', cash: '1000000' }] });
    await h.broker.instruments();
    const refused = await submit(h, request(h, { instrument: 'OLD' }));
    expect(refused).toMatchObject({ kind: 'rejected', code: 'instrument_closed', venueCode: 'expired' });
    expect(await submit(h, request(h, { instrument: 'ROOT' }))).toMatchObject({ kind: 'not-sent' });
    expect(h.simulator.ledger.orders).toEqual([]);
    expect((await submit(h, request(h, { instrument: 'BY-MONTH' }))).kind).toBe('acked');
    expect(h.simulator.ledger.orders).toMatchObject([{ contract: { conId: second.conId } }]);
  });

  it('for an opening auction are refused by that name, and one in a stock is not (the control)', async () => {
    h = await IbHarness.open({}, {}, 'future');
    await h.broker.instruments();
    expect(await submit(h, request(h, { timeInForce: 'OPG' }))).toMatchObject({
      ...{ kind: 'rejected', code: 'not_supported', venueCode: 'OPG' },
      message: 'CME has no orders for the opening auction (OPG)',
    });
    expect(h.simulator.ledger.orders).toEqual([]);
    await h.close();
    h = await IbHarness.open({});
    await h.broker.instruments();
    // It reaches the broker, whose market here is always open and so never opens.
    expect(await submit(h, request(h, { timeInForce: 'OPG' }))).toMatchObject({ venueCode: '201' });
  });

  it.each([
    [{ terms: { type: 'market' } as const }, false],
    [{ terms: limit('90') }, true],
    [{ terms: stop('95'), side: 'sell' as const }, true],
    [{ terms: { type: 'trailing-stop', trailBps: 100 } as const, side: 'sell' as const }, true],
  ])('%j work in all hours of trading, whatever the account says of its stocks', async (changes, outsideRth) => {
    h = await IbHarness.open({ outsideRth: false }, {}, 'future');
    await h.broker.instruments();
    acked(await submit(h, request(h, changes)));
    expect(h.simulator.ledger.orders).toMatchObject([{ outsideRth }]);
  });
});

describe('a stop of a future at night', () => {
  it('fills, while one that does not ask for all hours sleeps (the control)', async () => {
    // Three hours into the trading day it is evening in Chicago, and what TWS calls the regular hours begin in the morning.
    const evening = (bundledCalendars.of('CME').nextSession(Date.now())?.open ?? 0) + 3 * 3_600_000;
    const ahead = evening - Date.now();
    const now = (): number => Date.now() + ahead;
    h = await IbHarness.open({}, { hours: 'exchange', now }, 'future');
    await h.broker.instruments();
    const trades = async (price: number): Promise<void> => {
      await sleep(3);
      h.simulator.tapes.get(h.contract.conId)?.print(now() + 1, price, 1_000_000);
      await sleep(3);
      h.simulator.ledger.advance();
    };
    await trades(100);
    await place(h, { side: 'buy', quantity: d('2') });
    await trades(100);
    const ours = await place(h, { side: 'sell', quantity: d('1'), terms: stop('95') });
    const end = { host: '127.0.0.1', port: h.simulator.port, clientId: 99 };
    const stranger = await TwsConnection.open(end, { message: () => undefined, down: () => undefined }, 5_000);
    const asleep = { ...foreignOrder(95, 1), action: 'SELL' as never, orderType: 'STP' as never, auxPrice: 95 };
    stranger.send((api) => api.placeOrder(stranger.nextValidId, h.contract, asleep));
    for (const limitAt = Date.now() + 30_000; h.simulator.ledger.orders.length < 3 && Date.now() < limitAt;)
      await sleep(10);
    await trades(94);
    await trades(94);
    expect((await found(h, ours.clientOrderId, 'stop')).order.state).toBe('filled');
    expect(h.simulator.ledger.orders.map(({ outsideRth, state }) => [outsideRth, state])).toEqual([
      [false, 'filled'],
      [true, 'filled'],
      [false, 'open'],
    ]);
    stranger.destroy('done');
  }, 40_000);
});

describe('hours of futures', () => {
  it('are compared with the whole trading day, from the evening before on; a calendar that differs is told', async () => {
    const day = { ...FUTURE, lastTradeMonth: second.lastTradeDate.slice(0, 6) };
    h = await IbHarness.open(
      {
        calendarOf: bundledCalendars.of,
        instruments: [
          { ...day, id: 'RIGHT' },
          { ...day, id: 'WRONG', calendar: 'NYSE' },
        ],
      },
      { hours: 'exchange' },
    );
    const notices = await h.broker.notices();
    expect(notices.filter((notice) => notice.startsWith('RIGHT'))).toEqual([]);
    expect(notices.filter((notice) => notice.startsWith('WRONG')).length).toBeGreaterThan(0);
  });
});

describe('a search', () => {
  it.each([
    ['mes', undefined, [first, second]],
    ['MES', 'future', [first, second]],
    [second.localSymbol, 'future', [second]],
    ['MES', 'stock', []],
  ] as const)('for %s (%s) finds contracts with what tells them apart', async (text, kind, expected) => {
    h = await IbHarness.open();
    expect(await h.broker.findContracts(text, kind)).toEqual(
      expected.map((contract) => ({
        ...{ conId: contract.conId, symbol: 'MES', localSymbol: contract.localSymbol, tradingClass: 'MES' },
        ...{ kind: 'future', exchange: 'CME', primaryExchange: '', currency: 'USD', multiplier: '5' },
        ...{ lastTradingDay: dayOf(contract), description: 'Micro E-Mini S&P 500' },
      })),
    );
  });

  it('lists stocks before futures, also those of roots that only begin so', async () => {
    h = await IbHarness.open();
    const listed = await h.broker.findContracts('AAPL');
    expect(listed.map(({ kind, localSymbol, multiplier }) => [kind, localSymbol, multiplier])).toEqual(
      Array(3).fill(['stock', 'AAPL', null]),
    );
    expect((await h.broker.findContracts('E')).map(({ localSymbol }) => localSymbol)).toEqual(
      contractsAt(Date.now())
        .filter(({ secType }) => secType === 'FUT')
        .slice(0, 4)
        .map(({ localSymbol }) => localSymbol),
    );
  });
});

describe('what an account holds of futures', () => {
  it('is counted in contracts by our name, and an unknown order is not found', async () => {
    h = await IbHarness.open({}, {}, 'future');
    await h.broker.instruments();
    await place(h);
    await h.trade(100);
    expect(await h.broker.positions()).toEqual([{ instrument: second.localSymbol, quantity: '10' }]);
    expect(await find(h, request(h).clientOrderId)).toEqual({ kind: 'not-found' });
  });
});
