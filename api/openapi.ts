import { OpenApiGeneratorV31, OpenAPIRegistry } from '@asteasolutions/zod-to-openapi';
import type { ResponseConfig, RouteConfig } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { PROBLEMS } from './contract/problems';
import type { ProblemCode } from './contract/problems';
import { ROUTES } from './contract/routes';
import type { Route } from './contract/route';
import { problemView } from './contract/views';

/** Problems that a route has because of what it is, besides those that its contract names. */
function commonProblems(route: Route): readonly ProblemCode[] {
  const keyed: readonly ProblemCode[] =
    route.role === null ? [] : ['unauthenticated', 'forbidden', 'too_many_failures'];
  const bodied: readonly ProblemCode[] =
    route.body === undefined ? [] : ['malformed_json', 'body_too_large', 'unsupported_media_type'];
  const served: readonly ProblemCode[] = route.path.startsWith('/v1/') ? ['database_unavailable', 'internal'] : [];
  return [...keyed, ...bodied, ...served];
}

/** The OpenAPI 3.1 document, made from the very schemas that validate. */
export function openApiDocument(version: string): ReturnType<OpenApiGeneratorV31['generateDocument']> {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' });
  registry.registerComponent('securitySchemes', 'header', { type: 'apiKey', in: 'header', name: 'X-API-Key' });
  for (const route of Object.values<Route>(ROUTES)) registry.registerPath(pathOf(route));
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'Tradewind',
      version,
      description:
        'Starts, watches and steers trades. Amounts are decimal strings, moments RFC 3339 in UTC, lists have cursors, and every error is a problem document (RFC 9457) with a stable `code`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    tags: [...new Set(Object.values<Route>(ROUTES).map(tagOf))].map((name) => ({ name })),
  });
}

function pathOf(route: Route): RouteConfig {
  return {
    method: route.method,
    path: route.path,
    operationId: route.operationId,
    summary: route.summary,
    tags: [tagOf(route)],
    ...(route.role === null
      ? {}
      : { security: [{ bearer: [] }, { header: [] }], description: `Needs the role ${route.role}.` }),
    request: {
      ...(route.params === undefined ? {} : { params: route.params }),
      ...(route.query === undefined ? {} : { query: route.query }),
      ...(route.idempotencyKey === undefined ? {} : { headers: idempotencyHeader(route.idempotencyKey) }),
      ...(route.body === undefined ? {} : { body: bodyOf(route.body) }),
    },
    responses: { ...answersOf(route), ...problemsOf(route) },
  };
}

function tagOf(route: Route): string {
  return route.path.startsWith('/v1/') ? (route.path.split('/')[2] ?? 'service') : 'service';
}

function bodyOf(schema: z.ZodType): NonNullable<NonNullable<RouteConfig['request']>['body']> {
  return { required: !schema.safeParse(undefined).success, content: { 'application/json': { schema } } };
}

function idempotencyHeader(need: 'required' | 'optional'): z.ZodObject {
  const key = z.string().meta({
    description: 'The same for every repeat of one request, which is then carried out once.',
    pattern: '^[A-Za-z0-9_-]{1,64}$',
  });
  return z.object({ 'Idempotency-Key': need === 'required' ? key : key.optional() });
}

function answersOf(route: Route): Record<string, ResponseConfig> {
  return Object.fromEntries(
    Object.entries(route.answers).map(([status, { description, schema }]) => [
      status,
      { description, content: { 'application/json': { schema } } },
    ]),
  );
}

/** One response a status; its description lists the codes. */
function problemsOf(route: Route): Record<string, ResponseConfig> {
  const codes = new Map<number, ProblemCode[]>();
  for (const code of new Set([...route.problems, ...commonProblems(route)])) {
    const { status } = PROBLEMS[code];
    codes.set(status, [...(codes.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...codes].map(([status, names]) => [
      String(status),
      {
        description: names.map((name) => `\`${name}\`: ${PROBLEMS[name].title}.`).join('\n'),
        content: { 'application/problem+json': { schema: problemView } },
      },
    ]),
  );
}
