import type { Client } from '@temporalio/client';
import { acceptTrade } from '../../../database/registry';
import type { Acceptance } from '../../../database/registry';
import type { Database } from '../../../database/pool';
import { instant } from '../../../domain/clock/instant';
import { dec, text } from '../../../domain/money/decimal';
import type { DecimalString } from '../../../domain/money/decimal';
import type { TradeSpec } from '../../../domain/trade/spec';
import { startTrade } from '../../../temporal/start-workflows';
import type { HaltedTradePlan, Stand } from './plan';

const amount = (value: string): DecimalString => text(dec(value));
const DAY_MS = 86_400_000;
/** The weekend on which the clock of the closed account stands. */
export const WEEKEND = instant(Date.UTC(2018, 6, 14, 12));
/** Reached by some prints of each minute only, the lowest ones. */
const LOW = '99.77';
/** So large that these prints, a tenth of which is filled, take days for it. */
const HUGE = '5000000000000000';

/** What is asked for so that the trade comes to its stand, or stays on the way to it. */
function specOf({ account, stand }: HaltedTradePlan): TradeSpec {
  const common = {
    account,
    instrument: 'SIM',
    strategy: 'manual',
    entry: { type: 'market' },
    timeInForce: 'GTC',
    whenClosed: 'reject',
    unfilledTimeoutSeconds: 36_000,
    maxQuantity: amount('1'),
    validUntil: instant(Date.now() + DAY_MS),
  } as const;
  const manual = { ...common, direction: 'long', stopPrice: amount('90') } as const;
  const specs: Readonly<Record<Stand, TradeSpec>> = {
    starting: manual,
    analysing: { ...common, strategy: 'ponders' },
    'in retry backoff': { ...common, strategy: 'fails' },
    'awaiting approval': { ...manual, approvalDeadlineSeconds: 7_200 },
    'awaiting open': {
      ...manual,
      instrument: 'US500',
      stopPrice: amount('2700'),
      whenClosed: 'wait',
      validUntil: instant(Date.parse(WEEKEND) + 5 * DAY_MS),
    },
    'about to send': manual,
    'resting entry': { ...manual, entry: { type: 'limit', price: amount('99') } },
    'partially filled': { ...manual, entry: { type: 'limit', price: amount(LOW) }, maxQuantity: amount(HUGE) },
    managing: manual,
    exiting: manual,
    cancelling: { ...manual, entry: { type: 'limit', price: amount('99') } },
  };
  return specs[stand];
}

export function tradeIdOf({ account, key }: HaltedTradePlan): string {
  return `${account}:${key}`;
}

/** Asks for a trade as the API does. */
export function accept(database: Database, plan: HaltedTradePlan): Promise<Acceptance> {
  const spec = specOf(plan);
  return acceptTrade(database, {
    account: plan.account,
    key: plan.key,
    strategy: spec.strategy,
    instrument: spec.instrument,
    spec,
    fingerprint: plan.key,
    createdBy: 'chaos',
    ...(spec.direction === undefined ? {} : { direction: spec.direction }),
    ...(spec.validUntil === undefined ? {} : { validUntil: spec.validUntil }),
  });
}

export async function start(client: Client, plan: HaltedTradePlan): Promise<void> {
  const { account, instrument, strategy } = specOf(plan);
  await startTrade(client, {
    tradeId: tradeIdOf(plan),
    account,
    instrument,
    strategy,
    mode: 'paper',
    phase: 'accepted',
  });
}

/** Runs work for each thing, so many at once. */
export async function inLanes<T>(
  things: readonly T[],
  lanes: number,
  work: (thing: T) => Promise<unknown>,
): Promise<void> {
  const waiting = [...things];
  const lane = async (): Promise<void> => {
    for (let thing = waiting.shift(); thing !== undefined; thing = waiting.shift()) await work(thing);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

/** What the rows say of where a trade stands. */
interface Standing {
  readonly id: string;
  readonly phase: string;
  readonly resting: boolean;
  readonly partial: boolean;
  readonly guarded: boolean;
}

/** The trades of these that stand where they are meant to; those that are sent last have no stand to wait for. */
export async function readyOf(
  database: Database,
  plans: readonly HaltedTradePlan[],
): Promise<readonly HaltedTradePlan[]> {
  const { rows } = await database.query<Standing>(
    `SELECT t.id, t.phase,
       EXISTS (SELECT FROM orders o WHERE o.trade_id = t.id AND o.leg = 'entry' AND o.state = 'open') AS resting,
       EXISTS (SELECT FROM orders o WHERE o.trade_id = t.id AND o.leg = 'entry' AND o.state = 'partial') AS partial,
       EXISTS (SELECT FROM orders o WHERE o.trade_id = t.id AND o.leg = 'stop' AND o.state = 'open') AS guarded
     FROM trades t WHERE t.id = ANY ($1)`,
    [plans.map(tradeIdOf)],
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return plans.filter((plan) => {
    const row = byId.get(tradeIdOf(plan));
    if (row === undefined) return false;
    switch (plan.stand) {
      case 'analysing':
      case 'in retry backoff':
        return row.phase === 'analysing';
      case 'awaiting approval':
        return row.phase === 'awaiting-approval';
      case 'awaiting open':
        return row.phase === 'awaiting-open';
      case 'resting entry':
      case 'cancelling':
        return row.resting;
      case 'managing':
      case 'exiting':
        return row.guarded;
      case 'partially filled':
        return row.partial;
      case 'starting':
      case 'about to send':
        return true;
    }
  });
}
