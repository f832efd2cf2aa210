import { openChannels } from '../channels/open-channels';
import { AlertDeliveries } from '../database/alert-deliveries';
import { findAlert, listAlerts } from '../database/alert-registry';
import { clearAlert, raiseAlert, replaceAlert } from '../database/alerts';
import { engageHalt, releaseHalt } from '../database/halts';
import { GLOBAL_SCOPE } from '../domain/halt/halt';
import type { HaltScope } from '../domain/halt/halt';
import { startReceiver } from '../tests/support/receiver';
import type { Receiver } from '../tests/support/receiver';
import { createSeededDatabase, storeFilledEntry, storeTrade } from '../tests/support/seeded-database';
import type { SeededDatabase } from '../tests/support/seeded-database';
import { alertMetrics } from '../telemetry/alert-metrics';
import { createMetrics } from '../telemetry/metrics';
import { AlertMonitor } from './alert-monitor';

const HOUR = 3_600_000;
let db: SeededDatabase;
let http: Receiver;
let now: number;
const metrics = createMetrics({ service: 'test', version: '0', processSeries: false });
const logged: unknown[] = [];
const near: { calendar: string; daysLeft: number; near: boolean }[] = [];
const series = alertMetrics(metrics.registry);

beforeAll(async () => {
  http = await startReceiver();
});
beforeEach(async () => {
  db = await createSeededDatabase();
  now = Date.now();
  for (const list of [http.received, http.replies, logged, near]) list.length = 0;
});
afterEach(() => db.close());
afterAll(() => http.close());

const ALL = { webhookUrl: '/hook', slackUrl: '/slack', slackCriticalUrl: '/loud', pagerDuty: '' };
type Setting = Partial<typeof ALL>;

function monitor(setting: Setting = ALL): AlertMonitor {
  const { pagerDuty, ...hooks } = setting;
  const urls = Object.fromEntries(Object.entries(hooks).map(([name, path]) => [name, `${http.url}${path}`]));
  const pager = pagerDuty === undefined ? {} : { pagerDuty: { routingKey: 'R0', baseUrl: http.url } };
  const deps = {
    database: db.database,
    horizons: () => near,
    deliveries: new AlertDeliveries(db.database),
    channels: openChannels({ ...urls, ...pager }),
    metrics: series,
    now: () => now,
  };
  return new AlertMonitor(deps, { warn: (facts: unknown) => void logged.push(facts) } as ConstructorParameters<
    typeof AlertMonitor
  >[1]);
}

const sent = () => http.received.map(({ path }) => path).sort();
const broken = { cause: 'books-differ', severity: 'critical', title: 'The books differ' } as const;
const late = { cause: 'backup-late', severity: 'warning', title: 'The backup is late' } as const;

describe('telling of an alert', () => {
  it('each channel hears once what is for it, however often and in how many processes one looks', async () => {
    await raiseAlert(db.database, broken);
    await raiseAlert(db.database, late);
    await Promise.all([monitor().look(), monitor().look(), monitor().look()]);
    await monitor().look();
    expect(sent()).toEqual(['/hook', '/hook', '/loud', '/slack', '/v2/enqueue']);
    expect(logged).toEqual([]);
    const text = await metrics.registry.metrics();
    expect(text).toContain('alert_deliveries_total{channel="slack",result="delivered",service="test"} 1');
    expect(text).toContain('alerts_open{severity="critical",service="test"} 1');
  });

  it('a critical one that stands says so after four hours, and its end is told', async () => {
    await raiseAlert(db.database, broken);
    const only = monitor({ pagerDuty: '' });
    await only.look();
    now += 4 * HOUR - 60_000;
    await only.look();
    expect(http.received).toHaveLength(1);
    now += 60_000;
    await only.look();
    await clearAlert(db.database, broken.cause);
    await only.look();
    now += 9 * HOUR;
    await only.look();
    expect(http.received.map(({ body }) => body['event_action'])).toEqual(['trigger', 'trigger', 'resolve']);
  });

  it('what was over before anybody was told, and what another alert replaced, says nothing', async () => {
    await raiseAlert(db.database, late);
    await clearAlert(db.database, late.cause);
    await raiseAlert(db.database, { ...late, cause: 'step:14' });
    const only = monitor({ slackUrl: '/slack' });
    await only.look();
    await replaceAlert(db.database, 'step:14');
    await only.look();
    expect(sent()).toEqual(['/slack']);
  });
});

