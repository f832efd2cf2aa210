import { thisMachine, versionsWith } from '../../support/report';
import type { ReportRow } from '../../support/report';
import type { Suite } from '../../support/suites';
import { FAULT_KINDS } from './plan';
import type { FaultKind } from './plan';
import { runTradeChaos } from './run';
import type { FaultRow } from './table';

/** Real seconds that one run takes on average, with what it costs to arm a fault and to recover from it. */
const SECONDS_A_RUN = 2.5;
/** Starting everything, and the control. */
const SECONDS_AROUND = 45;

/** Trades while everything around them is killed; see `runTradeChaos`. */
export const tradeChaosSuite: Suite = {
  summary: 'trades under SIGKILL of workers, API, Temporal and Postgres, judged by the tables of the paper venue',
  numbers: { runs: 100 },
  texts: { only: 'every fault' },
  run: async ({ numbers, texts, seed, minutes }, say) => {
    const runs = Math.max(1, Math.round(numbers['runs'] ?? 0));
    const estimate = Math.ceil((SECONDS_AROUND + runs * SECONDS_A_RUN) / 60);
    say(`${runs} runs: about ${Math.min(estimate, minutes ?? estimate)} minutes on two idle cores`);
    const { rows, goals, remarks, versions } = await runTradeChaos({
      runs,
      seed,
      kinds: kindsOf(texts['only'] ?? ''),
      ...(minutes === undefined ? {} : { minutes }),
      log: say,
    });
    for (const remark of remarks) say(remark);
    return {
      suite: 'trade',
      seed,
      machine: thisMachine(),
      versions: versionsWith(versions),
      rows: rows.map(named),
      goals,
    };
  },
};

/** `--only "worker at after-send,API any time"`. @throws Error naming what is no fault. */
function kindsOf(only: string): readonly FaultKind[] {
  if (only === 'every fault') return FAULT_KINDS;
  return only.split(',').map((name) => {
    const kind = FAULT_KINDS.find((one) => one === name.trim());
    if (kind === undefined) throw new Error(`there is no fault ${name}; there are ${FAULT_KINDS.join(', ')}`);
    return kind;
  });
}

/** The columns as people read them; times in milliseconds. */
function named(row: FaultRow): ReportRow {
  const { fault, runs, kills, duplicates, missing, oversold, unreconciled, unsent } = row;
  return {
    ...{ fault, runs, kills, duplicates, missing, oversold, unreconciled, unsent },
    'down p50 ms': row.downP50,
    'down max': row.downMax,
    'resume p50': row.resumeP50,
    'resume p95': row.resumeP95,
    'resume max': row.resumeMax,
    'unprotected p50': row.unprotectedP50,
    'unprotected p95': row.unprotectedP95,
    'unprotected max': row.unprotectedMax,
    'exit gap p50': row.gapP50,
    'exit gap p95': row.gapP95,
    'exit gap max': row.gapMax,
  };
}
