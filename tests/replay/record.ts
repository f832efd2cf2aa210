/**
 * Records the histories that every change of a workflow must still understand: each scenario is played against real
 * servers of its own, and what Temporal wrote is stored in `tests/replay/histories`, one file a workflow, one run after
 * the other where a trade had several.
 *
 *   npx tsx tests/replay/record.ts               all of them
 *   npx tsx tests/replay/record.ts approved      only these
 *
 * When to run it: after a change that old runs need not survive, or for a path that is new. A change that live trades
 * must survive goes the other way: it is guarded with `patched`, and the stored histories stay as they are.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { tradeWorkflowId } from '../../temporal/messages/trade';
import globalSetup from '../support/global-setup';
import globalTeardown from '../support/global-teardown';
import type { Harness } from '../support/harness';
import { ReplayStage } from '../support/replay-stage';
import { ScriptedAnalysts } from '../support/scripted-analysts';
import { startShortServer } from '../support/short-server';
import { Stage } from '../support/stage';
import { HISTORIES_DIR } from './histories';
import type { StoredHistory } from './histories';
import { OTHERS, SCENARIOS } from './scenarios';

async function main(): Promise<void> {
  const names = process.argv.slice(2);
  const chosen = Object.entries(SCENARIOS).filter(([name]) => names.length === 0 || names.includes(name));
  await globalSetup({ collectCoverage: false });
  const analysts = new ScriptedAnalysts();
  const shortServer = await startShortServer();
  const parts = { strategies: analysts.strategies };
  const stage = await Stage.open({ parts });
  const short = await Stage.open({ parts, temporalAddress: shortServer.address });
  const replay = await ReplayStage.open({ closed: { start: '2018-07-10T13:25:00Z' } });
  try {
    mkdirSync(HISTORIES_DIR, { recursive: true });
    for (const [name, play] of chosen) {
      const tradeId = await play({ stage, short, replay });
      const from = [stage, short, replay].find(({ harness }) => tradeId.startsWith(`${harness.account}:`)) ?? replay;
      await store(name, from.harness, tradeWorkflowId(tradeId));
    }
    for (const [name, play] of Object.entries(OTHERS)) {
      if (names.length > 0 && !names.includes(name)) continue;
      await store(name, stage.harness, await play({ stage, short, replay }));
    }
  } finally {
    analysts.release();
    for (const each of [stage, short, replay]) await each.close();
    await shortServer.remove();
    await globalTeardown();
  }
}

/** Stores every run of a workflow, oldest first. */
async function store(name: string, harness: Harness, workflowId: string): Promise<void> {
  const runs: StoredHistory['runs'][number][] = [];
  for (const runId of await runsOf(harness, workflowId)) {
    const history = await harness.client.workflow.getHandle(workflowId, runId).fetchHistory();
    runs.push(JSON.parse(withoutMachine(historyToJSON(history))) as StoredHistory['runs'][number]);
  }
  const stored: StoredHistory = { workflowId, runs };
  writeFileSync(join(HISTORIES_DIR, `${name}.json`), JSON.stringify(stored));
  process.stdout.write(`${name}: ${runs.map(({ events }) => `${events.length} events`).join(' and ')}\n`);
}

/** The ids of all runs of a workflow, oldest first; the newest is listed with a delay. */
async function runsOf(harness: Harness, workflowId: string): Promise<readonly string[]> {
  const { runId: newest } = await harness.client.workflow.getHandle(workflowId).describe();
  let ids: string[] = [];
  await harness.poll(`run ${newest} is not listed`, async () => {
    ids = [];
    for await (const { runId } of harness.client.workflow.list({ query: `WorkflowId = '${workflowId}'` }))
      ids.unshift(runId);
    return ids.includes(newest);
  });
  return ids;
}

/** Who polled on which machine is nobody's business. */
function withoutMachine(json: string): string {
  return json.replaceAll(/"identity":"[^"]*"/g, '"identity":"recorder"');
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
