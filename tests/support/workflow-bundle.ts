import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bundleWorkflowCode, type BundleOptions, type WorkerOptions } from '@temporalio/worker';
import { withLock } from '../../infra/local/lock.mjs';
import { TEST_DIR } from './run-folder';
import { collectsCoverage, countingBundle, countingSinks } from './workflow-coverage';

const ROOT = resolve(__dirname, '../..');
const WORKFLOWS = join(ROOT, 'workflows');
/** What shapes the bundle when coverage is collected. */
const COUNTING = ['workflow-coverage.ts', 'workflow-coverage-interceptor.ts', 'jest-transform-loader.cjs'].map(
  (name) => `tests/support/${name}`,
);
/** Everything that may be part of the bundle, by the import rules of the workflows. */
const SOURCES = ['workflows', 'domain', 'temporal', ...COUNTING, 'package-lock.json'];
const KEEP_MS = 24 * 3_600_000;

/** What every worker or replay in a test adds to its options to run our workflows. */
export type WorkflowOptions = Required<Pick<WorkerOptions, 'workflowBundle' | 'sinks'>>;

/**
 * The workflows, bundled once for all tests and kept while no source changes, with the sinks that collect coverage.
 * @throws Error when the bundler fails, for example on a Node built-in in workflow code.
 */
export async function workflowOptions(): Promise<WorkflowOptions> {
  return { workflowBundle: { codePath: await workflowBundlePath() }, sinks: countingSinks() };
}

/** The file of the bundle, for worker processes; made when it is missing or older than a source. */
export async function workflowBundlePath(): Promise<string> {
  const path = join(TEST_DIR, `workflow-bundle-${fingerprint()}.js`);
  if (existsSync(path)) return path;
  mkdirSync(TEST_DIR, { recursive: true });
  await withLock(join(TEST_DIR, 'workflow-bundle.lock'), async () => {
    if (existsSync(path)) return;
    const { code } = await bundleWorkflowCode(bundleOptions());
    writeFileSync(`${path}.${process.pid}`, code);
    renameSync(`${path}.${process.pid}`, path);
    removeOldBundles();
  });
  return path;
}

function bundleOptions(): BundleOptions {
  const counting = collectsCoverage()
    ? countingBundle(['workflows', 'domain', 'temporal'].map((room) => join(ROOT, room)))
    : {};
  return { workflowsPath: join(WORKFLOWS, 'index.ts'), logger: silent(), ...counting };
}

function fingerprint(): string {
  const hash = createHash('sha256').update(collectsCoverage() ? 'with coverage' : 'plain');
  for (const file of SOURCES.flatMap((source) => filesBelow(join(ROOT, source))))
    hash.update(file).update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
}

function filesBelow(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .sort()
    .map((name) => join(path, name));
}

/** Other fingerprints may belong to a run that is still going on, so only old ones go. */
function removeOldBundles(): void {
  for (const name of readdirSync(TEST_DIR)) {
    const path = join(TEST_DIR, name);
    if (name.startsWith('workflow-bundle-') && Date.now() - statSync(path).mtimeMs > KEEP_MS)
      rmSync(path, { force: true });
  }
}

/** The bundler reports sizes and timings; failures are thrown anyway. */
function silent(): NonNullable<BundleOptions['logger']> {
  const quiet = (): void => undefined;
  return { log: quiet, trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet };
}
