import { newestCycleRuns } from '../database/cycles';
import type { CycleRun } from '../database/cycles';
import type { Database } from '../database/pool';
import type { TradingCycle } from '../domain/cycle/cycle';
import { ROUTES } from './contract/routes';
import { answer, mount } from './mount';
import type { Gate } from './mount';
import { ApiProblem, notFound } from './problem';

/** What the routes of trading cycles need. */
export interface CycleRoutes {
  readonly database: Database;
  readonly cycles: readonly TradingCycle[];
  /** Starts a cycle, or meets the one that runs; answers its workflow's id, and undefined while Temporal is away. */
  readonly startCycle: (cycle: string) => Promise<string | undefined>;
}

/** Mounts listing, showing and running trading cycles. */
export function mountCycles(gate: Gate, { database, cycles, startCycle }: CycleRoutes): void {
  const find = (name: string): TradingCycle => {
    const cycle = cycles.find((one) => one.name === name);
    if (cycle === undefined) throw notFound('trading cycle');
    return cycle;
  };
  mount(gate, ROUTES.listCycles, async () => {
    const runs = await newestCycleRuns(database);
    const items = cycles.map((cycle) =>
      view(
        cycle,
        runs.find((run) => run.cycle === cycle.name),
      ),
    );
    return answer(200, { items, nextCursor: null });
  });
  mount(gate, ROUTES.showCycle, async ({ params }) => {
    const cycle = find(params.name);
    const runs = await newestCycleRuns(database, cycle.name);
    return answer(200, { ...view(cycle, runs[0]), runs: runs.map(runView) });
  });
  mount(gate, ROUTES.runCycle, async ({ params, audit }) => {
    const { name, account } = find(params.name);
    audit({ cycle: name, account });
    const workflowId = await startCycle(name);
    if (workflowId === undefined)
      throw new ApiProblem('temporal_unavailable', 'Temporal does not answer, so the cycle was not started.', {}, 5);
    return answer(202, { cycle: name, workflowId });
  });
}

function view({ instruments, trade, ...cycle }: TradingCycle, last: CycleRun | undefined) {
  return { ...cycle, instruments: [...instruments], trade: { ...trade }, lastRun: last ? runView(last) : null };
}

function runView({ results, ...run }: CycleRun) {
  return { ...run, results: [...results] };
}
