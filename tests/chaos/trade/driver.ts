import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../../database/pool';
import { syntheticSource } from '../../../domain/matching/synthetic-source';
import { dec, Decimal, text } from '../../../domain/money/decimal';
import type { TradePlan } from './plan';

/** The tape that the paper venue trades SIM on: the suite reads prices where the venue does. */
const TAPE = syntheticSource({ seed: 'tradewind/SIM' });

const RETRY_MS = 50;
const LOOK_MS = 40;
/** How long a client goes on asking an API that does not answer. */
const ASK_FOR_MS = 60_000;
/** An entry that rests is taken back after this, in seconds of the live clock. */
export const UNFILLED_SECONDS = 4;
/** Targets and stops near the price may not be reached: time closes the trade then. */
const BACKSTOP_SECONDS = 8;

/** What the client of one run remembers; real times in epoch milliseconds. */
export interface Driven {
  readonly plan: TradePlan;
  readonly tradeId: string;
  /** When the client first asked for the exit; undefined when it never had to. */
  readonly exitAskedAt: number | undefined;
  /** False when the trade had not ended in time. */
  readonly ended: boolean;
}

/** Where the client finds its server, and how it looks on. */
export interface DriverPlace {
  readonly apiUrl: string;
  readonly key: string;
  readonly database: Database;
}

/**
 * One client: starts the trade, asks for the exit when it is protected, and looks on until it has ended. It repeats
 * every request under the same idempotency key until it gets an answer, as the API tells its clients to.
 */
export async function drive(place: DriverPlace, plan: TradePlan, withinMs: number): Promise<Driven> {
  await sleep(plan.startAfterMs);
  const tradeId = `${plan.account}:${plan.key}`;
  const body = startBody(plan, Date.now());
  const started = await ask(place, '/v1/trades', plan.key, body);
  if (!started.ok) throw new Error(`${tradeId} was not accepted: ${started.status} ${started.text}`);
  const deadline = performance.now() + withinMs;
  let exitAskedAt: number | undefined;
  while (performance.now() < deadline) {
    const phase = await phaseOf(place.database, tradeId);
    if (phase === 'ended') return { plan, tradeId, exitAskedAt, ended: true };
    if (phase === 'managing' && plan.exit === 'operator' && exitAskedAt === undefined) {
      await sleep(plan.holdMs);
      exitAskedAt = Date.now();
      // A trade that has closed itself meanwhile refuses, which is as good.
      await ask(place, `/v1/trades/${tradeId}/exit`, `exit-${plan.key}`, undefined);
    }
    await sleep(LOOK_MS);
  }
  return { plan, tradeId, exitAskedAt, ended: false };
}

/** What the client sends. */
function startBody(plan: TradePlan, now: number): object {
  const price = TAPE.lastPrint(now)?.price ?? dec(100);
  const sign = plan.direction === 'long' ? 1 : -1;
  /** A price so many ticks to the winning side of the last one. */
  const away = (ticks: number): string => text(price.add(new Decimal(ticks * sign).div(100)));
  const common = { account: plan.account, instrument: 'SIM', strategy: plan.strategy, maxQuantity: plan.quantity };
  if (plan.strategy === 'technical') return { ...common, timeExitSeconds: 2 };
  const entry = {
    market: { type: 'market' },
    'taking limit': { type: 'limit', price: away(60) },
    'resting limit': { type: 'limit', price: away(-3) },
  }[plan.entry];
  const exit = {
    operator: { timeExitSeconds: 30 },
    time: { timeExitSeconds: timeExitSeconds(plan) },
    'take-profit': {
      takeProfitPrice: plan.entry === 'taking limit' ? away(61) : away(4),
      timeExitSeconds: BACKSTOP_SECONDS,
    },
    stop: { timeExitSeconds: BACKSTOP_SECONDS },
  }[plan.exit];
  return {
    ...common,
    direction: plan.direction,
    stopPrice: plan.exit === 'stop' ? away(-9) : away(-200),
    entry,
    unfilledTimeoutSeconds: plan.entry === 'resting limit' ? UNFILLED_SECONDS : 60,
    ...exit,
  };
}

/** Market seconds from the first fill to the time exit of a trade that has one by plan. */
export function timeExitSeconds(plan: TradePlan): number {
  return Math.max(1, Math.round(plan.holdMs / 1_000));
}

interface Answer {
  readonly ok: boolean;
  readonly status: number;
  readonly text: string;
}

/** Asks until there is an answer that is not "later". @throws Error when there is none in a minute. */
async function ask(place: DriverPlace, path: string, key: string, body: object | undefined): Promise<Answer> {
  const deadline = performance.now() + ASK_FOR_MS;
  for (;;) {
    const answer = await post(place, path, key, body);
    if (answer !== undefined && answer.status < 500) return answer;
    if (performance.now() > deadline)
      throw new Error(`no answer to POST ${path}: ${answer === undefined ? 'nobody listens' : answer.text}`);
    await sleep(RETRY_MS);
  }
}

async function post(
  place: DriverPlace,
  path: string,
  key: string,
  body: object | undefined,
): Promise<Answer | undefined> {
  try {
    const response = await fetch(`${place.apiUrl}${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${place.key}`,
        'idempotency-key': key,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    });
    return { ok: response.ok, status: response.status, text: await response.text() };
  } catch {
    return undefined;
  }
}

/** The phase in the registry; undefined while Postgres is away. */
async function phaseOf(database: Database, tradeId: string): Promise<string | undefined> {
  try {
    const { rows } = await database.query<{ phase: string }>('SELECT phase FROM trades WHERE id = $1', [tradeId]);
    return rows[0]?.phase;
  } catch {
    return undefined;
  }
}
