import { z } from 'zod';
import { momentOut, pageOf } from './fields';
import type { Route } from './route';

const cycleRunView = z
  .object({
    cycle: z.string(),
    date: z.string().meta({ description: 'Trading day of the session, or the day that has none.' }),
    account: z.string(),
    strategy: z.string(),
    state: z.enum(['running', 'done', 'missed', 'closed', 'halted']),
    workflowId: z.string(),
    dueAt: momentOut.nullable().meta({ description: 'Market time at which it was to begin.' }),
    lookedAt: momentOut.meta({ description: 'Market time at which it did.' }),
    results: z.array(
      z.object({
        instrument: z.string(),
        result: z.enum(['started', 'skipped', 'refused']),
        code: z.string().nullable().meta({ description: 'Why there is no trade.' }),
        tradeId: z.string().nullable(),
      }),
    ),
    startedAt: momentOut,
    finishedAt: momentOut.nullable(),
  })
  .meta({ id: 'TradingCycleRun' });

const cycleView = z
  .object({
    name: z.string(),
    account: z.string(),
    strategy: z.string(),
    calendar: z.string(),
    instruments: z.array(z.string()),
    at: z.union([z.object({ afterOpenMinutes: z.number() }), z.object({ beforeCloseMinutes: z.number() })]),
    latenessSeconds: z.number().int(),
    trade: z.record(z.string(), z.unknown()),
    lastRun: cycleRunView.nullable(),
  })
  .meta({ id: 'TradingCycle' });

const cycleDetailView = cycleView.extend({ runs: z.array(cycleRunView) }).meta({ id: 'TradingCycleDetail' });

export type CycleView = z.output<typeof cycleView>;
export type CycleDetailView = z.output<typeof cycleDetailView>;

const params = z.object({ name: z.string() });

/** Trading cycles: what they are, what they did, and running one. */
export const CYCLE_ROUTES = {
  listCycles: {
    method: 'get',
    path: '/v1/cycles',
    operationId: 'listCycles',
    summary: 'The trading cycles, each with its newest session.',
    role: 'viewer',
    answers: { 200: { description: 'The cycles.', schema: pageOf(cycleView) } },
    problems: [],
  },
  showCycle: {
    method: 'get',
    path: '/v1/cycles/{name}',
    operationId: 'showCycle',
    summary: 'One trading cycle with its newest sessions.',
    role: 'viewer',
    params,
    answers: { 200: { description: 'The cycle.', schema: cycleDetailView } },
    problems: ['not_found'],
  },
  runCycle: {
    method: 'post',
    path: '/v1/cycles/{name}/run',
    operationId: 'runCycle',
    summary: 'Run a cycle for the session of today: it waits for its moment, and a session starts no trade twice.',
    role: 'trader',
    params,
    body: z.strictObject({}).optional(),
    answers: {
      202: { description: 'Its workflow runs.', schema: z.object({ cycle: z.string(), workflowId: z.string() }) },
    },
    problems: ['not_found', 'invalid_request', 'temporal_unavailable'],
  },
} as const satisfies Record<string, Route>;
