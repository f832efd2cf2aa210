import { AccountsError, loadAccounts } from './accounts';
import { loadSettings } from './settings';
import type { IbAccount } from './ib-accounts';

const ENTRY = {
  name: 'ib-paper',
  venue: 'ib',
  mode: 'paper',
  accountCode: 'DU1234567',
  instruments: [{ symbol: 'AAPL' }],
};

function read(changes: object, more: readonly object[] = [], env: Record<string, string> = {}): readonly IbAccount[] {
  const accounts = [{ ...ENTRY, ...changes }, ...more.map((one) => ({ ...ENTRY, ...one }))];
  return loadAccounts(loadSettings({ ACCOUNTS_FILE: 'f', ...env }), () => JSON.stringify({ accounts })).ib;
}

function problems(changes: object, more: readonly object[] = []): readonly string[] {
  try {
    read(changes, more);
  } catch (error) {
    if (error instanceof AccountsError) return error.accountProblems.map(({ field, rule }) => `${field}: ${rule}`);
    throw error;
  }
  return [];
}

describe('accounts at Interactive Brokers', () => {
  it('are on paper at the gateway of this machine, with prices under the next client id, unless told', () => {
    expect(read({})).toMatchObject([
      {
        ...{
          venue: 'ib',
          mode: 'sandbox',
          currency: 'USD',
          host: '127.0.0.1',
          port: 4002,
          clientId: 11,
          dataClientId: 12,
          historyClientId: 13,
        },
        ...{ outsideRegularHours: false, absences: { timeZone: 'America/New_York' } },
        instruments: [{ id: 'AAPL', symbol: 'AAPL', exchange: 'SMART', currency: 'USD', calendar: 'NYSE' }],
      },
    ]);
    const told = { conId: 265598, id: 'APPLE', symbol: 'AAPL', primaryExchange: 'NASDAQ', calendar: 'NASDAQ' };
    expect(read({ instruments: [told], dailyRestart: '23:45', weeklyLogin: '01:00' })[0]).toMatchObject({
      ...{ instruments: [told], absences: { dailyRestart: '23:45', weeklyLogin: '01:00' } },
    });
  });

  it.each<[object, string]>([
    [{ accountCode: 'U1234567' }, 'accountCode: is not one of a paper account: those begin with DU'],
    [{ mode: 'live' }, 'accountCode: is one of a paper account: give it mode paper'],
    [{ mode: 'sandbox' }, 'mode: must be paper or live at Interactive Brokers'],
    [{ accountCode: 'my account' }, 'accountCode: must be an account code such as DU1234567'],
    [{ clientId: 0 }, 'clientId: must be at least 1: client 0 is sent the orders that people place by hand'],
    [{ dataClientId: 11 }, 'dataClientId: must differ from clientId'],
    [{ historyClientId: 12 }, 'historyClientId: must differ from clientId and from dataClientId'],
    [{ port: 70000 }, 'port: must be a port'],
    [{ timeZone: 'Mars/North' }, 'timeZone: must be a time zone such as America/New_York'],
    [{ dailyRestart: '25:00' }, 'dailyRestart: must be a time of day such as 23:45'],
    [{ instruments: [] }, 'instruments: must name at least one contract'],
    [{ instruments: [{ symbol: 'aapl' }] }, 'instruments.0.symbol: must be a symbol such as AAPL'],
    [
      { instruments: [{ symbol: 'AAPL' }, { symbol: 'AAPL' }] },
      'instruments: names an instrument twice: give one of them another id',
    ],
    [{ keys: {} }, 'keys: is not a field of an account'],
  ])('%j is refused', (changes, problem) => {
    expect(problems(changes)).toEqual([problem]);
  });

  it('trade futures by month, by their name at the exchange, or whatever a number names', () => {
    const future = { kind: 'future', symbol: 'ES' };
    const read1 = (instrument: object) => read({ instruments: [instrument] })[0]?.instruments[0];
    const usual = { ...future, exchange: 'CME', calendar: 'CME', currency: 'USD' };
    expect(read1({ ...future, lastTradeMonth: '202612' })).toEqual({ ...usual, id: 'ESZ6', lastTradeMonth: '202612' });
    expect(read1({ kind: 'future', localSymbol: 'MESH7', multiplier: 5, tradingClass: 'MES' })).toEqual({
      ...{ kind: 'future', id: 'MESH7', localSymbol: 'MESH7', multiplier: 5, tradingClass: 'MES' },
      ...{ exchange: 'CME', calendar: 'CME', currency: 'USD' },
    });
    expect(read1({ ...future, id: 'CLZ6', lastTradeMonth: '20261120', exchange: 'NYMEX', calendar: 'OIL' })).toEqual({
      ...{ ...usual, id: 'CLZ6', lastTradeMonth: '20261120', exchange: 'NYMEX', calendar: 'OIL' },
    });
    expect(read1({ id: 'ES-NEXT', conId: 637533641 })).toEqual({ id: 'ES-NEXT', conId: 637533641, currency: 'USD' });
    expect(read1({ symbol: 'AAPL' })).toMatchObject({ kind: 'stock', exchange: 'SMART', calendar: 'NYSE' });
    expect(read1({ kind: 'stock', conId: 265598, symbol: 'AAPL' })).toMatchObject({ exchange: 'SMART' });
  });

  const ES = { kind: 'future', symbol: 'ES', lastTradeMonth: '202612' };
  it.each<[object, string]>([
    [{ ...ES, kind: 'option' }, 'kind: must be stock or future: nothing else is traded'],
    [
      { kind: 'future', symbol: 'ES' },
      'lastTradeMonth: must be given for a future, or localSymbol, or conId: a root names many contracts',
    ],
    [{ kind: 'future', exchange: 'CME' }, 'symbol: must be given for a future, or localSymbol, or conId'],
    [
      { ...ES, lastTradeMonth: '2026-12' },
      'lastTradeMonth: must be the month of the contract (YYYYMM) or its last trading day (YYYYMMDD)',
    ],
    [
      { ...ES, lastTradeMonth: '202613' },
      'lastTradeMonth: must be the month of the contract (YYYYMM) or its last trading day (YYYYMMDD)',
    ],
    [
      { ...ES, lastTradeMonth: '20261218' },
      'id: must be given: the name of the contract at its exchange does not follow from the rest',
    ],
    [
      { kind: 'future', conId: 7, symbol: 'ES' },
      'id: must be given: the name of the contract at its exchange does not follow from the rest',
    ],
    [
      { kind: 'future', localSymbol: 'FDAX DEC 26' },
      'id: must be given: the name of the contract at its exchange does not follow from the rest',
    ],
    [{ ...ES, exchange: 'SMART' }, 'exchange: must be the exchange of the future, such as CME: SMART is for stocks'],
    [{ ...ES, exchange: 'EUREX' }, 'calendar: must be given for a future of EUREX: only that of CME is known'],
    [{ ...ES, primaryExchange: 'CME' }, 'primaryExchange: is of stocks: a future has its exchange alone'],
    [{ ...ES, multiplier: 0 }, 'multiplier: must be a number above 0, such as 50'],
    [{ ...ES, tradingClass: 'e mini' }, 'tradingClass: must be the class of a product, such as ES'],
    [{ symbol: 'ES', lastTradeMonth: '202612' }, 'lastTradeMonth: is of futures: give the instrument the kind future'],
    [{ conId: 7, localSymbol: 'ESZ6', id: 'ESZ6' }, 'localSymbol: is of futures: give the instrument the kind future'],
    [{ kind: 'stock' }, 'symbol: must be a symbol such as AAPL, or the contract is named by conId'],
    [{ conId: 7 }, 'id: must be given where neither it nor a symbol is'],
  ])('an instrument %j is refused', (instrument, problem) => {
    expect(problems({ instruments: [{ symbol: 'AAPL' }, instrument] })).toEqual([`instruments.1.${problem}`]);
  });

  it('do not share a client id of one gateway', () => {
    expect(problems({}, [{ name: 'other', clientId: 12 }])).toEqual([
      'clientId: is the client id of ib-paper too',
      'dataClientId: is the client id of ib-paper too',
    ]);
    expect(problems({}, [{ name: 'other', clientId: 13 }])).toEqual(['clientId: is the client id of ib-paper too']);
    expect(problems({}, [{ name: 'other', clientId: 14 }])).toEqual([]);
    expect(problems({}, [{ name: 'other', port: 4003 }])).toEqual([]);
  });

  it('take no part with IB_ENABLED=0', () => {
    expect(read({}, [], { IB_ENABLED: '0' })).toEqual([]);
    const off = loadSettings({ IB_ENABLED: '0', IB_ACCOUNT: 'DU1234567' });
    expect(loadAccounts(off).ib).toEqual([]);
  });

  it('come from the environment as well, live when the code is that of no paper account', () => {
    const of = (env: Record<string, string>) => loadAccounts(loadSettings(env)).ib;
    expect(of({ IB_ACCOUNT: 'DU1234567', IB_PORT: '7497', IB_INSTRUMENTS: 'MSFT, IBM' })).toMatchObject([
      { name: 'ib', mode: 'sandbox', port: 7497, instruments: [{ id: 'MSFT' }, { id: 'IBM' }] },
    ]);
    expect(of({ IB_ACCOUNT: 'U1234567' })).toMatchObject([{ mode: 'live' }]);
    expect(of({})).toEqual([]);
  });
});
