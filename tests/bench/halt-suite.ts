import { Harness } from '../support/harness';
import { startOwnServers } from '../support/own-servers';
import { atMost, thisMachine, versionsWith } from '../support/report';
import type { ReportRow, SuiteReport } from '../support/report';
import type { Suite } from '../support/suites';
import { measureCommits, WRITERS } from './halt-commit';
import { closeTrades, closeWaiters, startWaiters } from './halt-close';

/** Engagements that are timed, and trades of each kind. */
const ENGAGEMENTS = 200;
const TRADES = 1_000;
/** Real seconds that all of it takes at most on a machine that is not overloaded; for `--minutes`. */
const SECONDS = 180;

/** What a halt costs: its commit under load, and its closing of trades against that of workflows without substance. */
export const haltSuite: Suite = {
  summary: 'the commit of a halt among writers, and the closing of 1,000 trades against 1,000 bare workflows',
  run: async ({ seed, minutes }, say) => {
    say('about three minutes on two idle cores');
    const scale = Math.min(1, ((minutes ?? 60) * 60) / SECONDS);
    const servers = await startOwnServers('bench');
    try {
      const harness = await Harness.open({ ...servers, clock: { kind: 'live' }, openingCash: '100000000' });
      await harness.work();
      const waiters = await startWaiters(harness);
      try {
        const commits = await measureCommits(harness.database, Math.max(20, Math.round(ENGAGEMENTS * scale)));
        say(`commits: done, ${commits.fences} fences meanwhile`);
        const half = Math.max(10, Math.round((TRADES * scale) / 2));
        // Two halves of each, in turn: a machine that gets slower on the way does not favour one of them.
        const bare = [await closeWaiters(harness, 'a', half)];
        const trades = [await closeTrades(harness, 'a', half)];
        bare.push(await closeWaiters(harness, 'b', half));
        trades.push(await closeTrades(harness, 'b', half));
        return report(seed, commits.ms, bare, trades, half);
      } finally {
        await waiters.stop();
        await harness.close();
      }
    } finally {
      await servers.stop();
    }
  },
};

function report(
  seed: number,
  commits: readonly number[],
  bare: readonly number[],
  trades: readonly number[],
  half: number,
): SuiteReport {
  const sorted = [...commits].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const closing = (what: string, ms: readonly number[]): ReportRow => ({
    what,
    count: 2 * half,
    'p50 ms': null,
    'p99 ms': null,
    'all ms': Math.round(sum(ms)),
  });
  return {
    suite: 'halt',
    seed,
    machine: thisMachine(),
    versions: versionsWith({}),
    rows: [
      {
        what: `commit among ${WRITERS} writers`,
        count: commits.length,
        'p50 ms': Number(at(0.5).toFixed(1)),
        'p99 ms': Number(at(0.99).toFixed(1)),
        'all ms': null,
      },
      closing('bare workflows, from the signals to the last row', bare),
      closing('trades, from the halt to the last row', trades),
    ],
    goals: [atMost('commit_p99_ms', 250, at(0.99)), atMost('close_ratio', 1.3, sum(trades) / sum(bare))],
  };
}
