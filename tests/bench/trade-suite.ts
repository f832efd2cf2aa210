import { Harness } from '../support/harness';
import { startOwnServers } from '../support/own-servers';
import { atLeast, atMost, thisMachine, versionsWith } from '../support/report';
import type { SuiteReport } from '../support/report';
import type { Suite, SuiteOptions } from '../support/suites';
import { bareRunner, count, measure, tradeRunner } from './trade';
import type { Counted, Measured, RunOne } from './trade';
import { tradeWorkflowId } from '../../temporal/messages/trade';

/** Runs of each kind: alone, and 20 at a time. */
const ALONE = 60;
const TOGETHER = 200;
/** Enough for everything to be compiled, cached and connected. */
const WARM_UP = 15;
/** Real seconds that one run of both kinds takes at most, on a machine that is not overloaded; for `--minutes`. */
const SECONDS_A_RUN = 0.25;

/**
 * What the substance of a trade costs over the bare hops of its workflow: both in one run, on one server, in turn, so that
 * whatever the machine does meets both.
 */
export const tradeSuite: Suite = {
  summary: 'a manual trade against a bare workflow with the same hops that do nothing',
  run: async (options, say) => {
    say('about 90 seconds on two idle cores');
    const servers = await startOwnServers('bench');
    try {
      const harness = await Harness.open({ ...servers, clock: { kind: 'live' }, openingCash: '100000000' });
      // The limits are not what is measured: all trades of the run must fit.
      await harness.database.query(
        `UPDATE accounts SET policy = policy || '{"maxOpenTrades": 1000, "maxDailyLoss": "1000000", "maxOrdersPerMinute": 100000}'`,
      );
      await harness.work();
      const bare = await bareRunner(harness);
      try {
        return await measureBoth(harness, bare.run, options, say);
      } finally {
        await bare.stop();
        await harness.close();
      }
    } finally {
      await servers.stop();
    }
  },
};

/** Runs bare workflows and trades in turn, alone and 20 at a time. */
async function measureBoth(
  harness: Harness,
  bare: RunOne,
  options: SuiteOptions,
  say: (line: string) => void,
): Promise<SuiteReport> {
  const trade = tradeRunner(harness);
  const scale = Math.min(1, ((options.minutes ?? 60) * 60) / ((ALONE + TOGETHER) * SECONDS_A_RUN));
  await measure('bare', bare, WARM_UP, 3, 'warm-bare');
  await measure('trade', trade, WARM_UP, 3, 'warm-trade');
  const results: Measured[] = [];
  for (const [parallel, all] of [
    [1, ALONE],
    [20, TOGETHER],
  ] as const) {
    const half = Math.max(parallel, Math.round((scale * all) / 2));
    // Two halves of each, in turn: a machine that gets slower on the way does not favour one of them.
    for (const part of ['a', 'b']) {
      results.push(await measure('bare', bare, half, parallel, `bare-${parallel}-${part}`));
      results.push(await measure('trade', trade, half, parallel, `trade-${parallel}-${part}`));
    }
    say(`${parallel} at a time: done`);
  }
  const hops = await Promise.all([
    count(harness.client, 'bare', 'bare:bare-1-a-0'),
    count(harness.client, 'trade', tradeWorkflowId(`${harness.account}:trade-1-a-0`)),
  ]);
  return report(results, hops, options.seed);
}

function report(results: readonly Measured[], hops: readonly Counted[], seed: number): SuiteReport {
  const mean = (what: Measured['what'], parallel: number, of: (m: Measured) => number): number => {
    const all = results.filter((m) => m.what === what && m.parallel === parallel).map(of);
    return all.reduce((sum, value) => sum + value, 0) / all.length;
  };
  const rows = [1, 20].flatMap((parallel) =>
    hops.map(({ what, activities, localActivities, workflowTasks }) => ({
      what,
      parallel,
      'p50 ms': Math.round(mean(what, parallel, (m) => m.p50)),
      'p95 ms': Math.round(mean(what, parallel, (m) => m.p95)),
      'a second': Number(mean(what, parallel, (m) => m.perSecond).toFixed(1)),
      activities,
      'local activities': localActivities,
      'workflow tasks': workflowTasks,
    })),
  );
  const p50Ratio = mean('trade', 1, (m) => m.p50) / mean('bare', 1, (m) => m.p50);
  const throughputRatio = mean('trade', 20, (m) => m.perSecond) / mean('bare', 20, (m) => m.perSecond);
  return {
    suite: 'trade',
    seed,
    machine: thisMachine(),
    versions: versionsWith({}),
    rows,
    goals: [atMost('p50_ratio', 1.15, p50Ratio), atLeast('throughput_ratio', 0.85, throughputRatio)],
  };
}
