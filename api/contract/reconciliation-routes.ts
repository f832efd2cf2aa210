import { z } from 'zod';
import { DIFFERENCE_KINDS } from '../../domain/reconciliation/difference';
import { RECONCILIATION_REASONS } from '../../domain/reconciliation/due';
import { amountOut, momentOut, oneOf, pageOf, pageQuery, positiveAmount, rule } from './fields';
import type { Route } from './route';

const REASON = rule('length', 'must be 3 to 500 characters that say why');
const DIFFERENCE_STATES = ['open', 'accepted', 'gone'] as const;

export const reconciliationView = z
  .object({
    id: z.number().int(),
    account: z.string(),
    why: z.enum(RECONCILIATION_REASONS),
    requestedBy: z.string(),
    state: z.enum(['running', 'agreed', 'differs', 'failed']),
    looks: z.number().int().meta({ description: 'How often both sides were read.' }),
    compared: z
      .object({
        orders: z.number(),
        fills: z.number(),
        holdings: z.number(),
        uncompared: z
          .array(z.object({ subject: z.string(), why: z.string() }))
          .readonly()
          .meta({ description: 'What was left out, and why.' }),
      })
      .partial(),
    failure: z.string().nullable(),
    startedAt: momentOut,
    marketAt: momentOut.meta({ description: 'Market time of the account.' }),
    finishedAt: momentOut.nullable(),
    opened: z.number().int().meta({ description: 'Differences that it opened.' }),
    gone: z.number().int().meta({ description: 'Differences of before that it saw no more.' }),
  })
  .meta({ id: 'Reconciliation' });
export type ReconciliationView = z.output<typeof reconciliationView>;

export const differenceView = z
  .object({
    id: z.number().int(),
    account: z.string(),
    kind: z.enum(DIFFERENCE_KINDS),
    subject: z.string(),
    instrument: z.string().nullable(),
    asset: z
      .string()
      .nullable()
      .meta({ description: 'Of a balance: every instrument that exchanges it is concerned.' }),
    ours: z.string().nullable().meta({ description: 'Our side; null when it has nothing.' }),
    venue: z.string().nullable().meta({ description: "The venue's side; null when it has nothing." }),
    state: z.enum(DIFFERENCE_STATES),
    openedIn: z.number().int(),
    openedAt: momentOut,
    closedAt: momentOut.nullable(),
    closedIn: z.number().int().nullable(),
    closedBy: z.string().nullable(),
    reason: z.string().nullable(),
    entry: z.number().int().nullable().meta({ description: 'Entry of the ledger that made our side equal.' }),
    correction: z
      .object({ units: amountOut, amounts: z.array(z.object({ asset: z.string(), amount: amountOut })) })
      .nullable(),
    evidence: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Difference' });
export type DifferenceView = z.output<typeof differenceView>;

const detailView = reconciliationView
  .extend({ differences: z.array(differenceView).meta({ description: 'Those that it opened or saw no more.' }) })
  .meta({ id: 'ReconciliationDetail' });
export type ReconciliationDetailView = z.output<typeof detailView>;

/** Comparisons of accounts with their venues, and what people may do about differences. */
export const reconciliationRoutes = {
  reconcile: {
    method: 'post',
    path: '/v1/accounts/{name}/reconciliations',
    operationId: 'reconcile',
    summary: 'Compare an account with its venue now. One that is under way is answered, and compares once more.',
    role: 'trader',
    params: z.object({ name: z.string() }),
    body: z.strictObject({}).optional(),
    answers: { 202: { description: 'The comparison, which goes on.', schema: reconciliationView } },
    problems: ['not_found', 'temporal_unavailable'],
  },
  listReconciliations: {
    method: 'get',
    path: '/v1/reconciliations',
    operationId: 'listReconciliations',
    summary: 'Comparisons, newest first.',
    role: 'viewer',
    query: z.strictObject({ account: z.string().max(64).optional(), ...pageQuery }),
    answers: { 200: { description: 'A page of comparisons.', schema: pageOf(reconciliationView) } },
    problems: ['invalid_cursor', 'invalid_request'],
  },
  showReconciliation: {
    method: 'get',
    path: '/v1/reconciliations/{id}',
    operationId: 'showReconciliation',
    summary: 'One comparison with its differences.',
    role: 'viewer',
    params: z.object({ id: z.string() }),
    answers: { 200: { description: 'The comparison.', schema: detailView } },
    problems: ['not_found'],
  },
  listDifferences: {
    method: 'get',
    path: '/v1/differences',
    operationId: 'listDifferences',
    summary: 'Differences between our books and the venues, newest first.',
    role: 'viewer',
    query: z.strictObject({
      account: z.string().max(64).optional(),
      state: oneOf(DIFFERENCE_STATES).optional(),
      ...pageQuery,
    }),
    answers: { 200: { description: 'A page of differences.', schema: pageOf(differenceView) } },
    problems: ['invalid_cursor', 'invalid_request'],
  },
  showDifference: {
    method: 'get',
    path: '/v1/differences/{id}',
    operationId: 'showDifference',
    summary: 'One difference with both sides in full.',
    role: 'viewer',
    params: z.object({ id: z.string() }),
    answers: { 200: { description: 'The difference.', schema: differenceView } },
    problems: ['not_found'],
  },
  acceptDifference: {
    method: 'post',
    path: '/v1/differences/{id}/accept',
    operationId: 'acceptDifference',
    summary: "Take the venue's side: a correction makes ours equal, and new trades pass again.",
    role: 'operator',
    params: z.object({ id: z.string() }),
    body: z
      .strictObject({
        reason: z.string({ error: REASON }).trim().min(3, { error: REASON }).max(500, { error: REASON }),
        price: positiveAmount
          .optional()
          .meta({ description: 'Of units that the venue counts as filled and shows no fill of, in quote currency.' }),
      })
      .meta({ id: 'AcceptDifference' }),
    answers: { 200: { description: 'The difference now.', schema: differenceView } },
    problems: ['not_found', 'invalid_request', 'difference_not_open', 'correction_refused'],
  },
} as const satisfies Record<string, Route>;
