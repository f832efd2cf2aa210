import { z } from 'zod';
import { ENTRY_KINDS } from '../../domain/portfolio/entry';
import { dateIn, instrumentId, oneOf, pageOf, pageQuery } from './fields';
import { entryView, portfolioView, positionsView, profitView } from './portfolio-views';
import type { Route } from './route';

const accountParams = z.object({ name: z.string() });

/** Routes over the ledger of an account. */
export const portfolioRoutes = {
  showPortfolio: {
    method: 'get',
    path: '/v1/accounts/{name}/portfolio',
    operationId: 'showPortfolio',
    summary: 'What an account is worth and made, by its ledger.',
    role: 'viewer',
    params: accountParams,
    answers: { 200: { description: 'The portfolio.', schema: portfolioView } },
    problems: ['not_found'],
  },
  listPositions: {
    method: 'get',
    path: '/v1/accounts/{name}/positions',
    operationId: 'listPositions',
    summary: 'Open positions with their lots.',
    role: 'viewer',
    params: accountParams,
    query: z.strictObject({
      all: oneOf(['true', 'false']).meta({ description: '`true`: also what is flat again.' }).optional(),
    }),
    answers: { 200: { description: 'The positions.', schema: positionsView } },
    problems: ['not_found', 'invalid_request'],
  },
  showProfit: {
    method: 'get',
    path: '/v1/accounts/{name}/pnl',
    operationId: 'showProfit',
    summary: 'What an account made, day by day, in market time.',
    role: 'viewer',
    params: accountParams,
    query: z.strictObject({
      from: dateIn.meta({ description: 'First day; 30 days before the last one unless told.' }).optional(),
      to: dateIn
        .meta({ description: 'Last day; the market day that goes on unless told. At most ten years.' })
        .optional(),
    }),
    answers: { 200: { description: 'The days and their sum.', schema: profitView } },
    problems: ['not_found', 'invalid_request'],
  },
  listEntries: {
    method: 'get',
    path: '/v1/accounts/{name}/ledger',
    operationId: 'listEntries',
    summary: 'Entries of the ledger, those booked last first.',
    role: 'viewer',
    params: accountParams,
    query: z.strictObject({
      kind: oneOf(ENTRY_KINDS).optional(),
      instrument: instrumentId.optional(),
      ...pageQuery,
    }),
    answers: { 200: { description: 'A page of entries.', schema: pageOf(entryView) } },
    problems: ['not_found', 'invalid_cursor', 'invalid_request'],
  },
} as const satisfies Record<string, Route>;
