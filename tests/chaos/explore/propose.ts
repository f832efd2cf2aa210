import { isLive, isTerminal } from '../../../domain/order/state';
import type { OrderState } from '../../../domain/order/order';
import type { Choices } from '../choices';
import type { OrderRow } from './controlled-database';
import { callsDatabase } from './play';
import { WORKERS } from './run';
import type { WorkerName } from './run';
import type { Act, Scenario, Step } from './step';
import { RETENTION_MS, SKEW_MS, VALIDITY_MS } from './world';
import type { Intent, World } from './world';

/** How much of each kind of trouble an interleaving has: some have none of one kind, so that others get far. */
export interface Temper {
  readonly crashes: number;
  readonly losses: number;
  readonly halts: number;
  readonly stalls: number;
  readonly takeOvers: number;
  readonly overlaps: number;
  readonly oldReads: number;
  readonly partialFills: number;
  /** How soon each worker goes on, and the venue: a slow one stalls where the others do much. */
  readonly pace: Readonly<Record<WorkerName | 'venue', number>>;
}

export function temperOf(choices: Choices): Temper {
  const some = (): number => choices.oneOf([0, 0.3, 1, 1]);
  const pace = (): number => choices.oneOf([0.4, 2, 6]);
  return {
    crashes: some(),
    losses: some(),
    halts: some(),
    stalls: some(),
    takeOvers: choices.oneOf([0, 0, 0, 1]),
    overlaps: choices.oneOf([0, 1, 6]),
    oldReads: some(),
    partialFills: some(),
    pace: { A: pace(), B: pace(), watcher: pace(), operator: pace(), venue: pace() },
  };
}

/** Limits under which one or two of the trades fit, by one of the sums that the fence makes. */
const LIMITS: readonly Scenario['limits'][] = [
  { buyingPower: 1e6, maxGrossNotional: 1_000, maxInstrumentNotional: 1e6, maxOpenTrades: 9 },
  { buyingPower: 1e6, maxGrossNotional: 1e6, maxInstrumentNotional: 1_000, maxOpenTrades: 9 },
  { buyingPower: 1_000, maxGrossNotional: 1e6, maxInstrumentNotional: 1e6, maxOpenTrades: 9 },
  { buyingPower: 1e6, maxGrossNotional: 1e6, maxInstrumentNotional: 1e6, maxOpenTrades: 1 },
  { buyingPower: 1e6, maxGrossNotional: 1e6, maxInstrumentNotional: 1e6, maxOpenTrades: 9 },
];

export function scenarioOf(choices: Choices): Scenario {
  return {
    trades: Array.from({ length: choices.whole(1, 3) }, () => ({
      instrument: choices.chance(0.75) ? 'EXA' : 'EXB',
      direction: choices.chance(0.75) ? 'long' : 'short',
      quantity: choices.oneOf([4, 6]),
    })),
    limits: choices.oneOf(LIMITS),
    readLag: choices.oneOf([0, 300]),
    skew: choices.oneOf([-SKEW_MS, 0, SKEW_MS]),
  };
}

type Weighted = readonly [number, Step];

/** One of the steps that make sense now; undefined when there is none. */
export function proposeStep(world: World, temper: Temper, choices: Choices): Step | undefined {
  const possible = [
    ...WORKERS.flatMap((worker) => ofWorker(world, worker, temper, choices)),
    ...atVenue(world, temper, choices),
    ...together(world, temper),
    [1 + 2 * temper.stalls, { do: 'wait', ms: choices.oneOf(waits(world, temper)) }] as const,
  ].filter(([weight]) => weight > 0);
  let left = choices.fraction() * possible.reduce((sum, [weight]) => sum + weight, 0);
  return possible.find(([weight]) => (left -= weight) < 0)?.[1];
}

/** Around every limit of the protocol: the age of a permit, a request's validity, the venue's lag, its retention. */
function waits(world: World, { stalls }: Temper): readonly number[] {
  const { readLag } = world.scenario;
  const certain = VALIDITY_MS + SKEW_MS + readLag;
  const short = [1, 20, 100, 249, 250, readLag + 1, VALIDITY_MS - 1, VALIDITY_MS + 1, VALIDITY_MS + SKEW_MS];
  return stalls > 0 ? [...short, certain - 1, certain, certain + 1, 5_000, RETENTION_MS - 1_000] : short;
}

function ofWorker(world: World, worker: WorkerName, temper: Temper, choices: Choices): Weighted[] {
  const run = world.runs.get(worker);
  if (run !== undefined && !run.over) {
    const crash: Weighted = [0.4 * temper.crashes, { do: 'crash', worker }];
    if (run.gate?.name === 'answer') return [crash];
    const age = (): number => (choices.chance(0.5 * temper.oldReads) ? world.scenario.readLag : 0);
    return [[temper.pace[worker], { do: 'go', worker, lag: age(), fillLag: age() }], crash];
  }
  switch (worker) {
    case 'A':
    case 'B':
      return orderActs(world, temper, choices).map(([weight, act]) => [weight, { do: 'start', worker, ...act }]);
    case 'watcher':
      return [[1.5, { do: 'start', worker, act: 'watch' }]];
    case 'operator':
      return operatorActs(world, temper, choices).map(([weight, act]) => [weight, { do: 'start', worker, ...act }]);
  }
}

