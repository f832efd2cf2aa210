import { z } from 'zod';
import { ROLES } from '../../domain/access/role';
import type { Route } from './route';
import { ORDER_STATES } from '../../domain/order/order';
import { TRADE_OUTCOMES, TRADE_PHASES } from '../../domain/trade/phase';
import { ALERT_ROUTES } from './alert-routes';
import { ANALYSIS_ROUTES } from './analysis-routes';
import { backupRoutes } from './backup-routes';
import { dataRoutes } from './data-routes';
import { dateIn, momentIn, name, oneOf, pageOf, pageQuery, positiveAmount, rule } from './fields';
import { CYCLE_ROUTES } from './cycle-routes';
import { haltRoutes } from './halt-routes';
import { NEWS_ROUTES } from './news-routes';
import type { ProblemCode } from './problems';
import { portfolioRoutes } from './portfolio-routes';
import { policyDocumentBody, riskCheckBody } from './risk';
import { riskMeasureView } from './risk-measure';
import { scheduleRoutes } from './schedule-routes';
import { startTradeBody } from './start-trade';
import { reconciliationRoutes } from './reconciliation-routes';
import { REPORT_ROUTES } from './report-routes';
import { SECRET_ROUTES } from './secret-routes';
import { venueRoutes } from './venue-routes';
import * as view from './views';

const listProblems = ['invalid_cursor', 'invalid_request'] as const satisfies readonly ProblemCode[];
const tradeParams = z.object({
  id: z.string().meta({ description: 'Trade id, `account:key`.', example: 'paper:first' }),
});
const accountParams = z.object({ name: z.string() });
/** Text to look for; the database takes no NUL, and nobody's name has another control character. */
const text = (most: number) =>
  z
    .string()
    .max(most, { error: rule('length', `has at most ${most} characters`) })
    .regex(/^[ -~]*$/, { error: rule('text', 'must be plain letters, digits and signs') })
    .optional();
const filter = (description: string) => text(64).meta({ description });

const trades = {
  startTrade: {
    method: 'post',
    path: '/v1/trades',
    operationId: 'startTrade',
    summary: 'Accept a trade and start its workflow.',
    role: 'trader',
    idempotencyKey: 'required',
    query: z.strictObject({
      wait: z
        .string()
        .regex(/^([1-9]|1\d|20)$/, { error: rule('range', 'must be a whole number from 1 to 20 (seconds)') })
        .transform(Number)
        .meta({
          type: 'integer',
          description: 'Wait so many seconds at most for the outcome of the entry: a refusal then is a problem.',
        })
        .optional(),
    }),
    body: startTradeBody,
    answers: {
      200: { description: 'The same request was accepted before; this is its trade.', schema: view.tradeDetailView },
      201: { description: 'Accepted, and its workflow runs.', schema: view.tradeDetailView },
      202: { description: 'Accepted; its workflow starts when Temporal is back.', schema: view.tradeDetailView },
    },
    problems: [
      'idempotency_key_required',
      'invalid_idempotency_key',
      'invalid_request',
      'unknown_reference',
      'strategy_unavailable',
      'idempotency_conflict',
      'halted',
      'unreconciled',
      'quarantined',
      'insufficient_funds',
      'invalid_order',
      'trade_rejected',
    ],
  },
  listTrades: {
    method: 'get',
    path: '/v1/trades',
    operationId: 'listTrades',
    summary: 'Trades, newest first.',
    role: 'viewer',
    query: z.strictObject({
      account: filter('Only of this account.'),
      instrument: filter('Only in this instrument.'),
      strategy: filter('Only of this strategy.'),
      phase: oneOf(TRADE_PHASES).optional(),
      outcome: oneOf(TRADE_OUTCOMES).optional(),
      attention: oneOf(['true', 'false'])
        .meta({ description: '`true`: only trades that a person should look at.' })
        .optional(),
      ...pageQuery,
    }),
    answers: { 200: { description: 'A page of trades.', schema: pageOf(view.tradeView) } },
    problems: listProblems,
  },
  showTrade: {
    method: 'get',
    path: '/v1/trades/{id}',
    operationId: 'showTrade',
    summary: 'One trade with its orders and fills.',
    role: 'viewer',
    params: tradeParams,
    answers: { 200: { description: 'The trade.', schema: view.tradeDetailView } },
    problems: ['not_found'],
  },
  showTimeline: {
    method: 'get',
    path: '/v1/trades/{id}/timeline',
    operationId: 'showTimeline',
    summary: 'What happened to a trade, oldest first.',
    role: 'viewer',
    params: tradeParams,
    query: z.strictObject(pageQuery),
    answers: { 200: { description: 'A page of its history.', schema: pageOf(view.eventView) } },
    problems: ['not_found', ...listProblems],
  },
} as const satisfies Record<string, Route>;

