import { apiKey, apiUrl } from '../api-client';
import type { CliContext } from '../context';
import { clockFinding } from './clock-skew';
import type { Finding } from './finding';

const WITHIN_MS = 4_000;
/** The header Date counts whole seconds. */
const DATE_RESOLUTION_MS = 1_000;

/** Whether the API answers, what it reaches, whether it takes our key, and what time it has. */
export async function apiFindings(context: CliContext): Promise<Finding[]> {
  const url = apiUrl(context);
  const asked = context.now();
  const ready = await ask(context, `${url}/ready`, {});
  const answered = context.now();
  if (ready === undefined) {
    return [
      {
        name: 'API',
        state: 'missing',
        detail: `${url} does not answer`,
        next: 'run `npm start`, or set TRADEWIND_API_URL',
      },
      noteKey(context),
    ];
  }
  const date = Date.parse(ready.headers.get('date') ?? '');
  const clock = Number.isNaN(date) ? [] : [clockFinding('API clock', date, asked, answered, DATE_RESOLUTION_MS)];
  return [readiness(url, ready, await ready.json().catch(() => ({}))), await keyFinding(context, url), ...clock];
}

function readiness(url: string, response: Response, body: unknown): Finding {
  const unreachable = (['database', 'temporal'] as const).filter((part) => partOf(body, part) === 'unreachable');
  if (response.ok && unreachable.length === 0) return { name: 'API', state: 'found', detail: url };
  const detail =
    unreachable.length === 0
      ? `${url} answers with ${response.status}`
      : `${url} cannot reach: ${unreachable.join(', ')}`;
  return { name: 'API', state: 'missing', detail, next: 'look at the lines on PostgreSQL and Temporal' };
}

function partOf(body: unknown, part: string): unknown {
  return typeof body === 'object' && body !== null ? (Reflect.get(body, part) as unknown) : undefined;
}

async function keyFinding(context: CliContext, url: string): Promise<Finding> {
  const key = apiKey(context);
  if (key === undefined) return noteKey(context);
  const response = await ask(context, `${url}/v1/accounts`, { Authorization: `Bearer ${key}` });
  if (response?.ok === true) return { name: 'API key', state: 'found', detail: 'the API takes it' };
  if (response?.status !== 401) return { name: 'API key', state: 'missing', detail: 'it could not be tried' };
  return {
    name: 'API key',
    state: 'missing',
    detail: 'the API does not take it',
    next: 'set TRADEWIND_API_KEY, or make one: tradewind key create --local --role admin',
  };
}

function noteKey(context: CliContext): Finding {
  const there = apiKey(context) !== undefined;
  if (there) return { name: 'API key', state: 'found', detail: 'there is one; it could not be tried' };
  return {
    name: 'API key',
    state: 'missing',
    detail: 'there is none',
    next: 'run `npm start`, which makes the first one',
  };
}

async function ask(context: CliContext, url: string, headers: Record<string, string>): Promise<Response | undefined> {
  try {
    return await context.fetch(url, { headers, signal: AbortSignal.timeout(WITHIN_MS) });
  } catch {
    return undefined;
  }
}
