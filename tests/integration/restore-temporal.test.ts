import { clientOrderId, paramsHash } from '../../activities/execution/client-order-id';
import { openCcxtBroker } from '../../brokers/ccxt/open-broker';
import { AccountRestores } from '../../database/account-restores';
import type { Manifest } from '../../database/backup/manifest';
import { HaltStore } from '../../database/halt-progress';
import { engageHalt, releaseHalt } from '../../database/halts';
import { openDatabase } from '../../database/pool';
import type { HaltScope } from '../../domain/halt/halt';
import { decimalString as d } from '../../domain/money/decimal';
import { makeKey } from '../../simulators/exchange/keys';
import { simulatedInstruments, startSimulator } from '../../simulators/exchange/start';
import type { Simulator } from '../../simulators/exchange/server';
import { exitUpdate } from '../../temporal/messages/trade';
import { applySchedules } from '../../temporal/schedules/apply';
import { pauseSchedule } from '../../temporal/schedules/client';
import type { ScheduleDefinition } from '../../temporal/schedules/definition';
import { failureOf, readSchedule } from '../../temporal/schedules/read';
import type { OpenBroker } from '../../workers/exchange-accounts';
import { BackupStage, withClient } from '../support/backup-stage';
import { runCli } from '../support/cli';
import type { CliResult } from '../support/cli';
import { createEmptyDatabase, createTestDatabase } from '../support/database';
import type { TestDatabase } from '../support/database';
import { exchangeAccount } from '../support/exchange-stage';
import { NO_GATE } from '../support/exchange-harness';
import { Harness } from '../support/harness';
import { Desk } from '../support/journal-desk';
import { accept, differencesOf, reconcile } from '../support/reconcile-stage';

const ACCOUNT = 'binance-sim';
const [INSTRUMENT = ''] = simulatedInstruments('binance');
const key = makeKey('binance');
/** Without a budget of requests: what this test sees does not hang on how often a busy machine polls. */
const openBroker: OpenBroker = (options) => openCcxtBroker({ ...options, gate: NO_GATE });
const temporalAddress = process.env['TEST_TEMPORAL_ADDRESS'] ?? '';

const schedule = (id: string, tag: ScheduleDefinition['tag'], every: '1s' | '300d'): ScheduleDefinition => ({
  ...{ id, tag, times: { intervals: [{ every }] }, timeZone: 'UTC', overlap: 'skip', catchupWindow: '10s' },
  // Nobody serves it: each run is over after a second.
  workflow: { type: 'nothing', taskQueue: 'nobody', timeout: '1s' },
  ...{ purpose: 'Does nothing.', failureMeans: 'Nothing was done.' },
});

/**
 * A stack on a real Temporal server whose account is at a venue of its own, which no restore takes back. After the backup a
 * position is sold, a trade of the dump buys, another one is accepted and buys, and three halts come and go; then the
 * database is lost.
 */
