import { join } from 'node:path';
import { STATE_DIR } from '../../../config/project';
import { openDatabase } from '../../../database/pool';
import type { Database } from '../../../database/pool';
import { atLeast, atMost } from '../../support/report';
import type { Goal } from '../../support/report';
import { assess } from './assess';
import type { Assessment } from './assess';
import { runControl } from './control/run';
import { CHAOS_ACCOUNTS, planRounds } from './plan';
import type { FaultKind, RoundPlan } from './plan';
import { readEnds, readEvents } from './registry-record';
import { playRound } from './round';
import type { RoundRecord } from './round';
import { claimFolder, releaseFolder } from './run-folder';
import { ChaosStack } from './stack';
import type { Death } from './stack';
import { faultRows } from './table';
import type { FaultRow } from './table';
import { noteEnds, readVenue } from './venue-record';

/** What the suite is to do. */
export interface TradeChaosOptions {
  readonly runs: number;
  readonly seed: number;
  /** About how long it may take in all; the rounds that do not fit are left out. */
  readonly minutes?: number;
  /** Only these faults; all unless told. */
  readonly kinds?: readonly FaultKind[];
  /** Runs of the control; a dozen unless told. */
  readonly controlRuns?: number;
  /** Told what happens, one line at a time. */
  readonly log?: (line: string) => void;
}

const CONTROL_RUNS = 12;
/** What the last round, the control and the end still take. */
const AFTER_ROUNDS_MS = 40_000;

/** What came of it. */
export interface TradeChaosResult {
  readonly rows: readonly FaultRow[];
  readonly goals: readonly Goal[];
  /** What people should know of: each run that is not as it should be, and why trades ended without an order. */
  readonly remarks: readonly string[];
  /** Of the servers that ran. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Trades under kills of everything, judged by the paper venue's own tables. Everything it starts is ended again. */
export async function runTradeChaos(options: TradeChaosOptions): Promise<TradeChaosResult> {
  const dir = await claimFolder(join(STATE_DIR, 'chaos'));
  // The processes are not tied to our event loop, which would be empty while their ends are awaited.
  const awake = setInterval(() => undefined, 1_000);
  const log = options.log ?? (() => undefined);
  const until = performance.now() + (options.minutes ?? Infinity) * 60_000 - AFTER_ROUNDS_MS;
  try {
    const stack = await ChaosStack.start(dir);
    const database = openDatabase(stack.databaseUrl, { max: 6 });
    try {
      log('everything is up');
      await noteEnds(database);
      const rounds = await playRounds(stack, database, options, until, log);
      const { rows: installed } = await database.query<{ id: string }>('SELECT id FROM installation');
      const assessment = assess({
        rounds,
        deaths: stack.deaths,
        venue: await readVenue(database, CHAOS_ACCOUNTS),
        ends: await readEnds(database),
        events: await readEvents(database),
        installation: installed[0]?.id ?? '',
      });
      log('control: the same without a journal');
      const control = await runControl(stack, options.controlRuns ?? CONTROL_RUNS);
      const versions = await stack.versions();
      return {
        versions,
        rows: faultRows(assessment, rounds, stack.deaths, control),
        goals: goalsOf(options, assessment, control.duplicates),
        remarks: [...remarksOn(assessment), ...crashes(stack.deaths)],
      };
    } finally {
      await database.end();
      await stack.stop();
    }
  } finally {
    await releaseFolder(dir);
    clearInterval(awake);
  }
}

async function playRounds(
  stack: ChaosStack,
  database: Database,
  options: TradeChaosOptions,
  until: number,
  log: (line: string) => void,
): Promise<RoundRecord[]> {
  const plans = planRounds(options.seed, options.runs, options.kinds);
  const rounds: RoundRecord[] = [];
  for (const [index, plan] of plans.entries()) {
    if (performance.now() > until) break;
    const begun = performance.now();
    rounds.push(await playRound(stack, database, plan));
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    log(`round ${index + 1} of ${plans.length}: ${told(plan)}, ${seconds} s`);
  }
  return rounds;
}

function told(plan: RoundPlan): string {
  const { second } = plan;
  return `${first(plan)}${second === undefined ? '' : ` and ${second.process} (after ${second.afterMs} ms)`}`;
}

function first({ kind, fault }: RoundPlan): string {
  switch (fault.how) {
    case 'failpoint':
      return `${kind} (${fault.failpoint}, passing ${fault.passing})`;
    case 'phase':
      return `${kind} (${fault.phase})`;
    case 'lives':
      return `${kind} (${fault.failpoints.join(', ')})`;
    case 'moment':
      return `${kind} (after ${fault.afterMs} ms)`;
    case 'venue':
      return kind;
  }
}

function goalsOf(options: TradeChaosOptions, { runs, strangers }: Assessment, control: number): Goal[] {
  return [
    // Whoever bounds the time takes what fits into it.
    atLeast('runs', options.minutes === undefined ? options.runs : 1, runs.length),
    atMost('duplicates', 0, strangers + runs.reduce((sum, run) => sum + run.venue.duplicates, 0)),
    atMost('missing', 0, runs.filter((run) => run.missing).length),
    atMost('oversold', 0, runs.filter((run) => run.venue.oversold).length),
    atMost('unreconciled', 0, runs.filter((run) => !run.reconciled).length),
    atLeast('control_duplicates', 1, control),
  ];
}

/** Processes that were not killed and ended all the same. */
function crashes(deaths: readonly Death[]): string[] {
  return deaths
    .filter(({ killed }) => !killed)
    .map(({ process }) => `${process} ended by itself and was started again`);
}

function remarksOn({ runs, strangers }: Assessment): string[] {
  const unsent = runs.flatMap((run) => run.unsent ?? []);
  const reasons = [...new Set(unsent)].map((why) => `${unsent.filter((one) => one === why).length} × ${why}`);
  return [
    ...(strangers > 0 ? [`${strangers} orders at the venue belong to no run`] : []),
    ...runs.flatMap((run) => [
      ...(run.venue.duplicates > 0 ? [`${run.tradeId}: ${run.venue.duplicates} duplicates (${run.kind})`] : []),
      ...(run.missing ? [`${run.tradeId}: no entry at the venue (${run.kind})`] : []),
      ...(run.venue.oversold ? [`${run.tradeId}: oversold (${run.kind})`] : []),
      ...(run.reconciled ? [] : [`${run.tradeId}: ${run.trouble} (${run.kind})`]),
    ]),
    ...(reasons.length > 0 ? [`ended without an order: ${reasons.join(', ')}`] : []),
  ];
}