type WeightedAct = readonly [number, Act];

function orderActs(world: World, { takeOvers }: Temper, choices: Choices): WeightedAct[] {
  const acts: WeightedAct[] = [];
  for (const [trade, plan] of world.scenario.trades.entries()) {
    const held = Math.abs(world.look.trades[trade]?.position ?? 0);
    acts.push(...wanted(world, `t${trade}/entry`, () => plan.quantity, 3, 1));
    if (held === 0) continue;
    const quantity = (): number => choices.oneOf([held, held, held / 2, held + 1]);
    for (const leg of ['stop', 'stop-2', 'exit']) acts.push(...wanted(world, `t${trade}/${leg}`, quantity, 2, 3));
  }
  for (const intent of world.intents.values()) {
    const row = rowOf(world, intent);
    if (row === undefined) continue;
    const { label } = intent;
    const live = isLive(row.state as OrderState);
    const doubtful = row.state === 'sending' || row.state === 'unknown';
    acts.push([doubtful ? 3 : 0.05, { act: 'resolve', intent: label }]);
    acts.push([live ? 0.7 : 0.02, { act: 'cancel', intent: label }]);
    acts.push([row.closed ? 0.05 : 0.3, { act: 'close', intent: label }]);
    if (row.state === 'sending') acts.push([2 * takeOvers, { act: 'take-over', intent: label }]);
  }
  return acts;
}

/** The intent of a leg that may be submitted now: its newest revision, or the next one after that has ended. */
function wanted(world: World, leg: string, quantity: () => number, weight: number, most: number): WeightedAct[] {
  for (let revision = 1; revision <= most; revision += 1) {
    const label = `${leg}/${revision}`;
    const intent = world.intent(label);
    const row = intent && rowOf(world, intent);
    if (row !== undefined && isTerminal(row.state as OrderState)) continue;
    const units = intent ? Number(intent.order.quantity) : Number(quantity().toFixed(3));
    // A second worker may begin what a first one is at: that is what a retried activity does.
    return [
      [row?.attempts.at(-1) === 'sending' ? weight / 4 : weight, { act: 'submit', intent: label, quantity: units }],
    ];
  }
  return [];
}

function rowOf(world: World, intent: Intent): OrderRow | undefined {
  return world.look.orders.find(({ id }) => id === intent.id);
}

function operatorActs(world: World, { halts }: Temper, choices: Choices): WeightedAct[] {
  const instrument = choices.oneOf(world.scenario.trades).instrument;
  const scope = choices.oneOf(['global', 'account', 'strategy:manual', `instrument:${instrument}`]);
  const trade = choices.whole(0, world.scenario.trades.length - 1);
  const mode = choices.oneOf(['reduce-only', 'halt-all'] as const);
  const engaged = world.halts.filter(({ releasedAt }) => releasedAt === undefined);
  return [
    [0.5 * halts, { act: 'halt', scope, mode, flatten: choices.chance(0.25) }],
    ...engaged.map(({ scope: name }): WeightedAct => [
      0.4,
      { act: 'release', scope: name.replace(/^account:.*/, 'account') },
    ]),
    [0.3, { act: 'approve', trade }],
    [0.3, { act: 'end', trade }],
    [0.7, { act: 'run-clock' }],
  ];
}

function atVenue(world: World, { losses, partialFills, pace }: Temper, choices: Choices): Weighted[] {
  const steps: Weighted[] = [];
  const share = (): number => (choices.chance(0.6 * partialFills) ? 0.5 : 1);
  for (const { label, outcome, reply, request } of world.venue.messages) {
    const atOnce = request.terms.type === 'market' && choices.chance(0.7) ? share() : 0;
    if (outcome === undefined)
      steps.push([pace.venue, { do: 'deliver', message: label, share: atOnce, ends: choices.chance(0.15) }]);
    if (reply === undefined) continue;
    if (outcome !== undefined) steps.push([4, { do: 'answer', message: label }]);
    steps.push([losses, { do: 'lose', message: label }]);
  }
  for (const { message, ended } of world.venue.orders) {
    if (ended) continue;
    steps.push(
      [1, { do: 'fill', order: message.label, share: share() }],
      [0.3, { do: 'expire', order: message.label }],
    );
  }
  return steps;
}

/** Calls of two workers that both stand before the database; most of all those that come while a halt is made. */
function together(world: World, { overlaps }: Temper): Weighted[] {
  const ready = WORKERS.filter((worker) => callsDatabase(world.runs.get(worker)));
  return ready.flatMap((first) => {
    const weight = world.runs.get(first)?.gate?.name === 'engage_halt' ? 5 * overlaps : overlaps;
    return ready
      .filter((second) => second !== first)
      .map((second): Weighted => [weight, { do: 'overlap', first, second }]);
  });
}
