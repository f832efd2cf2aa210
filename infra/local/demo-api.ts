import { setTimeout as sleep } from 'node:timers/promises';
import type {
  AccountDetailView,
  ClockView,
  EventView,
  Page,
  TradeDetailView,
  TradeView,
} from '../../api/contract/views';

/** An API that restarts is waited for this long; the trade does not need it. */
const AWAY_MS = 60_000;
const PAUSE_MS = 500;
const TIMEOUT_MS = 30_000;

/** Why there is no demo trade, or why it is not followed any more; a sentence for people. */
export class DemoError extends Error {}

interface Sent {
  readonly body: object;
  readonly idempotencyKey?: string;
}

/**
 * The API as the demo uses it: every request may be repeated, and is, while the API or its database is away. An abort
 * ends each call with the signal's reason.
 */
export class DemoApi {
  constructor(
    private readonly url: string,
    private readonly key: string,
    private readonly signal: AbortSignal,
  ) {}

  account(name: string): Promise<AccountDetailView> {
    return this.request(`/v1/accounts/${name}`);
  }

  moveClock(name: string, body: { readonly to: string } | { readonly reset: true }): Promise<ClockView> {
    return this.request(`/v1/accounts/${name}/clock`, { body });
  }

  /** The newest trades of an account. */
  async trades(account: string): Promise<readonly TradeView[]> {
    return (await this.request<Page<TradeView>>(`/v1/trades?account=${account}&limit=200`)).items;
  }

  start(idempotencyKey: string, body: object): Promise<TradeDetailView> {
    return this.request('/v1/trades', { body, idempotencyKey });
  }

  trade(id: string): Promise<TradeDetailView> {
    return this.request(`/v1/trades/${encodeURIComponent(id)}`);
  }

  /** What happened to a trade so far, oldest first. */
  async events(id: string): Promise<readonly EventView[]> {
    const path = `/v1/trades/${encodeURIComponent(id)}/timeline?limit=200`;
    const events: EventView[] = [];
    let cursor: string | null = null;
    do {
      const from: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page: Page<EventView> = await this.request<Page<EventView>>(`${path}${from}`);
      events.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return events;
  }

  private async request<T>(path: string, sent?: Sent): Promise<T> {
    const deadline = performance.now() + AWAY_MS;
    for (;;) {
      const response = await this.send(path, sent);
      if (response?.ok === true) return (await response.json()) as T;
      const away = response === undefined || response.status === 503;
      if (!away || performance.now() > deadline) throw await problem(response);
      await sleep(PAUSE_MS, undefined, { signal: this.signal });
    }
  }

  /** Undefined when nobody answers. */
  private async send(path: string, sent: Sent | undefined): Promise<Response | undefined> {
    try {
      return await fetch(`${this.url}${path}`, {
        method: sent === undefined ? 'GET' : 'POST',
        headers: {
          Authorization: `Bearer ${this.key}`,
          ...(sent === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...(sent?.idempotencyKey === undefined ? {} : { 'Idempotency-Key': sent.idempotencyKey }),
        },
        ...(sent === undefined ? {} : { body: JSON.stringify(sent.body) }),
        signal: AbortSignal.any([this.signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
    } catch {
      this.signal.throwIfAborted();
      return undefined;
    }
  }
}

async function problem(response: Response | undefined): Promise<DemoError> {
  if (response === undefined) return new DemoError('the API does not answer');
  const body: unknown = await response.json().catch(() => undefined);
  const detail = typeof body === 'object' && body !== null && 'detail' in body ? String(body.detail) : '';
  return new DemoError(`the API answered with status ${response.status}. ${detail}`.trimEnd());
}
