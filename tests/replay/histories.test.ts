import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import type { ReplayWorkerOptions } from '@temporalio/worker';
import { tradeWorkflowId } from '../../temporal/messages/trade';
import { workflowBundlePath, workflowOptions } from '../support/workflow-bundle';

Runtime.install({ logger: new DefaultLogger('ERROR') });

const HISTORIES = join(__dirname, 'histories');
const recorded = readdirSync(HISTORIES).map((file) => ({
  name: file.replace(/\.json$/, ''),
  history: historyFromJSON(JSON.parse(readFileSync(join(HISTORIES, file), 'utf8'))),
}));

/** What a replay of every recorded history says: null for one that came out the same. */
async function replay(options: ReplayWorkerOptions): Promise<Readonly<Record<string, string | null>>> {
  const histories = recorded.map(({ name, history }) => ({ workflowId: tradeWorkflowId(`recorded:${name}`), history }));
  const found: Record<string, string | null> = {};
  for await (const { workflowId, error } of Worker.runReplayHistories(options, histories)) {
    found[workflowId] = error?.name ?? null;
  }
  return found;
}

const all = (verdict: unknown): unknown =>
  Object.fromEntries(recorded.map(({ name }) => [tradeWorkflowId(`recorded:${name}`), verdict]));

describe('the recorded histories', () => {
  it('cover the paths of a trade, and carry the flags without which a replay overlooks changes', () => {
    expect(recorded.length).toBeGreaterThanOrEqual(11);
    for (const { history } of recorded) {
      const flags = history.events?.flatMap(
        (e) => e.workflowTaskCompletedEventAttributes?.sdkMetadata?.coreUsedFlags ?? [],
      );
      expect(flags?.length).toBeGreaterThan(0);
    }
  });

  it('come out the same with the workflows of today', async () => {
    expect(await replay(await workflowOptions())).toEqual(all(null));
  });

  it('are refused by a workflow that does something else', async () => {
    const quiet = { log: none, trace: none, debug: none, info: none, warn: none, error: none };
    const workflowsPath = join(__dirname, 'incompatible', 'workflow.ts');
    const workflowBundle = await bundleWorkflowCode({ workflowsPath, logger: quiet });
    expect(await replay({ workflowBundle })).toEqual(all('DeterminismViolationError'));
  });
});

describe('the workflow bundle', () => {
  it('asks for no module of Node', async () => {
    const code = readFileSync(await workflowBundlePath(), 'utf8');
    const asked = [...code.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name]) => name ?? '');
    expect(asked.filter((name) => isBuiltin(name))).toEqual([]);
  });
});

function none(): void {
  return undefined;
}
