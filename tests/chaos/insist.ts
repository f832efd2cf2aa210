import { setTimeout as sleep } from 'node:timers/promises';

const WITHIN_MS = 60_000;
const PAUSE_MS = 50;

/** Tries until it succeeds: whoever is asked may be away just then. @throws what the last try threw, after a minute. */
export async function insist<T>(work: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + WITHIN_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(PAUSE_MS);
    }
  }
}
