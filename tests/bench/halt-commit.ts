import { engageHalt, releaseHalt } from '../../database/halts';
import type { Database } from '../../database/pool';
import type { HaltScope } from '../../domain/halt/halt';

/** Clients that pass the fence without pause while halts are engaged. */
export const WRITERS = 8;
const PAUSE_MS = 20;

/** Times engagements, each from the call to its commit, while writers pass the fence. Milliseconds. */
export async function measureCommits(
  database: Database,
  engagements: number,
): Promise<{ readonly ms: readonly number[]; readonly fences: number }> {
  let over = false;
  let fences = 0;
  const writers = Array.from({ length: WRITERS }, async () => {
    while (!over) {
      await database.query(`SELECT lock_fence('{global,strategy:writers}'), pg_sleep(0.002)`);
      fences += 1;
    }
  });
  const ms: number[] = [];
  for (let n = 0; n < engagements; n += 1) {
    const scope = `strategy:bench-${n}` as HaltScope;
    const wish = { scope, mode: 'reduce-only', flatten: false, everything: false, source: 'operator' } as const;
    const asked = performance.now();
    const answer = await engageHalt(database, { ...wish, reason: 'a measurement', actor: 'bench', limited: false });
    ms.push(performance.now() - asked);
    if (answer.result !== 'engaged') throw new Error(`not engaged: ${answer.result}`);
    await releaseHalt(database, { scope, reason: 'measured', actor: 'bench' });
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  over = true;
  await Promise.all(writers);
  // Nobody is to carry these out.
  await database.query(`UPDATE halts SET finished_at = clock_timestamp() WHERE actor = 'bench'`);
  return { ms, fences };
}
