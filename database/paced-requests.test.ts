import type { PacingRule } from '../domain/candle/pacing';
import { createTestDatabase } from '../tests/support/database';
import { PacedRequests } from './paced-requests';
import { openDatabase } from './pool';
import type { Database } from './pool';

const RULES: readonly PacingRule[] = [
  { alike: 'any', within: 60_000, most: 7 },
  { alike: 'whole', within: 30_000, most: 1 },
];

let database: Database;
let drop: () => Promise<void>;
beforeAll(async () => {
  const made = await createTestDatabase();
  drop = made.drop;
  database = openDatabase(made.url);
});
afterAll(async () => {
  await database.end();
  await drop();
});

const request = (n: number) => ({ subject: 's', whole: String(n), weight: 1 });

describe('turns that processes share', () => {
  it('are given to as many as the rules admit when all ask at once, and the others are told how long to wait', async () => {
    const processes = [1, 2, 3].map(() => new PacedRequests(database, 'gateway', RULES));
    const asked = Array.from({ length: 20 }, async (_, n) => processes[n % 3]?.take(request(n)));
    const waits = await Promise.all(asked);
    expect(waits.filter((wait) => wait === 0)).toHaveLength(7);
    for (const wait of waits) expect(wait).toBeLessThanOrEqual(60_000);
  });

  it('are counted by place, and an identical request waits although there is room', async () => {
    const other = new PacedRequests(database, 'another gateway', RULES);
    expect(await other.take(request(1))).toBe(0);
    expect(await other.take(request(1))).toBeGreaterThan(0);
    expect(await other.take(request(2))).toBe(0);
  });

  it('forgets what no rule counts any more', async () => {
    const short = new PacedRequests(database, 'short', [{ alike: 'any', within: 1, most: 1 }]);
    for (let n = 0; n < 5; n += 1) {
      let wait = await short.take(request(n));
      while (wait > 0) {
        await new Promise((resolve) => setTimeout(resolve, wait));
        wait = await short.take(request(n));
      }
    }
    const { rows } = await database.query<{ kept: number }>(
      `SELECT jsonb_array_length(sent) AS kept FROM paced_requests WHERE place = 'short'`,
    );
    expect(rows[0]?.kept).toBe(1);
  });
});
