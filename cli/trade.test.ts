import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  createSeededDatabase,
  storeFilledEntry,
  storeTrade,
  type SeededDatabase,
} from '../tests/support/seeded-database';
import { openTestApi, type TestApi } from '../tests/support/api';
import { runCli, type CliResult } from '../tests/support/cli';
import type { Role } from '../domain/access/role';

let db: SeededDatabase;
let test: TestApi;
let server: Server;
beforeEach(async () => {
  db = await createSeededDatabase();
  test = await openTestApi(db.url);
  server = createServer(test.api.app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await test.close();
  await db.close();
});

function cli(role: Role, ...line: string[]): Promise<CliResult> {
  const { port } = server.address() as AddressInfo;
  const env = { TRADEWIND_API_URL: `http://127.0.0.1:${port}/`, TRADEWIND_API_KEY: test.keys[role] };
  return runCli(line, { env, fetch: (url, init) => fetch(url, init) });
}

const manual = [
  'trade',
  'start',
  '--account',
  'paper',
  '--instrument',
  'US500',
  '--strategy',
  'manual',
  '--direction',
  'long',
  '--stop',
  '2400',
];

describe('trade start', () => {
  it('starts a trade with every option, shows it, and ends with 0', async () => {
    const more =
      '--entry stop-limit --price 2450 --stop-price 2449 --take-profit 2500 --trailing-bps 150 --trailing-native --trailing-limit-offset 0.5 --time-exit 2d --max-quantity 1.5 --max-notional 4000 --when-closed wait --approval-deadline 10m --unfilled-timeout 1h --time-in-force DAY --valid-until 2017-06-16T20:00:00Z --key mine';
    const { code, stderr, stdout } = await cli('trader', ...manual, ...more.split(' '));
    expect(code).toBe(0);
    expect(stderr).toBe('It goes on by itself. Look again: ./tradewind trade show paper:mine\n');
    expect(stdout).toMatch(/^trade: +paper:mine$/m);
    expect(stdout).toMatch(/^phase: +accepted$/m);
    expect(stdout).toContain('No orders.');
    const { rows } = await db.database.query<{ spec: object }>('SELECT spec FROM trades');
    expect(rows[0]?.spec).toEqual({
      account: 'paper',
      instrument: 'US500',
      strategy: 'manual',
      direction: 'long',
      stopPrice: '2400',
      entry: { type: 'stop-limit', price: '2450', stopPrice: '2449' },
      takeProfitPrice: '2500',
      trailing: { bps: 150, native: true, limitOffset: '0.5' },
      timeExitSeconds: 172_800,
      maxQuantity: '1.5',
      maxNotional: '4000',
      whenClosed: 'wait',
      approvalDeadlineSeconds: 600,
      unfilledTimeoutSeconds: 3_600,
      timeInForce: 'DAY',
      validUntil: '2017-06-16T20:00:00.000Z',
    });
  });

  it('enters by a trailing order, with its stop at a distance', async () => {
    const options =
      '--entry trailing-stop-limit --stop-price 2460 --trail-amount 5 --limit-offset 1 --stop-distance 20 --key trails';
    const { code } = await cli('trader', ...manual.slice(0, -2), ...options.split(' '));
    expect(code).toBe(0);
    const { rows } = await db.database.query<{ spec: object }>("SELECT spec FROM trades WHERE key = 'trails'");
    expect(rows[0]?.spec).toMatchObject({
      entry: { type: 'trailing-stop-limit', stopPrice: '2460', trailAmount: '5', limitOffset: '1' },
      stopDistance: '20',
      timeInForce: 'GTC',
    });
    const { code: refused, stderr } = await cli('trader', ...manual, '--entry', 'trailing-stop', '--trail-bps', '20');
    expect(refused).toBe(2);
    expect(stderr).toContain('--stop-distance: a trailing entry needs a stopDistance');
    expect(stderr).toContain('--stop: a trailing entry takes no stopPrice');
  });

  it('prints one JSON document with --json, and nothing else', async () => {
    const { code, stdout } = await cli('trader', ...manual, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ account: 'paper', phase: 'accepted', orders: [] });
  });

  it('names the options whose rules were broken, and ends with 2', async () => {
    const { code, stderr } = await cli('trader', ...manual, '--entry', 'limit', '--take-profit', '1');
    expect(code).toBe(2);
    expect(stderr).toContain('--price: a limit entry needs a price');
    const unknown = await cli(
      'trader',
      'trade',
      'start',
      '--account',
      'nobody',
      '--instrument',
      'US500',
      '--strategy',
      'technical',
    );
    expect(unknown).toMatchObject({ code: 2 });
    expect(unknown.stderr).toContain('--account must be one of: paper');
  });

  it('that the kill switch refuses ends with 3', async () => {
    await db.database.query(`SELECT engage_halt('global', 'reduce-only', false, 'test', 'test')`);
    const { code, stderr } = await cli('trader', ...manual);
    expect(code).toBe(3);
    expect(stderr).toBe('tradewind: The kill switch is engaged for global; nothing was stored.\n');
  });

  it('with a role too low ends with 1 and says which role is needed', async () => {
    const { code, stderr } = await cli('viewer', ...manual);
    expect(code).toBe(1);
    expect(stderr).toContain('needs the role trader');
  });

  it('while Temporal is away says that the trade is stored, and a repeat says that it was there', async () => {
    test.trades.startAnswer = { kind: 'unreachable' };
    expect((await cli('trader', ...manual, '--key', 'k')).stderr).toContain('the trade is stored');
    expect((await cli('trader', ...manual, '--key', 'k')).stderr).toContain('was used before');
    const other = await cli('trader', ...manual, '--key', 'k', '--max-quantity', '1');
    expect(other).toMatchObject({ code: 1 });
  });
});

