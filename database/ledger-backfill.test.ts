import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runner } from 'node-pg-migrate';
import { createEmptyDatabase } from '../tests/support/database';
import type { TestDatabase } from '../tests/support/database';
import { listEntries, ledgerBalances } from './ledger';
import { migrate } from './migrate';
import { openDatabase } from './pool';
import type { Database } from './pool';

const MIGRATIONS = join(__dirname, 'migrations');

/** Every migration up to the ledger's, and none of ours after it. */
async function upToLedger(url: string): Promise<void> {
  await runner({
    databaseUrl: url,
    dir: MIGRATIONS,
    migrationsTable: 'migrations',
    direction: 'up',
    count: readdirSync(MIGRATIONS).filter((name) => name < '0051').length,
    log: () => undefined,
  });
}

describe('a database that was used before it had a ledger', () => {
  let server: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    server = await createEmptyDatabase();
    database = openDatabase(server.url, { max: 2 });
    await upToLedger(server.url);
    const fill = (
      id: number,
      side: string,
      units: string,
      price: string,
      at: string,
      booked: string,
      fee = '1',
    ): string => {
      const sign = side === 'buy' ? '' : '-';
      return `INSERT INTO fills (venue, account, instrument, venue_order_id, venue_fill_id, side, quantity, price, fee, fee_asset,
          liquidity, market_at, booked_at, position_change, cash_change)
        VALUES ('paper', 'old', 'EXA', '${id}', '1', '${side}', ${units}, ${price}, ${fee}, 'USD', 'taker', '${at}', '${booked}',
          ${sign}${units}, -(${sign}${units}) * ${price} - ${fee});`;
    };
    await database.query(`
      INSERT INTO instruments (id, description, calendar, feed, base_asset, quote_asset, tick, lot, min_quantity, min_notional)
      VALUES ('EXA', 'EXA', 'ALWAYS', 'synthetic', 'EXA', 'USD', 0.01, 0.01, 0.01, 1);
      INSERT INTO accounts (name, venue, mode, currency, opening_cash, policy) VALUES ('old', 'paper', 'paper', 'USD', 1000, '{}'),
        ('empty', 'okx', 'sandbox', 'USDT', 0, '{}');
      INSERT INTO account_clocks (account, kind, market_time, rewound_at)
      VALUES ('old', 'replay', '2017-06-02T00:00:00Z', '2026-01-02T00:00:00Z');
      ${fill(1, 'buy', '3', '100.25', '2017-06-05T15:00:00Z', '2026-01-01T00:00:00Z')}
      ${fill(2, 'sell', '3', '101', '2017-06-06T15:00:00Z', '2026-01-01T00:00:01Z', '0')}
      ${fill(3, 'sell', '2', '99.5', '2017-06-01T15:00:00Z', '2026-01-03T00:00:00Z')}`);
    await migrate(server.url);
  });
  afterAll(async () => {
    await database.end();
    await server.drop();
  });

  test('has one after the migration, with the opening cash and every fill', async () => {
    const { items } = await listEntries(database, 'old', {}, { limit: 10 });
    expect(items.map(({ kind, source, passage }) => [kind, source, passage])).toEqual([
      ['fill', 'fill:["paper", "EXA", "3", "1", 0]', 1],
      ['fill', 'fill:["paper", "EXA", "2", "1", 0]', 0],
      ['fill', 'fill:["paper", "EXA", "1", "1", 0]', 0],
      ['deposit', 'opening:1', 0],
    ]);
    // 1000 - 3 × 100.25 - 1 + 3 × 101 + 2 × 99.5 - 1
    expect(await ledgerBalances(database, 'old')).toContainEqual({
      ledgerAccount: 'cash:USD',
      asset: 'USD',
      amount: '1199.25',
    });
    expect(await ledgerBalances(database, 'old')).toContainEqual({
      ledgerAccount: 'position:EXA',
      asset: 'EXA',
      amount: '-2',
    });
    const { rows } = await database.query(
      'SELECT plain(quantity) AS quantity, plain(cash) AS cash FROM account_positions',
    );
    expect(rows).toEqual([{ quantity: '-2', cash: '199.25' }]);
  });

  test('books the cash of a venue that answers for the first time', async () => {
    expect(await ledgerBalances(database, 'empty')).toEqual([]);
    await database.query(`SELECT first_contact('empty', 77.5)`);
    await database.query(`SELECT first_contact('empty', 80)`);
    expect(await ledgerBalances(database, 'empty')).toEqual([
      { ledgerAccount: 'cash:USDT', asset: 'USDT', amount: '77.5' },
      { ledgerAccount: 'external', asset: 'USDT', amount: '-77.5' },
    ]);
  });
});
