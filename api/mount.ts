import express from 'express';
import type { Express, NextFunction, Request, Response } from 'express';
import type { z } from 'zod';
import type { Database } from '../database/pool';
import { IDEMPOTENCY_KEY } from './contract/fields';
import { ruleSentence } from './contract/problems';
import type { Route } from './contract/route';
import type { AuditTrail } from './audit-trail';
import { authenticate, authorise } from './authenticate';
import type { Caller } from './authenticate';
import type { FailureWindow } from './failure-window';
import { fieldProblems } from './field-problems';
import { ApiProblem } from './problem';

/** Larger bodies are refused unread; the largest honest one has about two kilobytes. */
const BODY_LIMIT = '32kb';

type Output<S> = S extends z.ZodType ? z.output<S> : undefined;

/** A request of one route after every check. */
export interface Call<R extends Route> {
  readonly params: R extends { readonly params: infer S } ? Output<S> : undefined;
  readonly query: R extends { readonly query: infer S } ? Output<S> : undefined;
  readonly body: R extends { readonly body: infer S } ? Output<S> : undefined;
  readonly idempotencyKey: R extends { readonly idempotencyKey: 'required' } ? string : string | undefined;
  readonly caller: Caller;
  /** Adds to the request's line in the audit log. */
  readonly audit: (metadata: Readonly<Record<string, unknown>>) => void;
}

/** One of the answers that a route's contract names. */
export type Answer<R extends Route> = {
  [S in keyof R['answers']]: {
    readonly status: S;
    readonly body: R['answers'][S] extends { readonly schema: infer Z extends z.ZodType } ? z.input<Z> : never;
    readonly headers?: Readonly<Record<string, string>>;
  };
}[keyof R['answers']];

/** An answer whose status keeps its own type, so that it can be held against the contract. */
export function answer<const S extends number, B>(status: S, body: B): { readonly status: S; readonly body: B } {
  return { status, body };
}

export type Handler<R extends Route> = (call: Call<R>) => Promise<Answer<R>>;

/** What guards the routes. */
export interface Gate {
  readonly app: Express;
  readonly database: Database;
  readonly audit: AuditTrail;
  readonly failures: FailureWindow;
}

/** Express' form of a contract's path. */
export function expressPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}

/** Mounts a route: who asks, then may they, then is it well-formed, then the handler. */
export function mount<R extends Route>(gate: Gate, route: R, handler: Handler<R>): void {
  const admit = async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    const caller = await admitted(gate, route, request);
    response.locals['caller'] = caller;
    next();
  };
  const serve = async (request: Request, response: Response): Promise<void> => {
    const call = readCall(gate, route, request, response.locals['caller'] as Caller);
    const { status, headers, body } = await handler(call);
    response
      .status(Number(status))
      .set(headers ?? {})
      .json(body);
  };
  const json = express.json({ limit: BODY_LIMIT, type: 'application/json' });
  const steps = route.body === undefined ? [gate.audit.watch, admit, serve] : [gate.audit.watch, admit, json, serve];
  gate.app[route.method](expressPath(route.path), ...steps);
}

const NOBODY: Caller = { keyId: '', role: 'viewer', actor: 'anonymous' };

async function admitted(gate: Gate, route: Route, request: Request): Promise<Caller> {
  if (route.role === null) return NOBODY;
  const note = gate.audit.note(request);
  try {
    const caller = await authenticate(request, gate.database, gate.failures);
    note.caller = caller;
    authorise(caller, route.role);
    return caller;
  } catch (error) {
    if (error instanceof ApiProblem && (error.code === 'unauthenticated' || error.code === 'too_many_failures')) {
      note.failedAuthentication = true;
      note.suppressed = error.code === 'too_many_failures' && !gate.failures.justExceeded(request.ip ?? '');
    }
    throw error;
  }
}

function readCall<R extends Route>(gate: Gate, route: R, request: Request, caller: Caller): Call<R> {
  const idempotencyKey = readIdempotencyKey(route, request);
  // A client without a body may still announce one of no bytes.
  const foreign = request.get('content-length') !== '0' && request.is('application/json') === false;
  if (route.body !== undefined && foreign) {
    throw new ApiProblem('unsupported_media_type', 'Send the body as application/json.');
  }
  const call = {
    params: parsed(route.params, request.params),
    query: parsed(route.query, request.query),
    body: parsed(route.body, request.body as unknown),
    idempotencyKey,
    caller,
    audit: (metadata: Readonly<Record<string, unknown>>) => {
      gate.audit.note(request).metadata = metadata;
    },
  };
  // Each member was read by the very schema that its type comes from; the compiler cannot follow that through R.
  return call as Call<R>;
}

function readIdempotencyKey(route: Route, request: Request): string | undefined {
  if (route.idempotencyKey === undefined) return undefined;
  const key = request.get('idempotency-key');
  if (key === undefined) {
    if (route.idempotencyKey === 'optional') return undefined;
    throw new ApiProblem(
      'idempotency_key_required',
      'Send the header Idempotency-Key, 1 to 64 of A-Z a-z 0-9 _ -: a repeat with the same key never starts a second trade.',
      { errors: [{ field: 'Idempotency-Key', rule: 'required', message: 'is required' }] },
    );
  }
  if (IDEMPOTENCY_KEY.test(key)) return key;
  const message = 'must be 1 to 64 of A-Z a-z 0-9 _ -';
  throw new ApiProblem('invalid_idempotency_key', `The header Idempotency-Key ${message}.`, {
    errors: [{ field: 'Idempotency-Key', rule: 'format', message }],
  });
}

function parsed(schema: z.ZodType | undefined, value: unknown): unknown {
  if (schema === undefined) return undefined;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = fieldProblems(result.error, value);
  const first = errors[0];
  const where = first === undefined || first.field === '' ? 'The request' : first.field;
  throw new ApiProblem('invalid_request', `${ruleSentence(where, first?.message ?? 'breaks a rule')}.`, { errors });
}
