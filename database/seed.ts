import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Instant } from '../domain/clock/instant';
import type { FutureTerms } from '../domain/instrument/instrument';
import { decimalString } from '../domain/money/decimal';
import type { DecimalString } from '../domain/money/decimal';
import { DEFAULT_RISK_POLICY } from '../domain/risk/policy';
import type { RiskPolicy } from '../domain/risk/policy';
import { openDatabase, transaction } from './pool';
import type { Database, Queryable } from './pool';
import { ensurePaperAccount } from './paper-account';
import type { ClockSetting, ClockSeed } from './paper-account';

/** A paper account that must exist. */
export interface PaperAccountSeed {
  readonly name: string;
  readonly openingCash: DecimalString;
  readonly currency: string;
  readonly policy?: RiskPolicy;
}

export interface SeedOptions {
  /** Folder with `us500-daily.csv` and `nasdaq-daily.csv`. */
  readonly dataDir: string;
  readonly clock: ClockSetting;
  /** The account `paper` with 100,000 USD unless told. */
  readonly paperAccounts?: readonly PaperAccountSeed[];
}

/** What a seeding did. */
export interface Seeded {
  readonly barsAdded: number;
  /** By account: whether its clock was made, kept as it was, set as the settings now say, or could not be. */
  readonly clocks: Readonly<Record<string, ClockSeed>>;
}

interface InstrumentSeed {
  readonly id: string;
  readonly description: string;
  readonly calendar: 'NYSE' | 'ALWAYS';
  readonly feed: 'daily-bars' | 'synthetic';
  readonly bars?: string;
  /** Set for a future, which trades in whole contracts; all others in hundredths. */
  readonly future?: FutureTerms;
}

const INSTRUMENTS: readonly InstrumentSeed[] = [
  {
    id: 'US500',
    description:
      'Level of the S&P 500 index, traded on paper only: an index is not a tradable instrument, and its price is its level in US dollars.',
    calendar: 'NYSE',
    feed: 'daily-bars',
    bars: 'us500-daily.csv',
  },
  {
    id: 'USCOMP',
    description:
      'Level of the Nasdaq Composite index, traded on paper only: an index is not a tradable instrument, and its price is its level in US dollars.',
    calendar: 'NYSE',
    feed: 'daily-bars',
    bars: 'nasdaq-daily.csv',
  },
  {
    id: 'SIM',
    description:
      'Synthetic price made up by a seeded formula for tests on the real clock; it follows no market and never closes.',
    calendar: 'ALWAYS',
    feed: 'synthetic',
  },
  {
    id: 'SIMF',
    description:
      'Synthetic future on a price made up by a seeded formula, 50 US dollars a point: it follows no market, never closes, and trades in whole contracts.',
    calendar: 'ALWAYS',
    feed: 'synthetic',
    future: { multiplier: decimalString('50'), lastTradingDay: '2099-12-31' },
  },
];

/** Before 2014 many opens of the bundled series are the close of the day before. */
const FIRST_DAY = '2014-01-01';

/** The paper account that every installation has. */
export const DEFAULT_ACCOUNT: PaperAccountSeed = {
  name: 'paper',
  openingCash: '100000' as DecimalString,
  currency: 'USD',
};

/**
 * Puts instruments, bundled prices and paper accounts into a migrated database. May be repeated: what is there stays as
 * it is, but for a flat account whose clock the settings now describe otherwise.
 * @throws when a file of prices is missing or malformed; nothing of that file is then stored.
 */
export async function seed(databaseUrl: string, options: SeedOptions): Promise<Seeded> {
  const database = openDatabase(databaseUrl, { max: 1 });
  try {
    await seedInstruments(database);
    const barsAdded = await seedBars(database, options.dataDir);
    const clocks: Record<string, ClockSeed> = {};
    for (const account of options.paperAccounts ?? [DEFAULT_ACCOUNT]) {
      clocks[account.name] = await transaction(database, (client) =>
        ensurePaperAccount(client, { policy: DEFAULT_RISK_POLICY, ...account }, options.clock),
      );
    }
    return { barsAdded, clocks };
  } finally {
    await database.end();
  }
}

async function seedInstruments(database: Queryable): Promise<void> {
  for (const { id, description, calendar, feed, future } of INSTRUMENTS) {
    const [lot, multiplier] = future === undefined ? ['0.01', '1'] : ['1', future.multiplier];
    await database.query(
      `INSERT INTO instruments (id, description, calendar, feed, base_asset, quote_asset, tick, lot, min_quantity, min_notional,
         multiplier, last_trading_day)
       VALUES ($1, $2, $3, $4, $1, 'USD', 0.01, $5, $5, 1, $6, $7) ON CONFLICT (id) DO NOTHING`,
      [id, description, calendar, feed, lot, multiplier, future?.lastTradingDay ?? null],
    );
  }
}

async function seedBars(database: Database, dataDir: string): Promise<number> {
  let added = 0;
  for (const { id, bars } of INSTRUMENTS) {
    if (bars !== undefined) added += await insertBars(database, id, readBars(join(dataDir, bars)));
  }
  return added;
}

/** Columns of a file of prices, as text: the database reads them exactly. */
type BarColumns = readonly [string[], string[], string[], string[], string[], string[]];

const HEADER = 'date,open,high,low,close,volume';
const LINE = /^\d{4}-\d{2}-\d{2}(,\d+(\.\d+)?){5}$/;

/** Rows of a file of prices from 2014 on, by column. */
function readBars(file: string): BarColumns {
  const [header, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
  if (header !== HEADER) throw new Error(`${file}: the first line must be ${HEADER}`);
  const columns: BarColumns = [[], [], [], [], [], []];
  for (const [index, line] of lines.entries()) {
    if (!LINE.test(line)) throw new Error(`${file}: line ${index + 2} is no bar`);
    if (line < FIRST_DAY) continue;
    for (const [column, value] of line.split(',').entries()) columns[column]?.push(value);
  }
  return columns;
}

async function insertBars(database: Database, instrument: string, columns: BarColumns): Promise<number> {
  const { rowCount } = await database.query(
    `INSERT INTO daily_bars (instrument, date, open, high, low, close, volume)
     SELECT $1, * FROM unnest($2::date[], $3::numeric[], $4::numeric[], $5::numeric[], $6::numeric[], $7::numeric[])
     ON CONFLICT (instrument, date) DO NOTHING`,
    [instrument, ...columns],
  );
  return rowCount ?? 0;
}

/** The clock setting of paper accounts from its two forms. */
export function clockSetting(paper: {
  readonly clock: 'replay' | 'live';
  readonly replayStart: string;
  readonly replaySpeed: number;
}): ClockSetting {
  if (paper.clock === 'live') return { kind: 'live' };
  return { kind: 'replay', start: new Date(paper.replayStart).toISOString() as Instant, speed: paper.replaySpeed };
}