describe('trade list, show and timeline', () => {
  it('show tables for people and JSON for programs', async () => {
    const id = await storeTrade(db.database, 'first');
    await storeFilledEntry(db.database, id, 'a'.repeat(32));
    await db.database.query(`UPDATE trades SET attention = 'unknown_order' WHERE id = $1`, [id]);
    await storeTrade(db.database, 'second');

    const list = await cli('viewer', 'trade', 'list', '--account', 'paper', '--phase', 'accepted', '--attention');
    expect(list.stdout.split('\n')[0]).toMatch(/^ID +INSTRUMENT +STRATEGY +DIRECTION +PHASE/);
    expect(list.stdout).toContain('paper:first');
    expect(list.stdout).not.toContain('paper:second');
    const page = await cli('viewer', 'trade', 'list', '--limit', '1');
    expect(page.stdout).toMatch(/There are more: repeat with --cursor \S+/);
    const rest = await cli(
      'viewer',
      'trade',
      'list',
      '--limit',
      '1',
      '--cursor',
      /--cursor (\S+)/.exec(page.stdout)?.[1] ?? '',
      '--json',
    );
    expect(JSON.parse(rest.stdout)).toMatchObject({ items: [{ id }], nextCursor: null });

    const shown = await cli('viewer', 'trade', 'show', id);
    expect(shown.stdout).toMatch(/attention: +unknown_order/);
    expect(shown.stdout).toMatch(/FILL +LEG +SIDE +QUANTITY +PRICE +FEE/);
    expect(shown.stdout).toContain('4.861 USD');
    const fill = { side: 'buy', quantity: '2', instrument: 'US500', price: '2430.5', fee: '4.861', feeAsset: 'USD' };
    await db.database.query(`SELECT note_event($1, 'fill', 'entry', $2)`, [id, JSON.stringify(fill)]);
    await db.database.query(`SELECT note_event($1, 'order', 'filled', '{"leg": "entry", "why": null}')`, [id]);
    const timeline = await cli('viewer', 'trade', 'timeline', id);
    expect(timeline.stdout).toContain('buy 2 US500 at 2430.5, fee 4.861 USD');
    expect(timeline.stdout).toMatch(/order +filled +leg entry$/m);
    expect(timeline.stdout).toMatch(/2017-06-14 12:30:00 +phase +accepted/);
  });

  it('say so when there is nothing', async () => {
    expect((await cli('viewer', 'trade', 'list')).stdout).toBe('No trades.\n');
    expect(await cli('viewer', 'trade', 'show', 'paper:none')).toMatchObject({
      code: 1,
      stderr: 'tradewind: There is no such trade.\n',
    });
  });

  it('follow all pages of a long history', async () => {
    const id = await storeTrade(db.database, 'long');
    await db.database.query(`SELECT note_event($1, 'note', 'n' || n, '{}') FROM generate_series(1, 450) n`, [id]);
    const { stdout } = await cli('viewer', 'trade', 'timeline', id, '--json');
    expect(JSON.parse(stdout)).toHaveLength(451);
  });
});