const actionProblems = [
  'not_found',
  'invalid_idempotency_key',
  'invalid_request',
  'action_not_possible',
  'temporal_unavailable',
] as const satisfies readonly ProblemCode[];
const noBody = z.strictObject({}).optional();

const actions = {
  approveTrade: {
    method: 'post',
    path: '/v1/trades/{id}/approve',
    operationId: 'approveTrade',
    summary: 'Agree to a trade that waits for a decision, within bounds if any are given.',
    role: 'operator',
    params: tradeParams,
    idempotencyKey: 'optional',
    body: z
      .strictObject({ maxQuantity: positiveAmount.optional(), maxNotional: positiveAmount.optional() })
      .meta({ id: 'Approval' })
      .optional(),
    answers: { 200: { description: 'Where the trade stands now.', schema: view.actionView } },
    problems: ['own_trade', ...actionProblems],
  },
  rejectTrade: {
    method: 'post',
    path: '/v1/trades/{id}/reject',
    operationId: 'rejectTrade',
    summary: 'Refuse a trade that waits for a decision.',
    role: 'operator',
    params: tradeParams,
    idempotencyKey: 'optional',
    body: noBody,
    answers: { 200: { description: 'Where the trade stands now.', schema: view.actionView } },
    problems: actionProblems,
  },
  exitTrade: {
    method: 'post',
    path: '/v1/trades/{id}/exit',
    operationId: 'exitTrade',
    summary: 'Stop entering and close what is held.',
    role: 'trader',
    params: tradeParams,
    idempotencyKey: 'optional',
    body: noBody,
    answers: { 200: { description: 'Where the trade stands now.', schema: view.actionView } },
    problems: actionProblems,
  },
  cancelTrade: {
    method: 'post',
    path: '/v1/trades/{id}/cancel',
    operationId: 'cancelTrade',
    summary: 'Stop entering; what is already held stays managed.',
    role: 'trader',
    params: tradeParams,
    idempotencyKey: 'optional',
    body: noBody,
    answers: { 200: { description: 'Where the trade stands now.', schema: view.actionView } },
    problems: actionProblems,
  },
} as const satisfies Record<string, Route>;

