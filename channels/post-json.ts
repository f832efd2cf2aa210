import type { SendOutcome } from '../domain/alert/channel';

/** Real time for one attempt: whoever sends counts on an answer or a failure within it. */
export const SEND_WITHIN_MS = 10_000;
/** The longest pause that the other side may ask for. */
const LONGEST_RETRY_MS = 3_600_000;
/** Statuses below 500 that say nothing about the message itself. */
const PASSING = new Set([408, 425, 429]);

/** Posts JSON once. The answer's text is not read: no part of it, and nothing of the address, is in the outcome. */
export async function postJson(
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<SendOutcome> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'tradewind', ...headers },
      body: JSON.stringify(body),
      redirect: 'manual',
      signal: AbortSignal.timeout(SEND_WITHIN_MS),
    });
    await response.body?.cancel();
    return outcomeOf(response.status, response.headers.get('retry-after'));
  } catch (error) {
    return { kind: 'retry', reason: networkReason(error) };
  }
}

function outcomeOf(status: number, retryAfter: string | null): SendOutcome {
  const reason = `http ${status}`;
  if (status >= 200 && status < 300) return { kind: 'delivered' };
  if (status < 500 && !PASSING.has(status)) return { kind: 'refused', reason };
  const seconds = /^\d{1,6}$/.test(retryAfter ?? '') ? Number(retryAfter) : 0;
  return seconds === 0
    ? { kind: 'retry', reason }
    : { kind: 'retry', reason, afterMs: Math.min(LONGEST_RETRY_MS, seconds * 1_000) };
}

/** A name for a failure of the network: its message may hold the address, which is a secret. */
export function networkReason(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return 'timeout';
  const code = codeOf(error) ?? codeOf(error instanceof Error ? error.cause : undefined);
  return code === undefined ? 'no connection' : `no connection (${code})`;
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const code: unknown = Reflect.get(error, 'code');
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,40}$/.test(code) ? code : undefined;
}
