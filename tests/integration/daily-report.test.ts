import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { openReportPost } from '../../channels/report-post';
import { raiseAlert } from '../../database/alerts';
import { findReport } from '../../database/daily-reports';
import { engageHalt } from '../../database/halts';
import { instant } from '../../domain/clock/instant';
import { GLOBAL_SCOPE } from '../../domain/halt/halt';
import { DAILY_REPORT_WORKFLOW } from '../../temporal/messages/daily-report';
import type { DailyReportInput, DailyReportResult } from '../../temporal/messages/daily-report';
import { OPERATIONS_QUEUE } from '../../temporal/messages/task-queues';
import { expectContract, openTestApi } from '../support/api';
import type { TestApi } from '../support/api';
import { createTestDatabase } from '../support/database';
import type { TestDatabase } from '../support/database';
import { Harness } from '../support/harness';
import { hostileNews } from '../support/hostile';
import { startMailServer, startReceiver } from '../support/receiver';
import type { MailServer, Receiver } from '../support/receiver';

const TODAY = new Date().toISOString().slice(0, 10);
let database: TestDatabase;
let harness: Harness;
let api: TestApi;
let http: Receiver;
let smtp: MailServer;

beforeAll(async () => {
  [http, smtp] = await Promise.all([startReceiver(), startMailServer()]);
  database = await createTestDatabase();
  harness = await Harness.open({
    databaseUrl: database.url,
    temporalAddress: process.env['TEST_TEMPORAL_ADDRESS'] ?? '',
    clock: { kind: 'live' },
  });
  api = await openTestApi(database.url);
  const mail = { smtpUrl: smtp.url, from: 'tradewind@example.org', to: ['ops@example.org'] };
  const reportPost = openReportPost({ mail, webhookUrl: `${http.url}/report` });
  await harness.work(['operations'], await harness.wire({ reportPost }));
});
afterAll(async () => {
  await harness.close();
  await api.close();
  await database.drop();
  await Promise.all([http.close(), smtp.close()]);
});

function report(input: DailyReportInput = { day: TODAY }): Promise<DailyReportResult> {
  return harness.client.workflow.execute<(input: DailyReportInput) => Promise<DailyReportResult>>(
    DAILY_REPORT_WORKFLOW,
    { workflowId: `report-${randomUUID()}`, taskQueue: OPERATIONS_QUEUE, args: [input] },
  );
}

/** An ended trade with an approved entry that filled two basis points above its arrival price. */
async function ended(key: string, outcome: string, code: string, profit: string): Promise<void> {
  const id = await harness.accept(key, { instrument: 'US500', direction: 'long' }, { start: false });
  const order = randomUUID().replaceAll('-', '');
  const { database: db } = harness;
  await db.query(
    `INSERT INTO orders (client_order_id, intent_id, trade_id, account, instrument, leg, revision, side, quantity, type,
       time_in_force, params_hash, increases, state, venue_filled, booked)
     SELECT $2, $1 || '/entry/1', id, account, instrument, 'entry', 1, 'buy', 2, 'market', 'IOC', 'h', true, 'filled', 2, 2
     FROM trades WHERE id = $1`,
    [id, order],
  );
  await db.query(
    `INSERT INTO approvals (client_order_id, trade_id, max_quantity, max_notional, reference_price, limits, expires_at)
     VALUES ($2, $1, 2, 10000, 1000, '{}', now())`,
    [id, order],
  );
  await db.query(
    `INSERT INTO fills (venue, account, instrument, venue_order_id, venue_fill_id, client_order_id, trade_id, side, quantity,
       price, fee, fee_asset, liquidity, market_at, position_change, cash_change)
     SELECT 'paper', account, instrument, $2, '1', $2, id, 'buy', 2, 1000.2, 0, 'USD', 'taker', now(), 0, $3 FROM trades WHERE id = $1`,
    [id, order, profit],
  );
  await db.query('SELECT end_trade($1, $2)', [id, JSON.stringify({ outcome, code })]);
}

it('a quiet day has its page, and yesterday is the day unless told', async () => {
  const { day, summary } = await report({});
  expect(day).toBe(instant(Date.now() - 86_400_000).slice(0, 10));
  expect(summary).toContain('0 trades accepted, 0 ended; 0 open alerts (0 critical); 0 standing halts');
});

it('counts trades, profit, rejections, slippage, spend, halts and alerts of the day, and is sent once', async () => {
  [http.received, smtp.letters].forEach((list) => (list.length = 0));
  await ended('won', 'completed', 'time-exit', '120.5');
  await ended('lost', 'completed', 'stop', '-40.25');
  await ended('refused', 'rejected', 'market_closed', '0');
  await ended('refused-too', 'rejected', 'daily_loss', '0');
  await raiseAlert(harness.database, { cause: 'books-differ', severity: 'critical', title: 'The books differ' });
  const wish = {
    scope: GLOBAL_SCOPE,
    mode: 'reduce-only',
    flatten: false,
    everything: false,
    source: 'operator',
  } as const;
  await engageHalt(harness.database, { ...wish, reason: 'a look', actor: 'me', limited: false });
  http.replies.push({ status: 503 });
  const { summary } = await report();
  expect(summary).toContain(`4 trades accepted, 4 ended; profit 80.25 USD on ${harness.account}`);
  await report();
  expect(smtp.letters).toHaveLength(1);
  expect(smtp.letters[0]).toContain(`Message-ID: <report.${TODAY}@tradewind>`);
  expect(http.received.map(({ headers }) => headers['idempotency-key'])).toEqual([
    `report.${TODAY}`,
    `report.${TODAY}`,
  ]);
  const stored = await findReport(harness.database, TODAY);
  expect(stored?.document).toMatchObject({
    rejections: [
      { code: 'daily_loss', count: 1 },
      { code: 'market_closed', count: 1 },
    ],
    slippage: [{ instrument: 'US500', fills: 4, bps: '2' }],
    alerts: [{ severity: 'critical', cause: 'books-differ' }],
    halts: [{ scope: 'global', reason: 'a look', releasedAt: null }],
  });
  expect(stored?.document.profits.at(-1)).toEqual({ day: TODAY, profit: '80.25' });
  expect(stored?.html.match(/<svg/g)).toHaveLength(2);
  expect(stored?.markdown).toContain('| critical | The books differ |');
});

