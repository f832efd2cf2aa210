import type { Millis } from '../domain/clock/instant';

/** A request to somebody's feed. */
export interface FeedRequest {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Over the whole exchange, the body included. */
  readonly deadline: Millis;
  /** Larger bodies are refused while they are read. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}

/** A whole answer. */
export interface FeedAnswer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  readonly text: string;
}

/** The body was larger than it may be. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge';
}

/**
 * One exchange, its body included. Redirections are not followed: whoever reads the answer says so. The deadline is a race
 * of our own, since an abort that is given to `fetch` alone may be lost while the body is read.
 * @throws TooLarge, what `fetch` throws, or an Error when the deadline or the abort came first
 */
export async function exchange(request: FeedRequest): Promise<FeedAnswer> {
  const { url, method = 'GET', headers = {}, body, deadline, maxBytes, signal: outer } = request;
  const controller = new AbortController();
  const { signal } = controller;
  const whole = async (): Promise<FeedAnswer> => {
    const response = await fetch(url, { method, headers, redirect: 'manual', signal, ...(body ? { body } : {}) });
    const text = await bounded(response, maxBytes);
    return { status: response.status, statusText: response.statusText, headers: response.headers, text };
  };
  let stop: (() => void) | undefined;
  const late = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(new Error(`no whole answer within ${deadline} ms`)), deadline);
    const aborted = (): void => reject(new Error('nobody waits for the answer any more'));
    outer?.addEventListener('abort', aborted, { once: true });
    stop = () => {
      clearTimeout(timer);
      outer?.removeEventListener('abort', aborted);
    };
    if (outer?.aborted === true) aborted();
  });
  try {
    const answer = whole();
    answer.catch(() => undefined);
    return await Promise.race([answer, late]);
  } finally {
    stop?.();
    controller.abort();
  }
}

async function bounded(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new TooLarge(`the answer has more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** What a header `Retry-After` asks for, seconds or a date; undefined without a readable one. */
export function retryAfterOf(headers: Headers, now: number): Millis | undefined {
  const header = headers.get('retry-after');
  if (header === null) return undefined;
  const millis = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isNaN(millis) ? undefined : Math.max(0, millis);
}
