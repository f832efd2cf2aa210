import type { CliContext } from './context';

/** Whatever takes longer than this says so. */
const SILENT_MS = 2_000;

/** Waits for `work`, and says on standard error every two seconds what is waited for, and for how long. */
export async function withProgress<T>(
  context: Pick<CliContext, 'stderr' | 'now'>,
  what: string,
  work: Promise<T>,
): Promise<T> {
  const started = context.now();
  const timer = setInterval(() => {
    context.stderr(`${what}, ${Math.round((context.now() - started) / 1_000)} s\n`);
  }, SILENT_MS);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}