const risk = {
  checkRisk: {
    method: 'post',
    path: '/v1/risk/checks',
    operationId: 'checkRisk',
    summary: 'The verdict that a trade would get now; nothing is stored or reserved.',
    role: 'trader',
    body: riskCheckBody,
    answers: { 200: { description: 'The verdict, approved or not.', schema: view.verdictView } },
    problems: ['invalid_request', 'unknown_reference', 'temporal_unavailable'],
  },
  showRisk: {
    method: 'get',
    path: '/v1/risk/policy',
    operationId: 'showRisk',
    summary: 'The policy file in force, the limits of each account, and the locks that hold.',
    role: 'viewer',
    answers: { 200: { description: 'The policy.', schema: view.policyView } },
    problems: [],
  },
  measureRisk: {
    method: 'get',
    path: '/v1/accounts/{name}/risk',
    operationId: 'measureRisk',
    summary: 'Value at risk of an account by every method, its parts by position, and stress.',
    role: 'viewer',
    params: accountParams,
    answers: { 200: { description: 'The measurement, of this moment.', schema: riskMeasureView } },
    problems: ['not_found', 'temporal_unavailable'],
  },
  applyRisk: {
    method: 'post',
    path: '/v1/risk/policy',
    operationId: 'applyRisk',
    summary: 'Put a policy file into force.',
    role: 'admin',
    body: policyDocumentBody,
    answers: { 200: { description: 'What it changed.', schema: view.policyAppliedView } },
    problems: ['invalid_request'],
  },
  releaseLock: {
    method: 'post',
    path: '/v1/risk/locks/{id}/release',
    operationId: 'releaseLock',
    summary: 'Release a lock before its time.',
    role: 'admin',
    params: z.object({ id: z.string().regex(/^\d{1,9}$/, { error: rule('number', 'must be the number of a lock') }) }),
    body: noBody,
    answers: { 200: { description: 'The lock that held.', schema: view.lockView } },
    problems: ['not_found', 'invalid_request'],
  },
  showVerdicts: {
    method: 'get',
    path: '/v1/trades/{id}/risk',
    operationId: 'showVerdicts',
    summary: 'What the risk checks of a trade decided, oldest first.',
    role: 'viewer',
    params: tradeParams,
    answers: { 200: { description: 'The verdicts.', schema: pageOf(view.storedVerdictView) } },
    problems: ['not_found'],
  },
} as const satisfies Record<string, Route>;

