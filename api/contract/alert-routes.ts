import { z } from 'zod';
import { CHANNELS, MESSAGE_KINDS } from '../../domain/alert/alert';
import { momentOut, oneOf, pageOf, pageQuery } from './fields';
import type { ProblemCode } from './problems';
import type { Route } from './route';

/** An alert: something that an operator should know of, for as long as it stands. */
const alertView = z
  .object({
    id: z.number().int(),
    cause: z.string().meta({ description: 'Stable name of what is wrong; one alert of a cause is open at a time.' }),
    severity: z.enum(['critical', 'warning']),
    title: z.string(),
    detail: z.record(z.string(), z.unknown()),
    raisedAt: momentOut,
    seenAt: momentOut.meta({ description: 'When it was last seen to go on.' }),
    clearedAt: momentOut.nullable().meta({ description: 'Null while it is open.' }),
  })
  .meta({ id: 'Alert' });

const deliveryView = z
  .object({
    channel: z.enum(CHANNELS),
    kind: z.enum(MESSAGE_KINDS),
    n: z.number().int().meta({ description: 'Number of a repetition, from 1 on.' }),
    state: z.enum(['pending', 'sending', 'delivered', 'refused', 'dropped']),
    attempts: z.number().int(),
    plannedAt: momentOut,
    finishedAt: momentOut.nullable(),
    reason: z.string().nullable().meta({ description: 'Of the last attempt that failed.' }),
  })
  .meta({ id: 'AlertDelivery' });

const alertDetailView = alertView
  .extend({ deliveries: z.array(deliveryView).meta({ description: 'Messages about it, oldest first.' }) })
  .meta({ id: 'AlertDetail' });

export type AlertView = z.output<typeof alertView>;
export type AlertDetailView = z.output<typeof alertDetailView>;

const listProblems = ['invalid_cursor', 'invalid_request'] as const satisfies readonly ProblemCode[];

/** Looking at alerts, and trying the channels. */
export const ALERT_ROUTES = {
  listAlerts: {
    method: 'get',
    path: '/v1/alerts',
    operationId: 'listAlerts',
    summary: 'Alerts, newest first.',
    role: 'viewer',
    query: z.strictObject({
      open: oneOf(['true', 'false'])
        .meta({ description: '`true`: only those that stand; `false`: only those that are over.' })
        .optional(),
      ...pageQuery,
    }),
    answers: { 200: { description: 'A page of alerts.', schema: pageOf(alertView) } },
    problems: listProblems,
  },
  showAlert: {
    method: 'get',
    path: '/v1/alerts/{id}',
    operationId: 'showAlert',
    summary: 'One alert, and what became of the messages about it.',
    role: 'viewer',
    params: z.object({ id: z.string() }),
    answers: { 200: { description: 'The alert.', schema: alertDetailView } },
    problems: ['not_found'],
  },
  testAlerts: {
    method: 'post',
    path: '/v1/alerts/test',
    operationId: 'testAlerts',
    summary:
      'Send a test to the alert channels that are set up, or to one of them; the answer says which alert to follow.',
    role: 'operator',
    body: z
      .strictObject({ channel: oneOf(CHANNELS).optional() })
      .meta({ id: 'TestAlerts' })
      .optional(),
    answers: { 202: { description: 'The test is on its way.', schema: alertDetailView } },
    problems: ['invalid_request', 'unknown_reference'],
  },
} as const satisfies Record<string, Route>;
