import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { engageHalt, releaseHalt } from '../../../database/halts';
import type { Database } from '../../../database/pool';
import { GLOBAL_SCOPE } from '../../../domain/halt/halt';
import type { HaltMode } from '../../../domain/halt/halt';
import { cancelUpdate, exitUpdate, tradeWorkflowId } from '../../../temporal/messages/trade';
import type { ChaosStack } from '../trade/stack';
import { insist } from '../insist';
import { CYCLE_ACCOUNTS, readAndDropCycles, scheduleCycles } from './cycles';
import type { FiredSchedules } from './cycles';
import { judgeHalt } from './judge';
import type { HaltVerdict } from './judge';
import { LIVE_ACCOUNTS, CLOSED_ACCOUNT } from './plan';
import type { HaltedTradePlan, HaltRoundPlan, Stand } from './plan';
import { readHalt, readJournal, readTrades } from './record';
import type { HaltTimes } from './record';
import { accept, readyOf, inLanes, start, tradeIdOf } from './trades';
import type { VenueBooks } from './venue';

/** What a round works on. */
export interface HaltPlace {
  readonly stack: ChaosStack;
  readonly database: Database;
  readonly client: Client;
  readonly books: VenueBooks;
  readonly log: (line: string) => void;
}

/** One halt of a round, judged. */
export interface JudgedRound {
  readonly plan: HaltRoundPlan;
  /** Trades whose entry was filled in part just before the moment; undefined for a halt that clears the stage. */
  readonly partly?: number;
  /** Milliseconds that the engagement took, as its caller waited. */
  readonly commitMs: number;
  readonly times: HaltTimes;
  readonly verdict: HaltVerdict;
  /** Trades that were asked for after the moment and let in: must be 0. */
  readonly letIn: number;
  /** What the schedules of the round did; undefined when it had none, or another halt of the round says it. */
  readonly schedules?: FiredSchedules;
  /** False when the halt was not done in time. */
  readonly done: boolean;
}

const LANES = 12;
/** Real time that trades get to come to their stands, and a halt to its end. */
const PREPARE_MS = 600_000;
const DONE_MS = 900_000;
/** Stands that are taken last, in this order: what fills has to be sold again, and retries are used up. */
const BRIEF: readonly Stand[] = ['partially filled', 'in retry backoff'];
/** Real time that trades get to come to one of these; the price is low enough for a partial fill once a minute. */
const BRIEF_MS = 120_000;
/** Trades that are sent just before the moment. */
const LAST: readonly Stand[] = ['starting', 'about to send'];
const FROZEN_MS = 8_000;
/** Real time after a release in which a trade that it should not revive would send. */
const REVIVAL_MS = 5_000;

/** Prepares trades everywhere, halts them while something breaks, judges, and clears the stage with a second halt that flattens. */
export async function playHaltRound(place: HaltPlace, plan: HaltRoundPlan): Promise<readonly JudgedRound[]> {
  const { database, client, log } = place;
  const brief = BRIEF.map((stand) => plan.trades.filter((trade) => trade.stand === stand));
  const late = plan.trades.filter(({ stand }) => LAST.includes(stand));
  const early = plan.trades.filter((trade) => !BRIEF.includes(trade.stand) && !late.includes(trade));
  await prepare(place, early, PREPARE_MS);
  for (const trades of brief) await prepare(place, trades, BRIEF_MS);
  const standing = [...early, ...brief.flat()];
  const ready = await readyOf(database, standing);
  const partly = ready.filter(({ stand }) => stand === 'partially filled').length;
  log(
    `round ${plan.round + 1}: ${ready.length} of ${standing.length} trades stand where they are meant to, ` +
      `${partly} of them partly filled; ${plan.disturbance}`,
  );
  if (plan.schedules) await scheduleCycles(client, plan.round);
  const asked = askLast(place, plan.trades);
  const sent = inLanes(late, LANES, async (trade) => {
    await accept(database, trade);
    if (trade.stand !== 'starting') await start(client, trade).catch(() => undefined);
  });
  await Promise.all([sent, sleep(400)]);
  const disturbed = disturb(place, plan);
  if (plan.disturbedAfterMs < 0) await sleep(-plan.disturbedAfterMs);
  const stream = streamOfTrades(place, plan);
  const first = await halt(place, plan, plan.mode, plan.flatten);
  const letIn = await stream.stop();
  await Promise.all([disturbed, asked]);
  const schedules = plan.schedules ? await readAndDropCycles(place, plan.round, first.times.engagedAt) : undefined;
  const judged = {
    ...first,
    partly,
    letIn: letIn + (schedules?.lateTrades.length ?? 0),
    ...(schedules && { schedules }),
  };
  if (plan.flatten) return [await released(place, judged)];
  // What is guarded now is closed by a stricter halt, so that the next round begins with an empty stage.
  const clearing: HaltRoundPlan = { ...plan, flatten: true, disturbance: 'nothing' };
  const second = await halt(place, clearing, plan.mode, true);
  return [judged, await released(place, { ...second, letIn: 0 })];
}

