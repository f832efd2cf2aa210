import { isTerminal } from '../../../domain/order/state';
import type { OrderState } from '../../../domain/order/order';
import type { Player } from './play';
import type { Broken } from './rules';
import { WORKERS } from './run';
import type { WorkerName } from './run';
import type { Step } from './step';
import { filled } from './venue';
import { RETENTION_MS, SKEW_MS, VALIDITY_MS } from './world';
import type { World } from './world';

/** Rounds of waiting and looking up after which nothing may be in doubt any more. */
const ROUNDS = 4;

/**
 * Lets everything come to rest without further trouble: what is under way arrives, what is in doubt is looked up. Then
 * no order may be in doubt, and the books must say what the venue says: safety that never ends is no use.
 */
export async function settle(world: World, player: Player): Promise<Broken | undefined> {
  // Each step is taken when the one before it was: what it is depends on what that did.
  for (const step of comingToRest(world)) {
    const breach = await player.play(step);
    if (breach) return breach;
  }
  const doubtful = world.look.orders.find(({ state }) => state === 'sending' || state === 'unknown');
  if (doubtful && world.now < world.beginning + RETENTION_MS) {
    return { rule: 'every order in doubt is settled', detail: JSON.stringify(doubtful) };
  }
  return doubtful ? undefined : differingBooks(world);
}

function differingBooks(world: World): Broken | undefined {
  for (const order of world.venue.orders) {
    const row = world.look.orders.find(({ id }) => id === order.message.request.clientOrderId);
    const open = row !== undefined && !isTerminal(row.state as OrderState);
    if (row?.booked !== filled(order).toNumber() || open !== (order.ended === undefined))
      return { rule: 'in the end the books agree', detail: `${order.message.label}: ${JSON.stringify(row)}` };
  }
  return undefined;
}

function* comingToRest(world: World): Generator<Step> {
  for (const worker of WORKERS) yield* finish(world, worker);
  for (let round = 0; round < ROUNDS; round += 1) {
    yield { do: 'start', worker: 'watcher', act: 'watch' };
    yield* finish(world, 'watcher');
    const doubtful = world.look.orders.filter(({ state }) => state === 'sending' || state === 'unknown');
    if (doubtful.length === 0) return;
    yield { do: 'wait', ms: VALIDITY_MS + SKEW_MS + 2 * world.scenario.readLag };
    for (const intent of world.intents.values()) {
      if (!doubtful.some(({ id }) => id === intent.id)) continue;
      yield { do: 'start', worker: 'A', act: 'resolve', intent: intent.label };
      yield* finish(world, 'A');
    }
  }
}

/** Everything that a worker still has to do, with every answer on time. */
function* finish(world: World, worker: WorkerName): Generator<Step> {
  for (;;) {
    const run = world.runs.get(worker);
    if (run === undefined || run.over) return;
    const message = world.venue.messages.find(({ reply, sender }) => reply !== undefined && sender === run);
    if (message === undefined) {
      yield { do: 'go', worker, lag: 0, fillLag: 0 };
    } else {
      if (message.outcome === undefined) yield { do: 'deliver', message: message.label, share: 0, ends: false };
      yield { do: 'answer', message: message.label };
    }
  }
}