describe('trade approve, reject, exit and cancel', () => {
  it('say where the trade stands afterwards', async () => {
    const id = await storeTrade(db.database, 'first');
    await db.database.query('SELECT advance_trade($1, $2, $3)', [id, 'awaiting-approval', '{}']);
    const approved = await cli('operator', 'trade', 'approve', id, '--max-quantity', '1', '--key', 'yes');
    expect(approved).toMatchObject({ code: 0 });
    expect(approved.stdout).toMatch(/^phase: +exiting$/m);
    expect(test.trades.acted[0]).toMatchObject({ requestId: 'approve:yes', request: { maxQuantity: '1' } });
    expect((await cli('trader', 'trade', 'cancel', id, '--json')).code).toBe(0);
  });

  it('that the phase does not take end with 3 and say what is possible', async () => {
    const id = await storeTrade(db.database, 'first');
    const { code, stderr, stdout } = await cli('trader', 'trade', 'exit', id, '--json');
    expect(code).toBe(3);
    expect(stderr).toContain('possible: cancel');
    expect(JSON.parse(stdout)).toMatchObject({
      error: { exitCode: 3, problem: { code: 'action_not_possible', possibleActions: ['cancel'] } },
    });
  });
});

describe('the other nouns', () => {
  it('show orders, accounts and clocks, and make keys', async () => {
    const id = await storeTrade(db.database, 'first');
    await storeFilledEntry(db.database, id, 'a'.repeat(32));
    const orders = await cli('viewer', 'order', 'list', '--trade', id, '--state', 'filled');
    expect(orders.stdout).toContain('a'.repeat(32));
    expect(orders.stdout).toMatch(/US500 +paper:first$/m);
    const order = await cli('viewer', 'order', 'show', 'a'.repeat(32));
    expect(order.stdout).toMatch(/ATTEMPT +STATE/);
    expect(order.stdout).toContain('buy 2 US500, market, IOC');
    expect((await cli('viewer', 'account', 'list')).stdout).toMatch(/paper +paper +paper +95134.139/);
    const account = await cli('viewer', 'account', 'show', 'paper');
    expect(account.stdout).toMatch(/maxConcentration: +0.25/);
    expect(account.stdout).toMatch(/US500 +2 +2430.5 +4861/);
    const key = await cli('admin', 'key', 'create', '--role', 'trader', '--name', 'desk', '--json');
    expect(JSON.parse(key.stdout)).toMatchObject({
      role: 'trader',
      name: 'desk',
      key: expect.stringMatching(/^tw_/) as string,
    });
    expect((await cli('admin', 'key', 'create', '--role', 'viewer')).stdout).toMatch(/^key: +tw_/);
  });

  it('move and reset the clock of a flat account, and refuse with 3 while a trade is open', async () => {
    expect((await cli('admin', 'clock', 'move', 'paper', '2017-07-03T13:00:00Z')).stdout).toMatch(
      /market time: +2017-07-03 13:00:00/,
    );
    expect((await cli('admin', 'clock', 'reset', 'paper')).stdout).toMatch(/market time: +2017-06-14 12:30:00/);
    await storeTrade(db.database, 'open');
    expect(await cli('admin', 'clock', 'reset', 'paper')).toMatchObject({ code: 3 });
  });

  it('make a key in the database itself, with a line in the audit log', async () => {
    const made = await runCli(['key', 'create', '--role', 'admin', '--local', '--json'], {
      env: { DATABASE_URL: db.url },
    });
    expect(made.code).toBe(0);
    const { key } = JSON.parse(made.stdout) as { key: string };
    expect((await test.request.get('/v1/trades').set('X-API-Key', key)).status).toBe(200);
    const { rows } = await db.database.query('SELECT actor, method, path, status FROM audit_events');
    expect(rows).toEqual([{ actor: 'local:tester', method: 'CLI', path: 'key create', status: 0 }]);
    expect(await runCli(['key', 'create', '--role', 'admin', '--local'])).toMatchObject({ code: 1 });
    const gone = { env: { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' } };
    expect(await runCli(['key', 'create', '--role', 'admin', '--local'], gone)).toMatchObject({ code: 1 });
  });
});
