import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AccountsError, loadAccounts } from './accounts';
import type { AccountProblem, ExchangeAccount } from './accounts';
import { readCredentials, SecretError } from './secrets';
import { loadSettings, SettingsError } from './settings';

const binance = (changes: object = {}): Record<string, unknown> => ({
  name: 'main',
  venue: 'binance',
  mode: 'sandbox',
  instruments: ['BTC/USDT', 'ETH/USDT'],
  keys: { apiKey: 'env:MY_KEY', secret: 'env:MY_SECRET' },
  ...changes,
});

function read(accounts: unknown, live = false) {
  const text = typeof accounts === 'string' ? accounts : JSON.stringify({ accounts });
  const { ib } = loadSettings({});
  return loadAccounts({ live, ib, accounts: { file: 'f', byEnvironment: [], address: 'x' } }, () => text);
}

function problemsOf(accounts: unknown, live = false): readonly AccountProblem[] {
  try {
    read(accounts, live);
    return [];
  } catch (error) {
    if (error instanceof AccountsError) return error.accountProblems;
    throw error;
  }
}

describe('a file of accounts', () => {
  it('describes accounts by references to their keys', () => {
    const { exchange, paper } = read([
      binance({ timings: { pollEvery: 1_000 }, policy: { maxOpenTrades: 2 } }),
      { name: 'second', venue: 'paper', mode: 'paper', openingCash: '500' },
    ]);
    expect(exchange).toEqual([
      {
        name: 'main',
        venue: 'binance',
        mode: 'sandbox',
        marketType: 'spot',
        currency: 'USDT',
        instruments: ['BTC/USDT', 'ETH/USDT'],
        keys: { apiKey: 'env:MY_KEY', secret: 'env:MY_SECRET' },
        timings: { pollEvery: 1_000 },
        quoteMaxAge: 15_000,
        policy: { maxOpenTrades: 2 },
      },
    ]);
    expect(paper).toEqual([{ name: 'second', currency: 'USD', openingCash: '500', policy: {} }]);
  });

  it.each([
    ['an unknown exchange', binance({ venue: 'ftx' }), 'venue', /paper or one of: binance/],
    ['an unknown mode', binance({ mode: 'demo' }), 'mode', /paper, sandbox or live/],
    ['paper at an exchange', binance({ mode: 'paper' }), 'mode', /paper belongs to the venue paper/],
    ['a market that is not spot', binance({ marketType: 'swap' }), 'marketType', /swap is not supported/],
    [
      'a key instead of its place',
      binance({ keys: { apiKey: 'abc', secret: 'env:S' } }),
      'keys.apiKey',
      /never the key/,
    ],
    ['no keys', binance({ keys: undefined }), 'keys', /apiKey and secret/],
    ['a symbol that is none', binance({ instruments: ['BTCUSDT'] }), 'instruments.0', /spot symbols/],
    ['no symbol', binance({ instruments: [] }), 'instruments', /at least one/],
    ['a symbol twice', binance({ instruments: ['BTC/USDT', 'BTC/USDT'] }), 'instruments', /twice/],
    ['two currencies', binance({ instruments: ['BTC/USDT', 'BTC/EUR'] }), 'instruments', /USDT; BTC\/EUR is not/],
    ['a sandbox that does not exist', binance({ venue: 'kraken' }), 'mode', /Kraken has no sandbox/],
    [
      'a live account elsewhere',
      binance({ mode: 'live', baseUrl: 'https://x.test' }),
      'baseUrl',
      /talks to its exchange/,
    ],
    ['a stream without its base', binance({ streamUrl: 'wss://x.test' }), 'streamUrl', /together with baseUrl/],
    ['an address of another kind', binance({ baseUrl: 'ftp://x.test' }), 'baseUrl', /https:\/\/ or http:\/\//],
    ['an address with a log-in', binance({ baseUrl: 'https://me:pw@x.test' }), 'baseUrl', /no log-in/],
    ['OKX without its password', binance({ venue: 'okx' }), 'keys.password', /OKX needs one/],
    [
      'a password that nobody wants',
      binance({ keys: { apiKey: 'env:A', secret: 'env:B', password: 'env:C' } }),
      'keys.password',
      /has none/,
    ],
    ['leverage on spot', binance({ policy: { maxLeverage: '3' } }), 'policy.maxLeverage', /at most 1/],
    ['a limit out of range', binance({ policy: { maxRiskPerTrade: '2' } }), 'policy.maxRiskPerTrade', /at most 1/],
    ['a window out of range', binance({ timings: { validityWindow: 1 } }), 'timings.validityWindow', /from 500/],
    ['a field that is none', binance({ apiKey: 'x' }), 'apiKey', /not a field/],
    ['the built-in name', binance({ name: 'paper' }), 'name', /built-in/],
    ['paper at paper without cash', { name: 'p2', venue: 'paper', mode: 'paper' }, 'openingCash', /above 0/],
  ])('does not describe %s', (_what, entry, field, rule) => {
    const problems = problemsOf([entry]);
    expect(problems).toContainEqual(expect.objectContaining({ field, rule: expect.stringMatching(rule) as string }));
    expect(problems.every(({ account }) => account === String(Reflect.get(entry, 'name')))).toBe(true);
  });

  it('lets a venue without a sandbox be tried against another address, but never with LIVE=1', () => {
    const simulated = binance({ venue: 'kraken', baseUrl: 'http://127.0.0.1:9', streamUrl: 'ws://127.0.0.1:9' });
    expect(read([simulated]).exchange[0]?.baseUrl).toBe('http://127.0.0.1:9');
    expect(problemsOf([simulated], true).map(({ field }) => field)).toEqual(['baseUrl', 'streamUrl']);
  });

  it('names accounts once, and gives no key to two', () => {
    expect(problemsOf([binance(), binance({ keys: { apiKey: 'env:O', secret: 'env:P' } })])).toEqual([
      { account: 'main', field: 'name', rule: 'is used twice' },
    ]);
    expect(problemsOf([binance(), binance({ name: 'other' })])).toEqual([
      { account: 'other', field: 'keys.apiKey', rule: 'is the key of main too' },
    ]);
  });

  it.each(['{', '[]', '{"accounts": {}}'])('is refused as a whole when it is %s', (text) => {
    expect(() => read(text)).toThrow(SettingsError);
  });

  it('tells account, field and rule in one line, and never a value', () => {
    const secret = 'AKIA-very-secret';
    expect(() => read([binance({ keys: { apiKey: secret, secret: 'env:S' } })])).toThrow(
      /ACCOUNTS_FILE: account main, keys\.apiKey: must be env:NAME/,
    );
    expect(() => read([binance({ keys: { apiKey: secret, secret: 'env:S' } })])).not.toThrow(new RegExp(secret));
    expect(() => read([7])).toThrow(/account #1/);
    expect(() => loadAccounts(loadSettings({ ACCOUNTS_FILE: '/nonexistent' }))).toThrow(/cannot be read/);
  });
});

describe('accounts by environment', () => {
  it('are named after their exchange, at its sandbox while LIVE=0', () => {
    const env = { BINANCE_API_KEY: 'k', BINANCE_SECRET: 's', KRAKEN_API_KEY: 'k', KRAKEN_SECRET: 's' };
    const { exchange } = loadAccounts(loadSettings({ ...env, BINANCE_INSTRUMENTS: 'SOL/EUR, BTC/EUR' }));
    expect(exchange.map(({ currency, instruments, mode, name }) => ({ currency, instruments, mode, name }))).toEqual([
      { name: 'binance', mode: 'sandbox', currency: 'EUR', instruments: ['SOL/EUR', 'BTC/EUR'] },
      // It has none: the account stays off.
      { name: 'kraken', mode: 'live', currency: 'USD', instruments: ['BTC/USD', 'ETH/USD'] },
    ]);
    const live = loadAccounts(loadSettings({ ...env, LIVE: '1', PAPER_CLOCK: 'live' }));
    expect(live.exchange[0]?.mode).toBe('live');
  });

  it('give way to a file, so that no key has two accounts', () => {
    const settings = loadSettings({ BINANCE_API_KEY: 'k', BINANCE_SECRET: 's', ACCOUNTS_FILE: 'f' });
    expect(loadAccounts(settings, () => '{"accounts": []}')).toEqual({ exchange: [], ib: [], paper: [] });
  });

  it.each([
    [{ BINANCE_API_KEY: 'k' }, 'BINANCE_SECRET'],
    [{ BYBIT_SECRET: 's' }, 'BYBIT_API_KEY'],
    [{ OKX_API_KEY: 'k', OKX_SECRET: 's' }, 'OKX_PASSWORD'],
    [{ OKX_INSTRUMENTS: 'BTC/USDT,BTC/EUR' }, 'OKX_INSTRUMENTS'],
    [{ BINANCE_API_KEY: 'changeme', BINANCE_SECRET: 's', LIVE: '1', PAPER_CLOCK: 'live' }, 'BINANCE_API_KEY'],
  ])('need all of %j', (env, name) => {
    expect(() => loadSettings(env)).toThrow(new RegExp(`${name}: `));
  });

  it('leave no secret in the settings', () => {
    const settings = loadSettings({ BINANCE_API_KEY: 'key-value', BINANCE_SECRET: 'secret-value' });
    expect(JSON.stringify([settings, loadAccounts(settings)])).not.toMatch(/key-value|secret-value/);
  });
});

describe('the keys of an account', () => {
  const keys = { apiKey: 'env:K', secret: 'env:S' };
  const account = (changes: Partial<ExchangeAccount> = {}) => ({ keys, mode: 'sandbox' as const, ...changes });

  it('are read from the environment or from files', () => {
    const folder = mkdtempSync(join(tmpdir(), 'keys-'));
    writeFileSync(join(folder, 'secret'), 'from-file\n');
    const mixed = account({ keys: { apiKey: 'env:K', secret: `file:${join(folder, 'secret')}`, password: 'env:P' } });
    expect(readCredentials(mixed, { K: 'from-env', P: 'p' })).toEqual({
      apiKey: 'from-env',
      secret: 'from-file',
      password: 'p',
    });
    writeFileSync(join(folder, 'secret'), ' \n');
    expect(() => readCredentials(mixed, { K: 'from-env', P: 'p' })).toThrow(/is empty/);
    rmSync(folder, { recursive: true });
    expect(() => readCredentials(mixed, { K: 'from-env', P: 'p' })).toThrow(/cannot be read/);
  });

  it('that are missing are named by their place, and a placeholder is none on a live account', () => {
    expect(() => readCredentials(account(), { K: 'k' })).toThrow(new SecretError('secret', 'env:S', 'is not set'));
    expect(() => readCredentials(account({ mode: 'live' }), { K: 'changeme', S: 'x' })).toThrow(/apiKey.*placeholder/);
    expect(readCredentials(account(), { K: 'changeme', S: 'x' }).apiKey).toBe('changeme');
  });
});