it('tells what differed from the venues: what stands first, then what a person accepted and why, then what is gone', async () => {
  const { account, database: db } = harness;
  const { rows } = await db.query<{ id: string }>(
    `INSERT INTO reconciliations (account, why, requested_by, market_at, state, finished_at)
     SELECT $1, 'request', 'me', now(), s, now() FROM unnest(ARRAY['agreed', 'differs', 'failed', 'differs']) s RETURNING id`,
    [account],
  );
  const differs = (kind: string, state: string, openedAt: string, closedAt: string | null, reason: string | null) =>
    db.query(
      `INSERT INTO reconciliation_differences (account, opened_in, key, kind, subject, ours, venue, evidence, state, opened_at, closed_at,
         closed_by, reason) VALUES ($1, $2, $3, $3, 'about ' || $3, '1', '2', '{}', $4, $5::timestamptz, $6::timestamptz, $7, $8)`,
      [account, rows[0]?.id, kind, state, openedAt, closedAt, reason === null ? null : 'boss', reason],
    );
  const today = `${TODAY}T00:00:01Z`;
  await differs('state', 'gone', today, today, null);
  await differs('balance', 'accepted', '2001-01-01T00:00:00Z', today, 'a deposit | of the owner');
  await differs('position', 'open', '2001-01-01T00:00:00Z', null, null);
  // Neither of these is of the day.
  await differs('fill-missing', 'accepted', '2001-01-01T00:00:00Z', '2001-01-02T00:00:00Z', 'long ago');
  await differs('fill-differs', 'open', new Date(Date.now() + 86_400_000).toISOString(), null, null);
  const { summary } = await report();
  expect(summary).toContain('1 open difference with venues');
  const stored = await findReport(db, TODAY);
  expect(stored?.document.comparisons).toEqual([{ account, agreed: 1, differed: 2, failed: 1 }]);
  expect(stored?.document.differences.map(({ state, kind, by, reason }) => [state, kind, by, reason])).toEqual([
    ['open', 'position', null, null],
    ['accepted', 'balance', 'boss', 'a deposit | of the owner'],
    ['gone', 'state', null, null],
  ]);
  expect(stored?.markdown).toContain(
    `| open | ${account} | position | about position | 1 | 2 | 2001-01-01 00:00 | - |`,
  );
  expect(stored?.markdown).toContain('boss: a deposit \\| of the owner');
  expect(stored?.html).toContain('a deposit | of the owner');
});

it('text of strangers is text in HTML and Markdown, and the page loads nothing', async () => {
  const hostile = hostileNews(instant(0)).map(([, { value }]) => JSON.stringify(value));
  const nasty = [
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    '[x](http://evil.example)',
    '| a | b |',
  ];
  for (const [n, title] of [...hostile, ...nasty].entries())
    await raiseAlert(harness.database, { cause: `hostile:${n}`, severity: 'warning', title: title.slice(0, 2_000) });
  await report();
  const { html = '', markdown = '' } = (await findReport(harness.database, TODAY)) ?? {};
  const seen = process.env['REPORT_HTML'];
  if (seen !== undefined) writeFileSync(seen, html);
  expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  const tags = new Set([...html.matchAll(/<\/?([a-z!][a-z0-9]*)/gi)].map(([, tag = '']) => tag.toLowerCase()));
  for (const tag of ['script', 'img', 'iframe', 'link', 'a', 'object', 'form']) expect(tags.has(tag)).toBe(false);
  expect(html).not.toMatch(/<[^>]+\s(on\w+|src|href)=/i);
  expect(html).toContain(`Content-Security-Policy" content="default-src 'none'`);
  expect(markdown).not.toMatch(/<script|[^\\]\[x\]\(|\| a \| b \|/);
});

it('that the other side refuses fails, and is stored all the same', async () => {
  await harness.database.query('UPDATE daily_reports SET mailed_at = NULL');
  smtp.codes.push(554);
  await expect(report()).rejects.toMatchObject({ cause: { cause: { message: 'mail: smtp 554' } } });
  expect(await findReport(harness.database, TODAY)).toMatchObject({ mailedAt: null });
});

it('is listed and shown by the API', async () => {
  const listed = await api.as('viewer').get('/v1/reports');
  expectContract('listReports', listed);
  expect((listed.body as { items: object[] }).items).toHaveLength(2);
  const shown = await api.as('viewer').get('/v1/reports/daily');
  expectContract('showReport', shown);
  expect(shown.body).toMatchObject({ day: TODAY });
  expect((await api.as('viewer').get('/v1/reports/daily?date=2001-01-01')).status).toBe(404);
  expect((await api.as('viewer').get('/v1/reports/daily?date=x')).body).toMatchObject({ code: 'invalid_request' });
});
