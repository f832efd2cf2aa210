import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCcxtBroker } from '../brokers/ccxt/open-broker';
import { loadAccounts } from '../config/accounts';
import { EXCHANGES } from '../config/exchanges';
import type { Exchange } from '../config/exchanges';
import { readCredentials } from '../config/secrets';
import { loadSettings } from '../config/settings';
import type { Environment } from '../config/settings';
import { instant } from '../domain/clock/instant';
import { runCli } from '../tests/support/cli';
import { limit, permit, request } from '../tests/support/broker-harness';
import { NO_GATE } from '../tests/support/exchange-harness';

interface Printed {
  readonly address: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly next: readonly string[];
}

let stateDir: string;
beforeEach(() => (stateDir = mkdtempSync(join(tmpdir(), 'simulated-'))));
afterEach(() => rmSync(stateDir, { recursive: true }));

/** Runs a simulator for as long as `during` takes; answers what was printed. */
async function simulate(
  venue: Exchange,
  during: (printed: Printed) => Promise<void>,
  env: Environment = {},
): Promise<{ readonly code: number; readonly printed: Printed; readonly stderr: string }> {
  let text = '';
  const printed = (): Printed => JSON.parse(text) as Printed;
  const { code, stderr } = await runCli(['simulate', venue, '--port', '0', '--json'], {
    stdout: (more) => (text += more),
    interrupted: () => during(printed()),
    stateDir,
    env,
  });
  return { code, printed: printed(), stderr };
}

/** The broker of an account, made of nothing but the printed settings, as the process that sends orders does it. */
function brokerOf(name: string, settings: Environment): ReturnType<typeof openCcxtBroker> {
  const account = loadAccounts(loadSettings(settings)).exchange.find((one) => one.name === name);
  if (account === undefined) throw new Error(`the file has no ${name}`);
  const { baseUrl = '', instruments, mode, streamUrl = '', venue } = account;
  return openCcxtBroker({
    ...{ venue, account: name, mode, baseUrl, streamUrl, instruments, gate: NO_GATE },
    credentials: readCredentials(account, settings),
    historyFrom: instant(Date.now() - 60_000),
    // As long as the permit of a test lasts, and as Kraken takes.
    timings: { validityWindow: 4_200 },
  });
}

describe('simulate an exchange', () => {
  it.each(EXCHANGES)('%s: the printed settings make an account that has funds and takes orders', async (venue) => {
    const { code, stderr } = await simulate(venue, async ({ settings }) => {
      const broker = brokerOf(`${venue}-sim`, settings);
      const instrument = loadAccounts(loadSettings(settings)).exchange[0]?.instruments[0] ?? '';
      const balances = await broker.balances();
      expect(balances.find(({ asset }) => asset === instrument.split('/')[1])).toMatchObject({ free: '100000' });
      const outcome = await broker.submit(
        request({ account: `${venue}-sim`, instrument }, { terms: limit('50') }),
        permit(),
      );
      expect(outcome).toMatchObject({ kind: 'acked' });
    });
    expect(code).toBe(0);
    expect(stderr).toMatch(/^order \d+: buy \S+ BTC\/USDT? limit: open, 0 filled$/m);
  });

  it('keeps the other simulators in its file, and takes a key that is set already again', async () => {
    const { printed: first } = await simulate('coinbase', () => Promise.resolve());
    const { printed: other } = await simulate('okx', () => Promise.resolve());
    expect(other.settings['OKX_SIM_PASSWORD']).toMatch(/^[0-9a-f]{48}$/);
    const { printed: again } = await simulate('coinbase', () => Promise.resolve(), first.settings);
    expect(again.settings).toEqual(first.settings);
    const { exchange } = loadAccounts(loadSettings(again.settings));
    expect(exchange.map(({ baseUrl, name }) => [name, baseUrl])).toEqual([
      ['okx-sim', other.address],
      ['coinbase-sim', again.address],
    ]);
  });

  it('says so when the settings name another file of accounts', async () => {
    const { stderr } = await simulate('binance', () => Promise.resolve(), { ACCOUNTS_FILE: '/etc/accounts.json' });
    expect(stderr).toContain('ACCOUNTS_FILE names /etc/accounts.json: to keep its accounts, copy binance-sim from ');
  });

  it('prints what can be pasted, and what to type then', async () => {
    const { code, stdout } = await runCli(['simulate', 'coinbase', '--port', '0'], { stateDir });
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /\n {2}COINBASE_SIM_SECRET="-----BEGIN EC [^"\n]+-----"\nThen:\n {2}\.\/tradewind broker check/,
    );
  });
});