const registry = {
  listOrders: {
    method: 'get',
    path: '/v1/orders',
    operationId: 'listOrders',
    summary: 'Orders of the journal, newest first.',
    role: 'viewer',
    query: z.strictObject({
      trade: text(128).meta({ description: 'Only of this trade.' }),
      account: filter('Only of this account.'),
      instrument: filter('Only in this instrument.'),
      state: oneOf(ORDER_STATES).optional(),
      ...pageQuery,
    }),
    answers: { 200: { description: 'A page of orders.', schema: pageOf(view.orderView) } },
    problems: listProblems,
  },
  showOrder: {
    method: 'get',
    path: '/v1/orders/{id}',
    operationId: 'showOrder',
    summary: 'One order with its attempts, look-ups and fills.',
    role: 'viewer',
    params: z.object({ id: z.string().meta({ description: 'Client order id, 32 hexadecimal digits.' }) }),
    answers: { 200: { description: 'The order.', schema: view.orderDetailView } },
    problems: ['not_found'],
  },
  listAccounts: {
    method: 'get',
    path: '/v1/accounts',
    operationId: 'listAccounts',
    summary: 'Every account.',
    role: 'viewer',
    answers: { 200: { description: 'The accounts.', schema: pageOf(view.accountView) } },
    problems: [],
  },
  showAccount: {
    method: 'get',
    path: '/v1/accounts/{name}',
    operationId: 'showAccount',
    summary: 'One account with its cash, equity, positions, clock and policy.',
    role: 'viewer',
    params: accountParams,
    answers: { 200: { description: 'The account.', schema: view.accountDetailView } },
    problems: ['not_found'],
  },
  moveClock: {
    method: 'post',
    path: '/v1/accounts/{name}/clock',
    operationId: 'moveClock',
    summary: 'Move the replay clock of a flat paper account forward, or reset it to its start.',
    role: 'admin',
    params: accountParams,
    body: z
      .union([z.strictObject({ to: momentIn }), z.strictObject({ reset: z.literal(true) })], {
        error: rule('exactly_one', 'needs either {"to": moment} or {"reset": true}'),
      })
      .meta({ id: 'MoveClock' }),
    answers: { 200: { description: 'The clock now.', schema: view.clockView } },
    problems: ['not_found', 'invalid_request', 'account_not_flat', 'clock_is_live', 'clock_goes_back'],
  },
  listInstruments: {
    method: 'get',
    path: '/v1/instruments',
    operationId: 'listInstruments',
    summary: 'Every instrument; at exchanges, each with the filters of the account that lists it.',
    role: 'viewer',
    query: z.strictObject({ account: filter('Only what this account may trade.') }),
    answers: { 200: { description: 'The instruments.', schema: pageOf(view.instrumentView) } },
    problems: ['not_found', 'invalid_request'],
  },
  showCalendar: {
    method: 'get',
    path: '/v1/calendars/{id}',
    operationId: 'showCalendar',
    summary: 'Whether a market is open, and its trading days.',
    role: 'viewer',
    params: z.object({
      id: z.string().meta({ description: 'Any case; `FOREX` is `FX`.', example: 'NYSE' }),
    }),
    query: z.strictObject({
      at: momentIn.meta({ description: 'The moment to look at; now unless told.' }).optional(),
      from: dateIn.meta({ description: 'First trading day; that of `at` unless told.' }).optional(),
      to: dateIn.meta({ description: 'Last trading day; 30 days later unless told, at most ten years.' }).optional(),
      extended: oneOf(['true', 'false'])
        .meta({ description: '`true` counts pre- and post-market as open.' })
        .optional(),
    }),
    answers: { 200: { description: 'The calendar.', schema: view.calendarView } },
    problems: ['not_found', 'invalid_request', 'outside_coverage'],
  },
  createKey: {
    method: 'post',
    path: '/v1/keys',
    operationId: 'createKey',
    summary: 'Make an API key; it is shown this once.',
    role: 'admin',
    body: z
      .strictObject({
        name: name(/^[A-Za-z0-9][A-Za-z0-9 ._@-]{0,63}$/, 'must be 1 to 64 letters, digits, spaces or ._@-'),
        role: oneOf(ROLES),
      })
      .meta({ id: 'CreateKey' }),
    answers: { 201: { description: 'The key.', schema: view.keyView } },
    problems: ['invalid_request'],
  },
  listKeys: {
    method: 'get',
    path: '/v1/keys',
    operationId: 'listKeys',
    summary: 'Every API key by its name, newest first; never the key itself.',
    role: 'admin',
    answers: { 200: { description: 'The keys.', schema: pageOf(view.listedKeyView) } },
    problems: [],
  },
  revokeKey: {
    method: 'post',
    path: '/v1/keys/{id}/revoke',
    operationId: 'revokeKey',
    summary: 'Revoke an API key for ever, at once.',
    role: 'admin',
    params: z.object({ id: z.uuid({ error: rule('uuid', 'must be the id of a key') }) }),
    body: noBody,
    answers: { 200: { description: 'The revoked key.', schema: view.listedKeyView } },
    problems: ['not_found', 'invalid_request', 'last_admin_key'],
  },
} as const satisfies Record<string, Route>;

const service = {
  health: {
    method: 'get',
    path: '/health',
    operationId: 'health',
    summary: 'Whether this process runs.',
    role: null,
    answers: { 200: { description: 'It does.', schema: z.object({ status: z.literal('ok') }) } },
    problems: [],
  },
  ready: {
    method: 'get',
    path: '/ready',
    operationId: 'ready',
    summary: 'Whether requests can be served.',
    role: null,
    answers: {
      200: { description: 'They can.', schema: view.readinessView },
      503: { description: 'The database is missing.', schema: view.readinessView },
    },
    problems: [],
  },
} as const satisfies Record<string, Route>;

/** Every route of the API that has a contract; `/metrics`, `/openapi.json` and `/docs` serve documents. */
export const ROUTES = {
  ...trades,
  ...actions,
  ...risk,
  ...registry,
  ...ALERT_ROUTES,
  ...ANALYSIS_ROUTES,
  ...CYCLE_ROUTES,
  ...NEWS_ROUTES,
  ...REPORT_ROUTES,
  ...SECRET_ROUTES,
  ...haltRoutes,
  ...scheduleRoutes,
  ...venueRoutes,
  ...reconciliationRoutes,
  ...backupRoutes,
  ...dataRoutes,
  ...portfolioRoutes,
  ...service,
} as const;
