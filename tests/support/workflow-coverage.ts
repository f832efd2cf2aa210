import { join } from 'node:path';
import type { BundleOptions, WorkerOptions } from '@temporalio/worker';
import type { FileCounts } from './workflow-coverage-interceptor';

/** Jest's own counters of one file, in the test process. */
interface FileCoverage {
  readonly s: Record<string, number>;
  readonly f: Record<string, number>;
  readonly b: Record<string, number[]>;
}

/** Whether jest was asked for coverage. */
export function collectsCoverage(): boolean {
  return process.env['TEST_COLLECT_COVERAGE'] === '1';
}

/**
 * What makes a bundle count: our files are compiled as jest compiles them and instrumented by the same library, and an
 * interceptor sends the counts out of the sandbox, which jest cannot see into.
 * @param rooms Folders whose files are counted.
 */
export function countingBundle(rooms: readonly string[]): Partial<BundleOptions> {
  return {
    workflowInterceptorModules: [join(__dirname, 'workflow-coverage-interceptor.ts')],
    webpackConfigHook: (config) => {
      const ours = { test: /\.ts$/, include: [...rooms] };
      const others = (config.module?.rules ?? []).map((rule) =>
        isRule(rule) ? { ...rule, exclude: [...rooms, /node_modules/] } : rule,
      );
      const use = [
        require.resolve('@temporalio/nyc-test-coverage/lib/loader'),
        join(__dirname, 'jest-transform-loader.cjs'),
      ];
      return { ...config, module: { ...config.module, rules: [...others, { ...ours, use }] } };
    },
  };
}

/** The sink that adds the sandbox's counts to jest's; empty when nothing is counted. Replays count too. */
export function countingSinks(): NonNullable<WorkerOptions['sinks']> {
  if (!collectsCoverage()) return {};
  const fn = (_: unknown, counts: readonly FileCounts[]): void => {
    for (const file of counts) add(file);
  };
  return { coverage: { add: { fn, callDuringReplay: true } } };
}

function add({ path, s, f, b }: FileCounts): void {
  const file = coverageOf(path);
  if (file === undefined) return;
  for (const [id, count] of Object.entries(s)) file.s[id] = (file.s[id] ?? 0) + count;
  for (const [id, count] of Object.entries(f)) file.f[id] = (file.f[id] ?? 0) + count;
  for (const [id, counts] of Object.entries(b)) file.b[id] = counts.map((count, at) => count + (file.b[id]?.[at] ?? 0));
}

/** Jest's entry for a file; one that the test did not load itself is loaded, which makes the entry. */
function coverageOf(path: string): FileCoverage | undefined {
  const globals: typeof globalThis & { __coverage__?: Record<string, FileCoverage> } = globalThis;
  if (globals.__coverage__?.[path] === undefined) jest.requireActual(path);
  return globals.__coverage__?.[path];
}

function isRule(rule: unknown): rule is object {
  return typeof rule === 'object' && rule !== null && 'test' in rule && String(rule.test) === String(/\.ts$/);
}