describe('a database that is lost and restored while Temporal and the venue go on', () => {
  let venue: Simulator;
  let before: Harness;
  let after: Harness;
  let stage: BackupStage;
  let manifest: Manifest;
  let trades: { readonly sold: string; readonly bought: string; readonly forgotten: string };
  let lastEpoch = 0;
  let restored: CliResult;
  let control: CliResult;
  const databases: TestDatabase[] = [];
  const opened: Harness[] = [];

  const workersOf = async (harness: Harness): Promise<{ stop: () => Promise<void> }> => {
    const { url: baseUrl, streamUrl } = venue;
    // Binance's own read lag of two minutes would be waited out twice.
    const timings = { validityWindow: 2_000, readLag: 50, pollEvery: 100 };
    const accounts = [exchangeAccount({ name: ACCOUNT, instruments: [INSTRUMENT], baseUrl, streamUrl, timings })];

    const exchange = { accounts, live: false, address: 'test', credentialsOf: () => key, openBroker };
    return harness.work(undefined, await harness.wire({ exchange }));
  };
  const accepted = (name: string, start: boolean): Promise<string> =>
    before.accept(
      name,
      { ...{ account: ACCOUNT, instrument: INSTRUMENT, direction: 'long' }, stopPrice: d('50'), maxQuantity: d('10') },
      { start },
    );
  const protectedIn = (harness: Harness, tradeId: string) =>
    harness.untilFacts(tradeId, 'protected', ({ phase, orders }) => {
      const stop = orders.find(({ leg, state }) => leg === 'stop' && state === 'open');
      return phase === 'managing' && stop !== undefined;
    });
  /** What the venue has of its orders: side, kind and state, oldest first. */
  const atVenue = (): readonly string[] =>
    venue.ledger.orders.map(({ side, state, terms }) => `${side} ${terms.type} ${state}`);
  const LEFT_AT_VENUE = [
    ...['buy market filled', 'sell stop cancelled', 'sell market filled'],
    ...['buy market filled', 'sell stop open', 'buy market filled', 'sell stop open'],
  ];
  const globalEpoch = async (databaseUrl: string): Promise<number> =>
    withClient(databaseUrl, async (client) => {
      const { rows } = await client.query<{ epoch: string }>(
        `SELECT epoch FROM kill_switch WHERE scope = 'global' AND engaged AND mode = 'halt-all'`,
      );
      return Number(rows[0]?.epoch);
    });
  const empty = async (): Promise<TestDatabase> => {
    const database = await createEmptyDatabase();
    databases.push(database);
    return database;
  };
  const restoreInto = ({ url }: TestDatabase, env: Record<string, string>): Promise<CliResult> =>
    runCli(['backup', 'restore', manifest.id, '--into', url], { env: { BACKUP_DIR: stage.folder.path, ...env } });
  const release = () => releaseHalt(after.database, { scope: 'global', reason: 'looked at', actor: 'boss' });
  const paused = (id: string) =>
    readSchedule(before.client, id).then((state) => (state?.paused === true ? state.note : 'runs'));

  async function haltOnce(): Promise<number> {
    const wish = {
      mode: 'reduce-only',
      flatten: false,
      source: 'operator',
      reason: 'a test',
      actor: 'tester',
    } as const;
    const scope = 'strategy:none' as HaltScope;
    const halt = await engageHalt(before.database, { ...wish, scope, everything: false, limited: false });
    if (!('epoch' in halt)) throw new Error(halt.result);
    await before.dispatcher().dispatch(Date.now());
    const store = new HaltStore(before.database);
    await before.poll('the halt is not done', async () => (await store.progress(halt.epoch)).finishedAt !== null);
    await releaseHalt(before.database, { scope, reason: 'over', actor: 'boss' });
    return halt.epoch;
  }

  beforeAll(async () => {
    const source = await createTestDatabase();
    databases.push(source);
    stage = new BackupStage();
    const accounts = [{ ...key, funds: { [INSTRUMENT.split('/')[1] ?? '']: '100000' } }];
    venue = await startSimulator({ venue: 'binance', port: 0, accounts, prices: 'made-up' });
    before = await Harness.open({ databaseUrl: source.url, temporalAddress, clock: { kind: 'live' } });
    opened.unshift(before);
    const { client } = before;
    await applySchedules(
      client,
      [
        ...[schedule('runs-often', 'operations', '1s'), schedule('by-hand', 'operations', '300d')],
        ...[schedule('upkeep', 'operations', '300d'), schedule('cycle', 'trading', '300d')],
        schedule('held-cycle', 'trading', '300d'),
      ],
      { standing: () => Promise.resolve(undefined), held: () => Promise.resolve() },
    );
    await pauseSchedule(client, 'by-hand', 'paused by somebody: repairs');
    const workers = await workersOf(before);
    await before.poll('the account does not open', async () => {
      const { rows } = await before.database.query(`SELECT FROM accounts WHERE name = $1 AND quarantine IS NULL`, [
        ACCOUNT,
      ]);
      return rows.length === 1;
    });
    const sold = await accepted('sold', true);
    await protectedIn(before, sold);
    const bought = await accepted('bought', false);
    manifest = await stage.take(source.url);

    await before.handle(sold).executeUpdate(exitUpdate, { args: [{ by: 'tester' }] });
    await before.until(sold, 'ended', ({ phase }) => phase === 'ended');
    await before.dispatcher().dispatch(Date.now());
    await protectedIn(before, bought);
    const forgotten = await accepted('forgotten', true);
    await protectedIn(before, forgotten);
    trades = { sold, bought, forgotten };
    for (let n = 0; n < 3; n += 1) lastEpoch = await haltOnce();
    await pauseSchedule(client, 'held-cycle', `paused by halt ${lastEpoch}`);
    await pauseSchedule(client, 'upkeep', `paused by halt ${lastEpoch}`);
    await before.poll('Temporal does not list the last halt', async () => {
      for await (const _ of client.workflow.list({ query: `KillEpoch >= ${lastEpoch}` })) return true;
      return false;
    });
    await workers.stop();
    expect(atVenue()).toEqual(LEFT_AT_VENUE);
  });
  afterAll(async () => {
    for (const harness of opened) await harness.close();
    await venue.close();
    stage.close();
    for (const database of databases) await database.drop();
  });

  it('has its schedules paused for the time of the restore; those that trade then wait for the release of its halt', async () => {
    const target = await empty();
    const blocker = openDatabase(target.url, { max: 1 });
    const hold = await blocker.connect();
    // Keeps the restore from clearing the schema, so that there is time to look.
    await hold.query('BEGIN; CREATE TABLE public.in_the_way ()');
    const restoring = restoreInto(target, { TEMPORAL_ADDRESS: temporalAddress, TEMPORAL_NAMESPACE: before.namespace });
    const note = `paused by the restore of ${manifest.id}`;
    const running = ['runs-often', 'cycle'];
    await before.poll('the schedules are not paused', async () =>
      (await Promise.all(running.map(paused))).every((one) => one === note),
    );
    await hold.query('ROLLBACK');
    hold.release();
    await blocker.end();
    restored = await restoring;
    expect(restored).toMatchObject({ code: 0, stdout: expect.stringContaining('Restored, and halted') as string });
    expect(restored.stderr).toMatch(/Paused the schedules (cycle, runs-often|runs-often, cycle)\./);
    expect(restored.stderr).toContain('Still paused by a halt from before the restore: upkeep.');
    const epoch = await globalEpoch(target.url);
    expect(
      Object.fromEntries(
        await Promise.all([...running, 'held-cycle', 'by-hand', 'upkeep'].map(async (id) => [id, await paused(id)])),
      ),
    ).toEqual({
      'runs-often': 'runs',
      cycle: `paused by halt ${epoch}`,
      'held-cycle': `paused by halt ${epoch}`,
      'by-hand': 'paused by somebody: repairs',
      upkeep: `paused by halt ${lastEpoch}`,
    });
    after = await Harness.open({
      ...{ databaseUrl: target.url, temporalAddress, namespace: before.namespace, account: before.account },
      clock: { kind: 'live' },
    });
    opened.unshift(after);
  });

  it('is halted above every epoch that Temporal has seen; without reading it the epoch would be one of the past', async () => {
    const epoch = await globalEpoch(databases.at(-1)?.url ?? '');
    expect(epoch).toBe(lastEpoch + 1);
    const blind = await empty();
    control = await restoreInto(blind, {});
    expect(control.stderr).toContain('no epoch is read from it');
    expect(await globalEpoch(blind.url)).toBeLessThanOrEqual(lastEpoch);
    // A restore that fails leaves the schedules as they were.
    const failed = await restoreInto(blind, {
      TEMPORAL_ADDRESS: temporalAddress,
      TEMPORAL_NAMESPACE: before.namespace,
    });
    expect(failed).toMatchObject({ code: 3, stderr: expect.stringContaining('not empty') as string });
    expect(await Promise.all(['runs-often', 'cycle'].map(paused))).toEqual(['runs', `paused by halt ${epoch}`]);
  });

  it('sends nothing, not even what reduces, and dispatches no trade before the venue was read', async () => {
    // The very exit that was sent after the dump: what the books make of it now is met by what the venue shows of it.
    const desk = new Desk(after.database, ACCOUNT, 'binance');
    const exit = desk.order(trades.sold, 'exit', 'sell', 10, { instrument: INSTRUMENT });
    const id = clientOrderId(await after.journal.installationId(), 'binance', ACCOUNT, exit.intentId);
    const request = { ...exit.request, clientOrderId: id };
    expect(await desk.refusal({ ...exit, request, paramsHash: paramsHash(request) })).toBe('quarantined');
    expect(await after.trades.openTrades()).toEqual([]);
    await after.dispatcher().dispatch(Date.now());
    expect(await release()).toEqual({ result: 'restoring' });
    expect(atVenue()).toEqual(LEFT_AT_VENUE);
  });

  it('reads at the venue what the dump does not know, and lists what no trade of it explains', async () => {
    await workersOf(after);
    const restores = new AccountRestores(after.database);
    let seen: unknown;
    await after.poll(
      'the venue is not read to its end',
      async () => {
        const { rows } = await after.database.query('SELECT account, problems FROM venue_snapshots');
        seen = [await restores.list(), rows];
        return ((await restores.held(ACCOUNT))?.cleanLooks ?? 0) > 1;
      },
      () => seen,
    );
    expect((await restores.held(ACCOUNT))?.findings).toMatchObject([
      // Less the fee that was taken in kind, in whole lots.
      { kind: 'order', side: 'sell', quantity: '9.99' },
      { kind: 'fill', side: 'buy', quantity: '10' },
    ]);
    // What was sold after the dump is nowhere a position that could be protected or sold again.
    expect((await after.trades.facts(trades.sold)).orders.map(({ leg, state }) => [leg, state])).toContainEqual([
      'exit',
      'filled',
    ]);
    expect(Number((await after.row(trades.sold)).position)).toBeLessThan(0.01);
    expect((await after.trades.facts(trades.bought)).protection).toEqual({ stopPrice: '50' });
    expect(Number((await after.row(trades.bought)).position)).toBeGreaterThanOrEqual(9.98);
    // The workflow of the trade that the books never had ends, and says why.
    const orphan = after.handle(trades.forgotten);
    await after.poll('it goes on', async () => (await orphan.describe()).status.name === 'FAILED');
    expect(await failureOf(after.client, orphan.workflowId)).toContain(`no trade ${trades.forgotten}`);
    expect(await after.trades.openTrades()).toEqual([]);
    expect(await release()).toEqual({ result: 'restoring' });
    expect(atVenue()).toEqual(LEFT_AT_VENUE);
  });

  it('is released when a person has accepted that and every account agrees with its venue; nothing was sent twice', async () => {
    const restores = new AccountRestores(after.database);
    const ask = { account: ACCOUNT, by: 'boss', reason: 'closed by hand at the venue' };
    expect(await restores.accept(ask)).toBe('accepted');
    await after.poll('an account is still held', async () => {
      const { rows } = await after.database.query('SELECT FROM accounts WHERE quarantine IS NOT NULL');
      return rows.length === 0 && (await restores.list()).every(({ caughtUpAt }) => caughtUpAt !== null);
    });
    expect(await release()).toEqual({ result: 'unreconciled' });
    await after.dispatcher().dispatch(Date.now());
    await after.until(trades.sold, 'ended', ({ phase }) => phase === 'ended');
    await protectedIn(after, trades.bought);
    await reconcile(after, after.account);
    await reconcile(after, ACCOUNT);
    for (const { id, state } of await differencesOf(after, ACCOUNT)) if (state === 'open') await accept(after, id);
    expect(await reconcile(after, ACCOUNT)).toMatchObject({ state: 'agreed' });
    expect(await release()).toMatchObject({ result: 'released', epoch: lastEpoch + 1 });
    await after.dispatcher().dispatch(Date.now());
    for (const id of ['cycle', 'held-cycle']) expect(await paused(id)).toBe('runs');
    // The fence stays passed for what was accepted before: the trade that bought never buys again.
    const desk = new Desk(after.database, ACCOUNT, 'binance');
    const again = desk.order(trades.bought, 'entry', 'buy', 1, { revision: 2, instrument: INSTRUMENT });
    await desk.approve(again, 1);
    expect(await desk.refusal(again)).toBe('halted');
    expect(atVenue()).toEqual(LEFT_AT_VENUE);
  });
});