/** Asks for trades and waits until they stand where they are meant to, or the time is over. */
async function prepare(
  { database, client }: HaltPlace,
  trades: readonly HaltedTradePlan[],
  withinMs: number,
): Promise<void> {
  await inLanes(trades, LANES, async (trade) => {
    await accept(database, trade);
    // What a busy server does not start in time, the dispatcher does.
    await start(client, trade).catch(() => undefined);
  });
  const deadline = performance.now() + withinMs;
  let ready = 0;
  while (performance.now() < deadline && ready < trades.length) {
    await sleep(250);
    ready = await readyOf(database, trades).then(
      ({ length }) => length,
      () => ready,
    );
  }
}

/** Exits and cancels that are asked for in the very last moment; whether they are answered does not matter. */
async function askLast({ client }: HaltPlace, trades: readonly HaltedTradePlan[]): Promise<void> {
  const asking = trades.filter(({ stand }) => stand === 'exiting' || stand === 'cancelling');
  await inLanes(asking, LANES, async (trade) => {
    const handle = client.workflow.getHandle(tradeWorkflowId(tradeIdOf(trade)));
    const update = trade.stand === 'exiting' ? exitUpdate : cancelUpdate;
    await client
      .withDeadline(Date.now() + 5_000, () => handle.executeUpdate(update, { args: [{ by: 'chaos' }] }))
      .catch(() => undefined);
  });
}

/** Asks for new trades without pause, before, during and after the moment; answers how many came in after it. */
function streamOfTrades({ database, client }: HaltPlace, plan: HaltRoundPlan): { stop(): Promise<number> } {
  let over = false;
  let refused = false;
  let letIn = 0;
  const run = async (): Promise<void> => {
    for (let n = 0; !over; n += 1) {
      const account = LIVE_ACCOUNTS[n % LIVE_ACCOUNTS.length] ?? LIVE_ACCOUNTS[0];
      const trade: HaltedTradePlan = { key: `s${plan.round}-${n}`, account, stand: 'about to send' };
      const answer = await accept(database, trade).catch(() => undefined);
      if (answer?.result === 'halted') refused = true;
      if (answer?.result === 'accepted') {
        // Once one was refused, the halt stands: none may follow.
        if (refused) letIn += 1;
        await start(client, trade).catch(() => undefined);
      }
      await sleep(20);
    }
  };
  const running = run();
  return {
    stop: async () => {
      over = true;
      await running;
      return letIn;
    },
  };
}

async function disturb({ stack }: HaltPlace, { disturbance, disturbedAfterMs }: HaltRoundPlan): Promise<void> {
  await sleep(Math.max(0, disturbedAfterMs));
  switch (disturbance) {
    case 'one worker killed':
      stack.kill('worker-1');
      return;
    case 'one worker stopped and resumed':
      stack.freeze('worker-2', true);
      await sleep(FROZEN_MS);
      stack.freeze('worker-2', false);
      return;
    case 'Postgres restarted':
      stack.kill('postgres');
      return;
    case 'Temporal restarted':
      stack.kill('temporal');
      return;
    case 'nothing':
      return;
  }
}

/** Engages, waits for the report, and judges by the venue. */
async function halt(
  place: HaltPlace,
  plan: HaltRoundPlan,
  mode: HaltMode,
  flatten: boolean,
): Promise<Omit<JudgedRound, 'letIn'>> {
  const { database } = place;
  const asked = performance.now();
  const engaged = await engaging(database, mode, flatten);
  const commitMs = performance.now() - asked;
  const deadline = performance.now() + DONE_MS;
  let times: HaltTimes | undefined;
  while (times?.finished == null && performance.now() < deadline) {
    await sleep(250);
    times = await readHalt(database, engaged).catch(() => times);
  }
  // A worker that was stopped may wake up late and try what it had in hand.
  await sleep(2_000);
  const last = await readHalt(database, engaged);
  return { plan, commitMs, times: last, verdict: await judge(place, last), done: last.finished !== null };
}

/** A database that restarts refuses; the operator asks again, and meets the halt if it was made. */
async function engaging(database: Database, mode: HaltMode, flatten: boolean): Promise<number> {
  const wish = {
    scope: GLOBAL_SCOPE,
    mode,
    flatten,
    everything: false,
    source: 'operator',
    reason: 'chaos',
    actor: 'chaos',
  } as const;
  return insist(async () => {
    const answer = await engageHalt(database, { ...wish, limited: false });
    if ('epoch' in answer) return answer.epoch;
    throw new Error(`not engaged: ${answer.result}`);
  });
}

async function judge({ database, books }: HaltPlace, halt: HaltTimes): Promise<HaltVerdict> {
  const [journal, trades, ledger] = await Promise.all([
    readJournal(database),
    readTrades(database),
    books.read([...LIVE_ACCOUNTS, ...CYCLE_ACCOUNTS, CLOSED_ACCOUNT]),
  ]);
  return judgeHalt({ halt, journal, trades, ...ledger });
}

/** Releases a halt, gives what it stopped the time to come back to life, and judges what was sent after the release. */
async function released(place: HaltPlace, judged: JudgedRound): Promise<JudgedRound> {
  const { epoch } = judged.times;
  const answer = await releaseHalt(place.database, { scope: 'global', reason: 'chaos', actor: 'chaos' });
  if (answer.result !== 'released') throw new Error(`halt ${epoch} was not released: ${answer.result}`);
  await sleep(REVIVAL_MS);
  const { oldEpoch } = await judge(place, await readHalt(place.database, epoch));
  return { ...judged, verdict: { ...judged.verdict, oldEpoch } };
}
