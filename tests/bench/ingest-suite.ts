import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensureSeries } from '../../database/candle-series';
import { storeCandles } from '../../database/candles';
import { openDatabase } from '../../database/pool';
import type { Database } from '../../database/pool';
import { sortCandles } from '../../domain/candle/candle-checks';
import type { UncheckedCandle } from '../../domain/candle/candle-checks';
import { startOwnServers } from '../support/own-servers';
import { atLeast, thisMachine, versionsWith } from '../support/report';
import type { Suite } from '../support/suites';
import { seededUniform } from '../../domain/risk/seeded-uniform';

const run = promisify(execFile);

/** Candles in one statement, as a file or a large page brings them. */
const CHUNK = 10_000;
const ROUNDS = 3;
const MINUTE = 60_000;

/** How many rows a second are stored with every check, against `psql \copy` into the same table, in turns. */
export const ingestSuite: Suite = {
  summary: 'candles stored with every check, in rows and bytes a second, against psql \\copy of the same rows',
  numbers: { rows: 300_000 },
  run: async ({ seed, numbers }, say) => {
    const rows = numbers['rows'] ?? 0;
    say(`${ROUNDS} rounds of ${rows} rows each way: about a minute`);
    const servers = await startOwnServers('bench-ingest');
    const dir = mkdtempSync(join(tmpdir(), 'bench-ingest-'));
    const database = openDatabase(servers.databaseUrl, { max: 2 });
    try {
      const candles = walk(rows, seed);
      const file = join(dir, 'candles.csv');
      const ours: number[] = [];
      const copies: number[] = [];
      for (let round = 1; round <= ROUNDS; round += 1) {
        ours.push(await seconds(() => stored(database, `OURS${round}/X`, candles)));
        const number = await series(database, `COPY${round}/X`);
        writeFileSync(file, csvOf(candles, number));
        copies.push(await seconds(() => copied(servers.databaseUrl, file)));
        say(`round ${round}: ${rate(rows, ours)} rows/s, \\copy ${rate(rows, copies)} rows/s`);
      }
      const bytes = statSync(file).size;
      const best = (times: readonly number[]): number => Math.min(...times);
      const line = (what: string, times: readonly number[]) => ({
        what,
        'rows/s': Math.round(rows / best(times)),
        'MB/s': bytes / best(times) / 1e6,
        'best s': best(times),
      });
      const checks = await seconds(() => Promise.resolve(sortCandles(candles)));
      return {
        suite: 'ingest',
        seed,
        machine: thisMachine(),
        versions: versionsWith({ postgres: await version(database) }),
        rows: [
          line('checked and stored', ours),
          line('psql \\copy into the same table', copies),
          line('of ours: the checks', [checks]),
        ],
        goals: [
          atLeast('copy_ratio', 0.4, best(copies) / best(ours)),
          atLeast('rows_a_second', 50_000, rows / best(ours)),
        ],
      };
    } finally {
      await database.end();
      rmSync(dir, { recursive: true });
      await servers.stop();
    }
  },
};

/** Minute candles of a seeded random walk, as text like a feed's. */
function walk(rows: number, seed: number): readonly UncheckedCandle[] {
  const next = seededUniform(seed);
  let price = 64_000;
  return Array.from({ length: rows }, (_, index) => {
    const open = price;
    price = Math.max(1, price + (next() - 0.5) * 50);
    const [high, low] = [Math.max(open, price) + next() * 10, Math.min(open, price) - next() * 10];
    return {
      openAt: index * MINUTE,
      open: open.toFixed(2),
      high: high.toFixed(2),
      low: low.toFixed(2),
      close: price.toFixed(2),
      volume: (next() * 100).toFixed(5),
    };
  });
}

async function series(database: Database, symbol: string): Promise<number> {
  const wish = { feed: 'bench', symbol, timeframe: '1m', adjustment: 'raw', calendar: 'ALWAYS' } as const;
  return (await ensureSeries(database, wish)).number;
}

/** The way of every feed: checks, then one statement a chunk. */
async function stored(database: Database, symbol: string, candles: readonly UncheckedCandle[]): Promise<void> {
  const number = await series(database, symbol);
  for (let at = 0; at < candles.length; at += CHUNK) {
    const { sound } = sortCandles(candles.slice(at, at + CHUNK));
    await storeCandles(database, number, 'bench', sound);
  }
}

function csvOf(candles: readonly UncheckedCandle[], number: number): string {
  const lines = candles.map(({ openAt, open, high, low, close, volume }) =>
    [number, new Date(openAt).toISOString(), open, high, low, close, volume, 1, '2024-01-01T00:00:00Z'].join(','),
  );
  return `${lines.join('\n')}\n`;
}

/** One transaction and one client, as a person would load the file. */
async function copied(url: string, file: string): Promise<void> {
  const columns = 'series, open_at, open, high, low, close, volume, source, received_at';
  await run('psql', [
    url,
    '-v',
    'ON_ERROR_STOP=1',
    '-qc',
    `\\copy candles (${columns}) FROM '${file}' WITH (FORMAT csv)`,
  ]);
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1_000;
}

const rate = (rows: number, times: readonly number[]): number => Math.round(rows / (times.at(-1) ?? 1));

async function version(database: Database): Promise<string> {
  const { rows } = await database.query<{ readonly v: string }>(`SELECT current_setting('server_version') AS v`);
  return rows[0]?.v ?? '';
}
