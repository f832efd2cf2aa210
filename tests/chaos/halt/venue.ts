import { instant } from '../../../domain/clock/instant';
import { dec, text } from '../../../domain/money/decimal';
import type { ClientOrderId, OrderTerms } from '../../../domain/order/order';
import { PaperBroker } from '../../../brokers/paper/paper-broker';
import { openPaperMarket } from '../../../brokers/paper/paper-market';
import type { PaperMarket } from '../../../brokers/paper/paper-market';
import { calendarOf } from '../../../domain/calendar/calendars';
import type { Database } from '../../../database/pool';

/** An order as a venue's own books have it; real times in epoch milliseconds. */
export interface LedgerOrder {
  readonly account: string;
  readonly clientOrderId: string;
  readonly side: 'buy' | 'sell';
  readonly type: string;
  readonly quantity: string;
  readonly filled: string;
  readonly open: boolean;
  readonly receivedAt: number;
}

/** An execution, in the order in which the venue made them. */
export interface LedgerFill {
  readonly account: string;
  readonly clientOrderId: string;
  readonly side: 'buy' | 'sell';
  readonly quantity: string;
}

/** A venue's own books, read past everything of ours: what judges us. An account of another venue brings another of these. */
export interface VenueBooks {
  /** Whatever the venue ever took for these accounts. */
  read(
    accounts: readonly string[],
  ): Promise<{ readonly orders: readonly LedgerOrder[]; readonly fills: readonly LedgerFill[] }>;
  /** Puts an order and a position there that are none of ours. */
  plant(account: string): Promise<void>;
}

/** Those that the processes of the suite have: the defaults. */
const COSTS = { halfSpreadBps: '1', slippageBps: '4', feeBps: '10' } as const;

/** Client order ids of planted orders; ours are hexadecimal too, and no hash begins so. */
export function isPlanted(clientOrderId: string): boolean {
  return clientOrderId.startsWith('ffffffffffff');
}

/** The books of the paper venue: its tables. */
export async function paperBooks(database: Database): Promise<VenueBooks> {
  const market = await openPaperMarket(database, calendarOf, COSTS);
  return {
    read: async (accounts) => {
      const { rows: orders } = await database.query<LedgerOrder>(
        `SELECT account, client_order_id AS "clientOrderId", side, type, plain(quantity) AS quantity, plain(filled) AS filled,
           state = 'open' AS open, (extract(epoch FROM received_at) * 1000)::float8 AS "receivedAt"
         FROM paper.orders WHERE account = ANY ($1) ORDER BY account, venue_order_id`,
        [accounts],
      );
      const { rows: fills } = await database.query<LedgerFill>(
        `SELECT f.account, o.client_order_id AS "clientOrderId", o.side, plain(f.quantity) AS quantity
         FROM paper.fills f JOIN paper.orders o USING (account, venue_order_id) WHERE f.account = ANY ($1)
         ORDER BY f.account, f.sequence`,
        [accounts],
      );
      return { orders, fills };
    },
    plant: (account) => plant(database, market, account),
  };
}

async function plant(database: Database, market: PaperMarket, account: string): Promise<void> {
  const broker = new PaperBroker({ account, database, market, costs: COSTS });
  const planted: readonly (readonly [string, OrderTerms])[] = [
    ['0', { type: 'market' }],
    ['1', { type: 'limit', price: text(dec(50)) }],
  ];
  for (const [n, terms] of planted) {
    const outcome = await broker.submit(
      {
        clientOrderId: `${'f'.repeat(31)}${n}` as ClientOrderId,
        account,
        instrument: 'SIM',
        side: 'buy',
        quantity: text(dec(7)),
        terms,
        timeInForce: 'GTC',
      },
      { validUntil: instant(Date.now() + 10_000), stillValid: () => Promise.resolve(true) },
    );
    if (outcome.kind !== 'acked') throw new Error(`the venue did not take a planted order: ${JSON.stringify(outcome)}`);
  }
}