describe('a channel that fails', () => {
  const only = { webhookUrl: '/hook' };
  const states = async () => {
    const { items } = await listAlerts(db.database, {}, { limit: 10 });
    const details = await Promise.all(items.map(({ id }) => findAlert(db.database, id)));
    return details
      .flatMap((alert) => alert?.deliveries ?? [])
      .map(({ kind, state, attempts, reason }) => [kind, state, attempts, reason]);
  };

  it('is tried again after a pause, with the same key', async () => {
    http.replies.push({ status: 503 }, 'drop');
    await raiseAlert(db.database, late);
    await monitor(only).look();
    await monitor(only).look();
    expect(await states()).toEqual([['raised', 'pending', 1, 'http 503']]);
    now += 5_000;
    await monitor(only).look();
    now += 10_000;
    await monitor(only).look();
    expect(http.received).toHaveLength(3);
    expect(new Set(http.received.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
    expect(await states()).toMatchObject([['raised', 'delivered', 3, expect.stringContaining('no connection')]]);
  });

  it('that refuses is an alert everywhere else, until it takes a message again', async () => {
    http.replies.push({ status: 404 });
    await raiseAlert(db.database, late);
    await monitor({ slackUrl: '/slack' }).look();
    await monitor({ slackUrl: '/slack', webhookUrl: '/hook' }).look();
    expect(http.received.map(({ path, body }) => [path, body['cause']])).toEqual([
      ['/slack', undefined],
      ['/hook', 'backup-late'],
      ['/hook', 'alert-channel:slack'],
    ]);
    await raiseAlert(db.database, { ...late, cause: 'another' });
    await monitor({ slackUrl: '/slack' }).look();
    const { items } = await listAlerts(db.database, { open: true }, { limit: 10 });
    expect(items.map(({ cause }) => cause).sort()).toEqual(['another', 'backup-late']);
  });

  it('a process that died while it sent is taken for it after a minute, and the end waits for that', async () => {
    await raiseAlert(db.database, late);
    const dead = new AlertDeliveries(db.database);
    await dead.plan(['webhook'], now);
    const [claimed] = await dead.claim(['webhook'], now, 10);
    await clearAlert(db.database, late.cause);
    await monitor(only).look();
    expect(http.received).toEqual([]);
    now += 61_000;
    await monitor(only).look();
    expect(http.received.map(({ body }) => [body['id'], body['kind']])).toEqual([
      [claimed?.key, 'raised'],
      [claimed?.key.replace('raised', 'cleared'), 'cleared'],
    ]);
    // The dead one comes back: what it has to say of its attempt counts no more.
    if (claimed !== undefined) await dead.retry(claimed, now, 'timeout');
    await monitor(only).look();
    expect(http.received).toHaveLength(2);
  });

  it('is given up after a day', async () => {
    http.replies.push({ status: 500 });
    await raiseAlert(db.database, late);
    await monitor(only).look();
    now += 25 * HOUR;
    await monitor(only).look();
    expect(await states()).toContainEqual(['raised', 'refused', 1, 'http 500']);
  });

  it('of the fifth attempt on is an alert itself', async () => {
    http.replies.push(...Array.from({ length: 5 }, () => ({ status: 500 })));
    await raiseAlert(db.database, late);
    for (let n = 0; n < 5; n += 1) {
      await monitor(only).look();
      now += 900_000;
    }
    const { items } = await listAlerts(db.database, { open: true }, { limit: 10 });
    expect(items.map(({ cause }) => cause)).toContain('alert-channel:webhook');
  });
});

describe('what stands is an alert for as long as it stands', () => {
  const open = async () =>
    (await listAlerts(db.database, { open: true }, { limit: 50 })).items.map(
      ({ cause, severity }) => `${severity} ${cause}`,
    );

  it('a halt by a trip, and none by a person', async () => {
    const wish = {
      scope: 'account:paper' as HaltScope,
      mode: 'reduce-only',
      flatten: false,
      everything: false,
      limited: false,
    } as const;
    await engageHalt(db.database, { ...wish, scope: GLOBAL_SCOPE, source: 'operator', reason: 'x', actor: 'me' });
    const halt = await engageHalt(db.database, {
      ...wish,
      source: 'trip',
      trip: 'daily-loss',
      reason: 'lost',
      actor: 'trip:daily-loss',
    });
    await monitor().look();
    const epoch = 'epoch' in halt ? halt.epoch : 0;
    expect(await open()).toEqual([`critical halt:${epoch}`]);
    await releaseHalt(db.database, { scope: 'account:paper', reason: 'ok', actor: 'me' });
    await monitor().look();
    expect(await open()).toEqual([]);
  });

  it('a trade with attention, an order long in doubt, a calendar near its end', async () => {
    const trade = await storeTrade(db.database, 'odd');
    const order = 'a'.repeat(32);
    await storeFilledEntry(db.database, trade, order);
    await db.database.query(`UPDATE trades SET attention = 'books_differ' WHERE id = $1`, [trade]);
    await db.database.query(`UPDATE orders SET state = 'unknown', updated_at = now() - interval '11 minutes'`);
    near.push({ calendar: 'NYSE', daysLeft: 20, near: true }, { calendar: 'FX', daysLeft: 2_000, near: false });
    await monitor().look();
    expect((await open()).sort()).toEqual([
      'warning calendar-coverage:NYSE',
      `warning order-unknown:${order}`,
      `warning trade-attention:${trade}`,
    ]);
    near.length = 0;
    await db.database.query(`UPDATE orders SET state = 'filled'`);
    await db.database.query('UPDATE trades SET attention = NULL');
    await raiseAlert(db.database, late);
    await monitor().look();
    expect(await open()).toEqual(['warning backup-late']);
  });
});

it('a database that is away is logged, and the loop ends when told', async () => {
  const running = monitor();
  running.start();
  await running.stop();
  await db.database.query('ALTER TABLE alerts RENAME TO alerts_lost');
  await monitor().look();
  expect(logged).toHaveLength(3);
});
