import { proxySinks, type Sinks, type WorkflowInterceptors } from '@temporalio/workflow';

/** How often the statements, functions and branches of one file ran; those that never did are left out. */
export interface FileCounts {
  readonly path: string;
  readonly s: Readonly<Record<string, number>>;
  readonly f: Readonly<Record<string, number>>;
  readonly b: Readonly<Record<string, readonly number[]>>;
}

/** The way of the counts out of the sandbox. */
export interface CoverageSinks extends Sinks {
  coverage: { add(counts: readonly FileCounts[]): void };
}

interface Counters {
  readonly s: Record<string, number>;
  readonly f: Record<string, number>;
  readonly b: Record<string, number[]>;
}

const { coverage } = proxySinks<CoverageSinks>();

/** Part of the bundle in runs that collect coverage: sends what ran since the last activation. */
export const interceptors = (): WorkflowInterceptors => ({
  internals: [
    {
      concludeActivation(input, next) {
        const counts = takeCounts();
        if (counts.length > 0) coverage.add(counts);
        return next(input);
      },
    },
  ],
});

function takeCounts(): FileCounts[] {
  const globals: typeof globalThis & { __coverage__?: Record<string, Counters> } = globalThis;
  return Object.entries(globals.__coverage__ ?? {})
    .map(([path, counters]) => ({ path, s: take(counters.s), f: take(counters.f), b: takeLists(counters.b) }))
    .filter(({ s, f, b }) => [s, f, b].some((taken) => Object.keys(taken).length > 0));
}

function take(counts: Record<string, number>): Record<string, number> {
  const taken = Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
  for (const id of Object.keys(taken)) counts[id] = 0;
  return taken;
}

function takeLists(lists: Record<string, number[]>): Record<string, number[]> {
  const taken = Object.entries(lists).filter(([, counts]) => counts.some((count) => count > 0));
  for (const [id, counts] of taken) lists[id] = counts.map(() => 0);
  return Object.fromEntries(taken);
}
