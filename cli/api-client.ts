import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProblemCode, ProblemDocument } from '../api/contract/problems';
import { readRunningStack } from '../infra/local/stack-state';
import { CliError, EXIT } from './context';
import type { CliContext, ExitCode } from './context';
import { withProgress } from './progress';

const TIMEOUT_MS = 30_000;
/** How often a request that may be repeated is sent in all. */
const TRIES = 3;
const MAX_PAUSE_MS = 5_000;

type Query = Readonly<Record<string, string | undefined>>;

/** What a request is besides its address. */
export interface Post {
  readonly body?: object;
  /** Makes repeats safe: the request is then sent again when the API was away for a moment. */
  readonly idempotencyKey?: string;
}

/** An answer of the API that was no problem. */
export interface Answered<T> {
  readonly status: number;
  readonly body: T;
}

/** Where the API is: TRADEWIND_API_URL, else the local stack that runs, else the default address. */
export function apiUrl(context: CliContext): string {
  const named = context.env['TRADEWIND_API_URL'];
  if (named !== undefined && named !== '') return named.replace(/\/+$/, '');
  const stack = readRunningStack(context.stateDir);
  if (stack !== undefined) return stack.addresses.apiUrl;
  return `http://127.0.0.1:${context.env['API_PORT'] ?? '8080'}`;
}

/** The key to send: TRADEWIND_API_KEY, else the first key's file; undefined when there is neither. */
export function apiKey(context: CliContext): string | undefined {
  const named = context.env['TRADEWIND_API_KEY'];
  if (named !== undefined && named !== '') return named;
  const file = join(context.stateDir, 'api-key');
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
}

/** The API as commands use it. Every failure is a `CliError` with its exit code and the next step. */
export class ApiClient {
  /** @param timeoutMs real time that one request may take */
  constructor(
    private readonly context: CliContext,
    private readonly timeoutMs: number = TIMEOUT_MS,
  ) {}

  async get<T>(path: string, query: Query = {}): Promise<T> {
    const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const search = given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
    return (await this.request<T>('GET', `${path}${search}`, {}, TRIES)).body;
  }

  post<T>(path: string, post: Post = {}): Promise<Answered<T>> {
    return this.request<T>('POST', path, post, post.idempotencyKey === undefined ? 1 : TRIES);
  }

  /** A DELETE may always be repeated: what is gone stays gone. */
  delete<T>(path: string, post: Pick<Post, 'idempotencyKey'> = {}): Promise<Answered<T>> {
    return this.request<T>('DELETE', path, post, TRIES);
  }

  private async request<T>(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    post: Post,
    tries: number,
  ): Promise<Answered<T>> {
    const response = await withProgress(this.context, 'waiting for the API', this.send(method, path, post));
    const body: unknown = await response.json().catch(() => undefined);
    if (response.ok) return { status: response.status, body: body as T };
    if (response.status === 503 && tries > 1) {
      await this.context.sleep(pauseOf(response));
      return this.request<T>(method, path, post, tries - 1);
    }
    throw problemError(body, response.status);
  }

  private async send(method: string, path: string, post: Post): Promise<Response> {
    const url = apiUrl(this.context);
    const key = apiKey(this.context);
    if (key === undefined) {
      throw new CliError(EXIT.failed, 'There is no API key: run `npm start` once, or set TRADEWIND_API_KEY.', {
        keyless: true,
      });
    }
    const headers: Record<string, string> = { Authorization: `Bearer ${key}`, Accept: 'application/json' };
    if (post.idempotencyKey !== undefined) headers['Idempotency-Key'] = post.idempotencyKey;
    if (post.body !== undefined) headers['Content-Type'] = 'application/json';
    try {
      return await this.context.fetch(`${url}${path}`, {
        method,
        headers,
        ...(post.body === undefined ? {} : { body: JSON.stringify(post.body) }),
        signal: AbortSignal.timeout(this.timeoutMs),
      });
    } catch {
      throw new CliError(
        EXIT.failed,
        `The API at ${url} does not answer: run \`npm start\`, or set TRADEWIND_API_URL; \`tradewind doctor\` says what is missing.`,
        { unreachable: true },
      );
    }
  }
}

function pauseOf(response: Response): number {
  const seconds = Number(response.headers.get('retry-after'));
  return Math.min(MAX_PAUSE_MS, Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : 1_000);
}

const USAGE: readonly ProblemCode[] = [
  'invalid_request',
  'unknown_reference',
  'invalid_idempotency_key',
  'invalid_cursor',
];
const REFUSED: readonly ProblemCode[] = [
  'halted',
  'action_not_possible',
  'own_trade',
  'own_halt',
  'not_standing',
  'too_many_halts',
  'account_not_flat',
  'clock_is_live',
  'clock_goes_back',
  'no_analysis',
  'quarantined',
  'not_our_order',
  'protects_position',
  'order_ended',
  'order_not_in_doubt',
  'insufficient_funds',
  'invalid_order',
  'trade_rejected',
  'last_admin_key',
  'reports_own_age',
];

function problemError(body: unknown, status: number): CliError {
  if (!isProblem(body)) {
    return new CliError(
      EXIT.failed,
      `The API answered with status ${status} and no problem document: is TRADEWIND_API_URL right?`,
    );
  }
  const exitCode: ExitCode = USAGE.includes(body.code)
    ? EXIT.usage
    : REFUSED.includes(body.code)
      ? EXIT.refused
      : EXIT.failed;
  return new CliError(exitCode, body.detail, { problem: body });
}

function isProblem(body: unknown): body is ProblemDocument {
  return (
    typeof body === 'object' && body !== null && 'code' in body && 'detail' in body && typeof body.detail === 'string'
  );
}
