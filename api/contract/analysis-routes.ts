import { z } from 'zod';
import * as view from './analysis-views';
import { pageOf, wholeNumber } from './fields';
import type { Route } from './route';

const tradeParams = z.object({
  id: z.string().meta({ description: 'Trade id, `account:key`.', example: 'paper:first' }),
});
const repeatParams = tradeParams.extend({
  key: z.string().meta({ description: 'The Idempotency-Key with which it was asked for.', example: 'first-repeat' }),
});

/** What trades asked language models, repeats of it, and the budget. */
export const ANALYSIS_ROUTES = {
  showAnalysis: {
    method: 'get',
    path: '/v1/trades/{id}/analysis',
    operationId: 'showAnalysis',
    summary: 'What a trade asked a language model, word by word, with its answers and what they cost.',
    role: 'viewer',
    params: tradeParams,
    answers: { 200: { description: 'Its analyses, oldest first.', schema: pageOf(view.analysisView) } },
    problems: ['not_found'],
  },
  repeatAnalysis: {
    method: 'post',
    path: '/v1/trades/{id}/analysis/repeats',
    operationId: 'repeatAnalysis',
    summary: "Ask a trade's question several times more; it costs as much each time, and trades nothing.",
    role: 'trader',
    params: tradeParams,
    idempotencyKey: 'required',
    body: z.strictObject({ times: wholeNumber(1, 100, 'answers') }).meta({ id: 'RepeatAnalysis' }),
    answers: {
      202: { description: 'It is being asked; look at the address in Location.', schema: view.repeatView },
    },
    problems: [
      'not_found',
      'idempotency_key_required',
      'invalid_idempotency_key',
      'invalid_request',
      'idempotency_conflict',
      'no_analysis',
      'strategy_unavailable',
      'temporal_unavailable',
    ],
  },
  showRepeat: {
    method: 'get',
    path: '/v1/trades/{id}/analysis/repeats/{key}',
    operationId: 'showRepeat',
    summary: 'How far the answers to a repeated question lie apart.',
    role: 'viewer',
    params: repeatParams,
    answers: { 200: { description: 'The answers so far.', schema: view.repeatView } },
    problems: ['not_found'],
  },
  showBudget: {
    method: 'get',
    path: '/v1/analysis/budget',
    operationId: 'showBudget',
    summary: 'What language models may cost, and what they have cost today.',
    role: 'viewer',
    answers: { 200: { description: 'Caps and spending.', schema: view.budgetView } },
    problems: [],
  },
} as const satisfies Record<string, Route>;
