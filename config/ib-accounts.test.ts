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
