import type { ControlResult } from './control/run';
import type { Assessment, RunVerdict } from './assess';
import { FAULT_KINDS } from './plan';
import type { RoundRecord } from './round';
import { percentile } from './resume';
import type { Death } from './stack';

/** One line of the result; durations in milliseconds, null where there was nothing to measure. */
export interface FaultRow {
  readonly fault: string;
  readonly runs: number;
  /** Processes that were killed in these rounds, those of second kills included. */
  readonly kills: number;
  readonly duplicates: number;
  readonly missing: number;
  readonly oversold: number;
  readonly unreconciled: number;
  /** Runs that rightly ended without sending anything. */
  readonly unsent: number;
  /** How long killed processes were down; for ours most of it is the start of Node on this machine. */
  readonly downP50: number | null;
  readonly downMax: number | null;
  /** How long deaths held trades up; see `heldUp`. */
  readonly resumeP50: number | null;
  readonly resumeP95: number | null;
  readonly resumeMax: number | null;
  /** From an entry's first fill until exits at the venue covered all of it. */
  readonly unprotectedP50: number | null;
  readonly unprotectedP95: number | null;
  readonly unprotectedMax: number | null;
  /** A trade's longest later time without enough exits at the venue: between its stop and its exit order. */
  readonly gapP50: number | null;
  readonly gapP95: number | null;
  readonly gapMax: number | null;
}

/** A line for each kind of fault, one for all, and one for the control. */
export function faultRows(
  assessment: Assessment,
  rounds: readonly RoundRecord[],
  deaths: readonly Death[],
  control: ControlResult,
): FaultRow[] {
  const kinds = FAULT_KINDS.filter((kind) => assessment.runs.some((run) => run.kind === kind));
  const deathsIn = (played: readonly RoundRecord[]): Death[] =>
    deaths.filter(({ at, arming }) => !arming && played.some(({ from, to }) => at >= from && at <= to));
  return [
    ...kinds.map((kind) => {
      const runs = assessment.runs.filter((run) => run.kind === kind);
      return row(kind, runs, deathsIn(rounds.filter(({ plan }) => plan.kind === kind)));
    }),
    row('all', assessment.runs, deathsIn(rounds)),
    controlRow(control),
  ];
}

function row(fault: string, runs: readonly RunVerdict[], deaths: readonly Death[]): FaultRow {
  const held = runs.flatMap((run) => run.heldUp);
  const unprotected = runs.flatMap((run) => run.venue.unprotected ?? []);
  const gaps = runs.filter((run) => run.venue.unprotected !== null).map((run) => run.venue.gap);
  const down = deaths.flatMap(({ at, backAt }) => (backAt === undefined ? [] : [backAt - at]));
  return {
    fault,
    runs: runs.length,
    kills: deaths.filter(({ killed }) => killed).length,
    duplicates: runs.reduce((sum, run) => sum + run.venue.duplicates, 0),
    missing: runs.filter((run) => run.missing).length,
    oversold: runs.filter((run) => run.venue.oversold).length,
    unreconciled: runs.filter((run) => !run.reconciled).length,
    unsent: runs.filter((run) => run.unsent !== null).length,
    downP50: rounded(percentile(down, 0.5)),
    downMax: rounded(percentile(down, 1)),
    resumeP50: rounded(percentile(held, 0.5)),
    resumeP95: rounded(percentile(held, 0.95)),
    resumeMax: rounded(percentile(held, 1)),
    unprotectedP50: rounded(percentile(unprotected, 0.5)),
    unprotectedP95: rounded(percentile(unprotected, 0.95)),
    unprotectedMax: rounded(percentile(unprotected, 1)),
    gapP50: rounded(percentile(gaps, 0.5)),
    gapP95: rounded(percentile(gaps, 0.95)),
    gapMax: rounded(percentile(gaps, 1)),
  };
}

function controlRow({ runs, duplicates, missing }: ControlResult): FaultRow {
  return {
    fault: 'control: blind retries',
    ...{ runs, kills: 0, duplicates, missing, oversold: 0, unreconciled: 0, unsent: 0, downP50: null, downMax: null },
    ...{ resumeP50: null, resumeP95: null, resumeMax: null },
    ...{ unprotectedP50: null, unprotectedP95: null, unprotectedMax: null, gapP50: null, gapP95: null, gapMax: null },
  };
}

function rounded(value: number | undefined): number | null {
  return value === undefined ? null : Math.round(value);
}
