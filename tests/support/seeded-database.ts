import { join } from 'node:path';
import { openDatabase, type Database } from '../../database/pool';
import { acceptTrade, type NewTrade } from '../../database/registry';
import { seed } from '../../database/seed';
import type { ClockSetting } from '../../database/paper-account';
import type { Instant } from '../../domain/clock/instant';
import type { DecimalString } from '../../domain/money/decimal';
import { createTestDatabase } from './database';

/** An hour before the open of a trading day on which both bundled series have bars. */
export const REPLAY_START = '2017-06-14T12:30:00.000Z' as Instant;

/** A database with instruments, bundled bars and the account `paper`, and a pool on it. */
export interface SeededDatabase {
  readonly url: string;
  readonly database: Database;
  readonly close: () => Promise<void>;
}

/** A seeded database of its own; the account's clock replays and stands at `REPLAY_START` unless told. */
export async function createSeededDatabase(
  clock: ClockSetting = { kind: 'replay', start: REPLAY_START, speed: 28_800 },
): Promise<SeededDatabase> {
  const { url, drop } = await createTestDatabase();
  await seed(url, { dataDir: join(__dirname, '../../data'), clock });
  const database = openDatabase(url, { max: 4 });
  return {
    url,
    database,
    close: async () => {
      await database.end();
      await drop();
    },
  };
}

/** A manual long trade of US500 on the paper account, as the API would store it. */
export function manualTrade(key: string, changes: Partial<NewTrade> = {}): NewTrade {
  return {
    account: 'paper',
    key,
    strategy: 'manual',
    instrument: 'US500',
    spec: {
      account: 'paper',
      instrument: 'US500',
      strategy: 'manual',
      direction: 'long',
      stopPrice: '2400' as DecimalString,
      entry: { type: 'market' },
      timeInForce: 'IOC',
      whenClosed: 'reject',
      unfilledTimeoutSeconds: 23_400,
    },
    fingerprint: `hash-of-${key}`,
    createdBy: 'tester',
    direction: 'long',
    ...changes,
  };
}

/** Accepts a trade; answers its id. */
export async function storeTrade(database: Database, key: string, changes: Partial<NewTrade> = {}): Promise<string> {
  const answer = await acceptTrade(database, manualTrade(key, changes));
  if (answer.result !== 'accepted') throw new Error(`the trade was not accepted: ${answer.result}`);
  return answer.tradeId;
}

/** One filled entry order of a trade with two attempts, a look-up and one fill: what the read side can show. */
export async function storeFilledEntry(database: Database, tradeId: string, clientOrderId: string): Promise<void> {
  await database.query(
    `INSERT INTO orders (client_order_id, intent_id, trade_id, account, instrument, leg, revision, side, quantity, type,
       time_in_force, params_hash, increases, state, venue_order_id, venue_state, venue_filled, booked)
     SELECT $2, $1 || '/entry/1', id, account, instrument, 'entry', 1, 'buy', 2, 'market', 'IOC', 'h', true, 'filled',
       'v-' || $2, 'filled', 2, 2 FROM trades WHERE id = $1`,
    [tradeId, clientOrderId],
  );
  await database.query(
    `INSERT INTO order_attempts (client_order_id, n, owner, state, fenced_at, valid_until)
     SELECT $1, n, 'secret-owner-token', CASE n WHEN 1 THEN 'not-found' ELSE 'acked' END, now(), now() FROM generate_series(1, 2) n`,
    [clientOrderId],
  );
  await database.query(`INSERT INTO order_lookups (client_order_id, n, result) VALUES ($1, 1, 'not-found')`, [
    clientOrderId,
  ]);
  await database.query(
    `INSERT INTO fills (venue, account, instrument, venue_order_id, venue_fill_id, client_order_id, trade_id, side, quantity,
       price, fee, fee_asset, liquidity, market_at, position_change, cash_change)
     SELECT 'paper', account, instrument, 'v-' || $2, '1', $2, id, 'buy', 2, 2430.5, 4.861, 'USD', 'taker',
       '2017-06-14T14:00:00Z', 2, -4865.861 FROM trades WHERE id = $1`,
    [tradeId, clientOrderId],
  );
}
