import fc from 'fast-check';
import { RateLimited } from '../domain/order/rate-gate';
import type { RateShare } from '../domain/order/rate-gate';
import { createTestDatabase } from '../tests/support/database';
import type { TestDatabase } from '../tests/support/database';
import { openDatabase } from './pool';
import type { Database } from './pool';
import { PostgresRateGate } from './rate-budget';
import type { RateBudget } from './rate-budget';

let server: TestDatabase;
let database: Database;
beforeAll(async () => {
  server = await createTestDatabase();
  database = openDatabase(server.url, { max: 8 });
});
afterAll(async () => {
  await database.end();
  await server.drop();
});

let made = 0;
const budget = (changes: Partial<RateBudget> = {}): RateBudget => ({
  scope: `test:${(made += 1)}`,
  capacity: 10,
  refill: 5,
  reserve: 4,
  ...changes,
});

const tokens = async ({ scope }: RateBudget): Promise<number> => {
  const { rows } = await database.query<{ tokens: number }>(
    'SELECT tokens::float8 AS tokens FROM rate_budgets WHERE scope = $1',
    [scope],
  );
  return rows[0]?.tokens ?? NaN;
};

/** One request of a made-up history: so many milliseconds after the one before. */
interface Ask {
  readonly after: number;
  readonly share: RateShare;
  readonly weight: number;
}

describe('the request budget', () => {
  it('never gives out more than its burst and what came back, and never an entry the reserve', async () => {
    const ask = fc.record({
      after: fc.integer({ min: 0, max: 900 }),
      share: fc.constantFrom<RateShare>('entry', 'safety'),
      weight: fc.integer({ min: 1, max: 6 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(ask, { maxLength: 25 }), async (asks: readonly Ask[]) => {
        const own = budget();
        const start = Date.parse('2026-01-01T00:00:00Z');
        await database.query(
          `INSERT INTO rate_budgets (scope, capacity, refill, reserve, tokens, counted_at) VALUES ($1, 10, 5, 4, 10, $2)`,
          [own.scope, new Date(start).toISOString()],
        );
        const given: { at: number; weight: number }[] = [];
        let at = start;
        let level = 10;
        for (const { after, share, weight } of asks) {
          at += after;
          level = Math.min(10, level + (5 * after) / 1_000);
          const { rows } = await database.query<{ taken: { waitMs: number } }>(
            'SELECT take_rate_at($1, $2, $3, $4) AS taken',
            [[own.scope], share, weight, new Date(at).toISOString()],
          );
          const free = rows[0]?.taken.waitMs === 0;
          // By a model of its own: what is left for whom.
          expect(free).toBe(level - weight >= (share === 'entry' ? 4 : 0) - 1e-9);
          if (!free) continue;
          level -= weight;
          given.push({ at, weight });
        }
        for (const [from, first] of given.entries()) {
          let sum = 0;
          for (const { at: then, weight } of given.slice(from)) {
            sum += weight;
            expect(sum).toBeLessThanOrEqual(10 + (5 * (then - first.at)) / 1_000 + 1e-6);
          }
        }
      }),
      { numRuns: 25 },
    );
  });

  it('is one for all processes, and entries of all of them leave safety its share', async () => {
    const own = budget({ capacity: 30, refill: 0.001, reserve: 12 });
    const pools = Array.from({ length: 4 }, () => openDatabase(server.url, { max: 4 }));
    try {
      const impatient = (): Promise<void> => Promise.reject(new Error('must not wait'));
      const gates = pools.map((pool) => new PostgresRateGate(pool, [own], impatient));
      const greedy = gates.flatMap((gate) => Array.from({ length: 15 }, () => gate.take('entry', 1)));
      const entries = await Promise.allSettled(greedy);
      expect(entries.filter(({ status }) => status === 'fulfilled')).toHaveLength(18);
      // Everybody's entries are refused now; safety is served at once, whoever asks.
      const safety = gates.flatMap((gate) => Array.from({ length: 3 }, () => gate.take('safety', 1)));
      await expect(Promise.all(safety)).resolves.toHaveLength(12);
      await expect(gates[0]?.take('safety', 1)).rejects.toThrow(RateLimited);
    } finally {
      for (const pool of pools) await pool.end();
    }
  });

  it('takes from all of its buckets or from none', async () => {
    const wide = budget({ capacity: 100 });
    const narrow = budget({ capacity: 5, refill: 0.001, reserve: 0 });
    const gate = new PostgresRateGate(database, [wide, narrow]);
    await gate.take('safety', 5);
    const before = await tokens(wide);
    await expect(gate.take('safety', 1)).rejects.toThrow(/used up/);
    expect(await tokens(wide)).toBe(before);
    await expect(gate.take('safety', 6)).rejects.toThrow(/never fits/);
  });

  it('waits for what comes back soon, and says when it would take too long', async () => {
    const waits: number[] = [];
    const own = budget({ capacity: 10, refill: 10, reserve: 0 });
    const gate = new PostgresRateGate(database, [own], (ms) => {
      waits.push(ms);
      return new Promise((resolve) => setTimeout(resolve, ms));
    });
    await gate.take('entry', 10);
    await gate.take('entry', 5);
    expect(waits.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThan(300);
    const slow = new PostgresRateGate(database, [budget({ refill: 0.1, reserve: 0 })]);
    await slow.take('entry', 10);
    const refused: unknown = await slow.take('entry', 5).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(RateLimited);
    expect(refused).toMatchObject({ name: 'RateLimited', retryAfter: expect.any(Number) as number });
  });

  it('stops every process when the venue says so, safety too, and the longer word stands', async () => {
    const own = budget();
    const [one, other] = [new PostgresRateGate(database, [own]), new PostgresRateGate(database, [own])];
    await one.block(60_000, '418: banned');
    await one.block(10, 'a shorter one');
    await expect(other.take('safety', 1)).rejects.toThrow(/told us to wait: 418: banned/);
    // The control: without the block the same request passes.
    await database.query(`UPDATE rate_budgets SET blocked_until = '-infinity' WHERE scope = $1`, [own.scope]);
    await other.take('safety', 1);
  });

  it('lets a request that the venue counts elsewhere pass an empty bucket, and no block', async () => {
    const own = budget({ capacity: 10, refill: 0.001 });
    const gate = new PostgresRateGate(database, [own]);
    await gate.take('safety', 10);
    // The control: what counts here is refused.
    await expect(gate.take('entry', 1)).rejects.toThrow(/used up/);
    await gate.take('entry', 0);
    await gate.block(60_000, '418: banned');
    await expect(gate.take('safety', 0)).rejects.toThrow(/told us to wait/);
  });

  it('keeps what was spent when its figures change', async () => {
    const own = budget({ capacity: 10, refill: 0.001, reserve: 0 });
    await new PostgresRateGate(database, [own]).take('safety', 9);
    const changed = new PostgresRateGate(database, [{ ...own, capacity: 20 }]);
    await expect(changed.take('safety', 5)).rejects.toThrow(RateLimited);
  });
});
