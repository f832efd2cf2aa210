import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import type { ReplayWorkerOptions } from '@temporalio/worker';
import { installQuietRuntime } from '../support/quiet-runtime';
import { workflowBundlePath, workflowOptions } from '../support/workflow-bundle';
import { storedHistories } from './histories';
import { OTHERS, SCENARIOS } from './scenarios';

/** The bundler reports a failure and then throws it. */
const QUIET = new DefaultLogger('ERROR', () => undefined);

const stored = storedHistories();

/** What went wrong with each run of the histories, in their order; undefined where nothing did. */
async function replayed(
  options: ReplayWorkerOptions,
  histories: typeof stored = stored,
): Promise<readonly (readonly [name: string, error: string | undefined])[]> {
  const runs = histories.flatMap(([name, { workflowId, runs: all }]) =>
    all.map((history) => ({ name, item: { workflowId, history } })),
  );
  const found: [string, string | undefined][] = [];
  installQuietRuntime();
  for await (const { error } of Worker.runReplayHistories(
    options,
    runs.map(({ item }) => item),
  )) {
    found.push([runs[found.length]?.name ?? '', error?.message]);
  }
  return found;
}

describe('the workflows and the histories of the past', () => {
  it('have a history of every scenario, recorded with the flags that make a replay strict', () => {
    expect(stored.map(([name]) => name)).toEqual([...Object.keys(SCENARIOS), ...Object.keys(OTHERS)].sort());
    for (const [name, { runs }] of stored) {
      const flags = runs.flatMap(({ events }) =>
        events.flatMap((event) => event.workflowTaskCompletedEventAttributes?.sdkMetadata?.coreUsedFlags ?? []),
      );
      // Without the first flag a changed activity type goes unnoticed.
      expect([name, flags]).toEqual([name, expect.arrayContaining([1, 2, 3])]);
    }
    expect(stored.filter(([, { runs }]) => runs.length > 1).map(([name]) => name)).toEqual([
      'continued-as-new',
      'restarted',
    ]);
  });

  it('understand each other: every run is replayed to the same decisions', async () => {
    const found = await replayed(await workflowOptions());
    expect(found.length).toBeGreaterThanOrEqual(stored.length);
    expect(found.filter(([, error]) => error !== undefined)).toEqual([]);
  });

  it('do not, when a workflow has changed in a way that running trades do not survive', async () => {
    const { code } = await bundleWorkflowCode({
      workflowsPath: join(__dirname, 'incompatible', 'workflow.ts'),
      logger: QUIET,
    });
    const trades = stored.filter(([name]) => !(name in OTHERS));
    const found = await replayed({ workflowBundle: { code } }, trades);
    expect(found.length).toBeGreaterThanOrEqual(trades.length);
    for (const [name, error] of found) expect([name, error]).toEqual([name, expect.stringContaining('TMPRL1100')]);
  });
});

describe('the workflow bundle', () => {
  it('holds the rooms that workflows may import, and no built-in module of Node', async () => {
    const code = readFileSync(await workflowBundlePath(), 'utf8');
    const modules = [...code.matchAll(/^\/\*\*\*\/ "([^"]+)"/gm)].map(([, name]) => name ?? '');
    const ours = modules.filter((name) => name.startsWith('./') && !name.includes('node_modules'));
    expect(ours).toContain('./workflows/trade.ts');
    // Where coverage is measured, an interceptor of the tests is part of it.
    const rooms = ours.map((name) => name.split('/')[1]).filter((room) => room !== 'tests');
    expect([...new Set(rooms)].sort()).toEqual(['domain', 'temporal', 'workflows']);
    expect(modules.filter((name) => isBuiltin(name) || name.startsWith('external '))).toEqual([]);
    const required = [...code.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name]) => name ?? '');
    expect(required.filter((name) => isBuiltin(name))).toEqual([]);
  });

  it('cannot be made of workflows that use one', async () => {
    const folder = mkdtempSync(join(__dirname, 'with-a-built-in-'));
    try {
      const workflowsPath = join(folder, 'workflow.ts');
      writeFileSync(
        workflowsPath,
        "import { readFileSync } from 'fs';\nexport async function trade() { return readFileSync('x', 'utf8'); }\n",
      );
      await expect(bundleWorkflowCode({ workflowsPath, logger: QUIET })).rejects.toThrow('disallowed modules');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
