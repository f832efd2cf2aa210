import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../../database/pool';
import { drive } from './driver';
import type { Driven } from './driver';
import { PROCESSES } from './plan';
import type { Fault, RoundPlan } from './plan';
import type { ChaosStack } from './stack';

/** A round that has taken place; real times in epoch milliseconds. */
export interface RoundRecord {
  readonly plan: RoundPlan;
  readonly from: number;
  readonly to: number;
  readonly trades: readonly Driven[];
}

/** A trade that has not ended by then is counted as not reconciled, and the suite goes on. */
const TRADE_WITHIN_MS = 90_000;
const WATCH_MS = 5;
/** The main file of an orders worker whose venue loses answers; from the project's root, without its extension. */
const FAULTY_WORKER = 'tests/chaos/trade/venue-fault-worker';

/** Arms the fault, sends the trades, lets the fault happen, and waits until every trade has ended. */
export async function playRound(stack: ChaosStack, database: Database, plan: RoundPlan): Promise<RoundRecord> {
  await arm(stack, plan.fault);
  const from = Date.now();
  const over = new AbortController();
  const faults = [plan.fault, ...(plan.second ? [plan.second] : [])].map((fault) =>
    strike(stack, database, plan, fault, over.signal),
  );
  const place = { apiUrl: stack.apiUrl, key: stack.key, database };
  const trades = await Promise.all(plan.trades.map((trade) => drive(place, trade, TRADE_WITHIN_MS)));
  over.abort();
  await Promise.all(faults);
  const to = Date.now();
  await disarm(stack, plan.fault, from);
  return { plan, from, to, trades };
}

/** Lets the process that is to die, or to lose answers, live by these rules from the start. */
async function arm(stack: ChaosStack, fault: Fault): Promise<void> {
  switch (fault.how) {
    case 'failpoint':
      return stack.restart(fault.process, { env: { FAILPOINTS: `${fault.failpoint}:${fault.passing}` } });
    case 'lives':
      return stack.restart(fault.process, ...fault.failpoints.map((point) => ({ env: { FAILPOINTS: point } })));
    case 'venue':
      return stack.restart('orders', {
        entry: FAULTY_WORKER,
        env: { CHAOS_VENUE_FAULT: fault.venue, CHAOS_SEED: String(fault.seed) },
      });
    case 'moment':
    case 'phase':
      return;
  }
}

/** Kills what is to be killed from outside. */
async function strike(
  stack: ChaosStack,
  database: Database,
  plan: RoundPlan,
  fault: Fault,
  over: AbortSignal,
): Promise<void> {
  switch (fault.how) {
    case 'failpoint':
    case 'lives':
    case 'venue':
      return;
    case 'moment':
      await sleep(fault.afterMs, undefined, { signal: over }).catch(() => undefined);
      if (!over.aborted) stack.kill(fault.process);
      return;
    case 'phase': {
      const ids = plan.trades.map(({ account, key }) => `${account}:${key}`);
      while (!over.aborted && !(await anyEntered(database, ids, fault.phase))) await sleep(WATCH_MS);
      if (!over.aborted) stack.kill(fault.process);
      return;
    }
  }
}

async function anyEntered(database: Database, ids: readonly string[], phase: string): Promise<boolean> {
  try {
    const { rowCount } = await database.query(
      `SELECT FROM trade_events WHERE trade_id = ANY ($1) AND kind = 'phase' AND name = $2 LIMIT 1`,
      [ids, phase],
    );
    return (rowCount ?? 0) > 0;
  } catch {
    // Another kill of this round may have hit Postgres.
    return false;
  }
}

/** Nothing armed may outlive its round, and everything must be up for the next one. */
async function disarm(stack: ChaosStack, fault: Fault, since: number): Promise<void> {
  const fired = stack.deaths.some(
    (death) => 'process' in fault && death.process === fault.process && death.at >= since,
  );
  if (fault.how === 'venue' || fault.how === 'lives') await stack.restart('orders');
  if (fault.how === 'failpoint' && !fired) await stack.restart(fault.process);
  for (const name of PROCESSES) await stack.untilUp(name);
}
