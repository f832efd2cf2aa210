import type { FutureTerms } from '../../domain/instrument/instrument';
import { decimalString } from '../../domain/money/decimal';
import type { Database } from '../../database/pool';

/** A day that no test reaches unless it means to. */
const FAR = '2030-12-20';

/** Contracts of the tests by the name that says their multiplier; `EXF1` is a future that counts as a stock does. */
export const MULTIPLIERS = { EXF1: '1', EXF5: '5', EXF50: '50', EXFT: '0.1', EXFQ: '12.5' } as const;
export type FutureName = keyof typeof MULTIPLIERS;

/** What makes one of them a future. */
export function termsOf(name: FutureName, lastTradingDay = FAR): FutureTerms {
  return { multiplier: decimalString(MULTIPLIERS[name]), lastTradingDay };
}

/** Makes the contracts: synthetic, in US dollars, whole contracts. */
export async function addFutures(database: Database): Promise<void> {
  await database.query(
    `INSERT INTO instruments (id, description, calendar, feed, base_asset, quote_asset, tick, lot, min_quantity, min_notional,
       multiplier, last_trading_day)
     SELECT f.id, f.id, 'ALWAYS', 'synthetic', f.id, 'USD', 0.01, 1, 1, 1, f.multiplier, $3
     FROM unnest($1::text[], $2::numeric[]) AS f(id, multiplier)`,
    [Object.keys(MULTIPLIERS), Object.values(MULTIPLIERS), FAR],
  );
}
