import { z } from 'zod';
import { HALT_MODES, scopeParts } from '../../domain/halt/halt';
import type { HaltScope } from '../../domain/halt/halt';
import { oneOf, pageOf, pageQuery, rule } from './fields';
import * as view from './halt-views';
import type { ProblemCode } from './problems';
import type { Route } from './route';

const SCOPE_RULE = rule('scope', 'must be global, account:NAME, strategy:NAME or instrument:ID');
const REASON_RULE = rule('reason', 'must say why, in 1 to 500 letters, digits and signs on one line');
const FLAG_RULE = rule('flag', 'must be true or false');

const scope = z
  .string({ error: SCOPE_RULE })
  .refine((text) => scopeParts(text) !== undefined, { error: SCOPE_RULE })
  .transform((text) => text as HaltScope)
  .meta({ type: 'string', example: 'account:paper', description: 'What is halted; everything unless told.' });
const reason = z
  .string({ error: REASON_RULE })
  .regex(/^(?=.*\S)[^\p{Cc}]{1,500}$/u, { error: REASON_RULE })
  .meta({ example: 'prices look wrong' });
const flag = (description: string) => z.boolean({ error: FLAG_RULE }).optional().meta({ description });

const haltParams = z.object({ epoch: z.string().meta({ description: 'Epoch of the halt.', example: '7' }) });
const listProblems = ['invalid_cursor', 'invalid_request'] as const satisfies readonly ProblemCode[];

/** Engaging, watching and releasing halts. */
export const haltRoutes = {
  engageHalt: {
    method: 'post',
    path: '/v1/halts',
    operationId: 'engageHalt',
    summary: 'Engage the kill switch: when this answers, nothing that increases exposure is permitted any more.',
    role: 'operator',
    body: z
      .strictObject({
        scope: scope.optional(),
        mode: oneOf(HALT_MODES)
          .optional()
          .meta({ description: '`reduce-only` unless told; `halt-all` lets only stops pass.' }),
        flatten: flag('Close what the scope holds.'),
        everything: flag('Stop ingestion, backups and research too.'),
        reason,
      })
      .meta({ id: 'EngageHalt' }),
    answers: {
      200: { description: 'The scope was halted as strictly before; this is that halt.', schema: view.engagedHaltView },
      201: { description: 'Engaged at `engagedAt`.', schema: view.engagedHaltView },
    },
    problems: ['invalid_request', 'unknown_reference', 'too_many_halts'],
  },
  listHalts: {
    method: 'get',
    path: '/v1/halts',
    operationId: 'listHalts',
    summary: 'Halts, newest first.',
    role: 'viewer',
    query: z.strictObject(pageQuery),
    answers: { 200: { description: 'A page of halts.', schema: pageOf(view.haltView) } },
    problems: listProblems,
  },
  showHalt: {
    method: 'get',
    path: '/v1/halts/{epoch}',
    operationId: 'showHalt',
    summary: 'One halt, how far it has come and what it waits for.',
    role: 'viewer',
    params: haltParams,
    answers: { 200: { description: 'The halt.', schema: view.haltDetailView } },
    problems: ['not_found'],
  },
  showHaltReport: {
    method: 'get',
    path: '/v1/halts/{epoch}/report',
    operationId: 'showHaltReport',
    summary: 'The signed report of a halt; of one that is under way, as of now.',
    role: 'viewer',
    params: haltParams,
    answers: { 200: { description: 'The report with its signature.', schema: view.signedReportView } },
    problems: ['not_found'],
  },
  listTrips: {
    method: 'get',
    path: '/v1/trips',
    operationId: 'listTrips',
    summary: 'The automatic trips of every account as they were last looked at.',
    role: 'viewer',
    answers: { 200: { description: 'The trips.', schema: pageOf(view.tripView) } },
    problems: [],
  },
  releaseHalt: {
    method: 'post',
    path: '/v1/halts/{epoch}/release',
    operationId: 'releaseHalt',
    summary: 'Let new trades in again; what was halted stays halted.',
    role: 'admin',
    params: haltParams,
    body: z.strictObject({ reason }).meta({ id: 'ReleaseHalt' }),
    answers: { 200: { description: 'Released.', schema: view.releasedHaltView } },
    problems: ['not_found', 'invalid_request', 'not_standing', 'own_halt'],
  },
} as const satisfies Record<string, Route>;
