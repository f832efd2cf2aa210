import type { ErrorRequestHandler, Request, Response } from 'express';
import { InvalidCursor } from '../database/cursor';
import { isDatabaseUnavailable } from '../database/unavailable';
import type { Logger } from '../telemetry/logger';
import { ApiProblem, databaseUnavailable } from './problem';

/** What the body reader and the router of Express say by `type` or status. */
const BODY_TYPES: Readonly<Record<string, ApiProblem>> = {
  'entity.parse.failed': new ApiProblem('malformed_json', 'The body is not a JSON object.'),
  'entity.too.large': new ApiProblem('body_too_large', 'The body has more than 32 kilobytes.'),
  'encoding.unsupported': new ApiProblem('unsupported_media_type', 'Send the body as UTF-8 without another encoding.'),
  'charset.unsupported': new ApiProblem('unsupported_media_type', 'Send the body as UTF-8.'),
};

/** Turns whatever a handler threw into a problem document; only what is no client's fault is logged. */
export function errorHandler(logger: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const problem = problemOf(error);
    if (problem.status >= 500) {
      const route = routeTemplate(request);
      logger.error({ err: error, method: request.method, route, code: problem.code }, 'a request could not be served');
    }
    send(response, problem);
  };
}

/** Sends a problem document. */
export function send(response: Response, problem: ApiProblem): void {
  if (problem.retryAfterSeconds !== undefined) response.set('Retry-After', String(problem.retryAfterSeconds));
  if (problem.status === 401) response.set('WWW-Authenticate', 'Bearer');
  response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem.document()));
}

/** Path of the matched route with its placeholders; `unmatched` when there is none. */
export function routeTemplate(request: Request): string {
  const route: unknown = request.route;
  if (typeof route === 'object' && route !== null && 'path' in route && typeof route.path === 'string')
    return route.path;
  return request.path.startsWith('/docs') ? '/docs' : 'unmatched';
}

function problemOf(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  if (error instanceof InvalidCursor) {
    return new ApiProblem(
      'invalid_cursor',
      'Ask again without a cursor, or with the nextCursor of a page of this list.',
      {
        errors: [{ field: 'cursor', rule: 'cursor', message: 'must be the nextCursor of a page of this list' }],
      },
    );
  }
  if (isDatabaseUnavailable(error)) return databaseUnavailable();
  if (typeof error === 'object' && error !== null) {
    const type: unknown = Reflect.get(error, 'type');
    const known = typeof type === 'string' ? BODY_TYPES[type] : undefined;
    if (known !== undefined) return known;
    const status: unknown = Reflect.get(error, 'status');
    if (typeof status === 'number' && status >= 400 && status < 500) {
      return new ApiProblem('bad_request', 'The address or the body cannot be read.');
    }
  }
  return new ApiProblem('internal', 'Something went wrong on this server; its log says what.');
}
