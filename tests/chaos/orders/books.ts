import { clientOrderId, intentId } from '../../../activities/execution/client-order-id';
import { OrderJournal } from '../../../database/journal';
import { migrate } from '../../../database/migrate';
import { openDatabase } from '../../../database/pool';
import type { Database } from '../../../database/pool';
import { acceptTrade } from '../../../database/registry';
import { TradeStore } from '../../../database/trades';
import { dec, text } from '../../../domain/money/decimal';
import type { ClientOrderId } from '../../../domain/order/order';
import type { OrderFacts } from '../../../domain/trade/facts';
import type { WantedOrder } from '../../../domain/trade/step';
import { entryOf } from '../../../domain/trade/trade-orders';
import { insist } from '../insist';
import type { ChaosAccount } from './messages';

/** Limits that nothing here reaches: what is tested is the order, not its size. */
const WIDE = {
  buyingPower: '1000000000',
  maxGrossNotional: '1000000000',
  maxInstrumentNotional: '1000000000',
  maxOpenTrades: 1_000_000,
};
const APPROVED_FOR_MS = 3_600_000;

/** Every intent is a market order to buy one unit, of a trade of its own. */
export const ENTRY: WantedOrder = {
  leg: 'entry',
  revision: 1,
  side: 'buy',
  quantity: text(dec(1)),
  terms: { type: 'market' },
  timeInForce: 'GTC',
  attempt: 1,
};

/** An accepted and approved trade whose entry is an intent of the run. */
export interface ReadyTrade {
  readonly tradeId: string;
  readonly clientOrderId: ClientOrderId;
}

/** The journal's side of the run. */
export class Books {
  private readonly journal: OrderJournal;
  private readonly trades: TradeStore;

  private constructor(
    private readonly database: Database,
    readonly installation: string,
  ) {
    this.journal = new OrderJournal(database);
    this.trades = new TradeStore(database);
  }

  static async open(url: string): Promise<Books> {
    await migrate(url);
    const database = openDatabase(url, { max: 6 });
    return new Books(database, await new OrderJournal(database).installationId());
  }

  async addAccounts(accounts: readonly ChaosAccount[]): Promise<void> {
    for (const { account, venue, instrument } of accounts) {
      // A stock is named by its symbol, and costs dollars.
      const [base = '', quote = 'USD'] = instrument.split('/');
      await this.database.query(
        `INSERT INTO instruments (id, description, calendar, feed, base_asset, quote_asset, tick, lot, min_quantity, min_notional)
         VALUES ($1, $1, 'ALWAYS', 'synthetic', $2, $3, 0.01, 0.01, 0.01, 1) ON CONFLICT DO NOTHING`,
        [instrument, base, quote],
      );
      await this.database.query(
        `INSERT INTO accounts (name, venue, mode, currency, opening_cash, policy) VALUES ($1, $2, 'live', $3, 1000000000, '{}')`,
        [account, venue, quote],
      );
      await this.database.query(
        `INSERT INTO account_clocks (account, kind, market_time) VALUES ($1, 'live', clock_timestamp())`,
        [account],
      );
    }
  }

  /** Accepts and approves the trade of one intent. */
  async ready({ account, venue, instrument }: ChaosAccount, key: string): Promise<ReadyTrade> {
    const tradeId = `${account}:${key}`;
    const id = this.idOf(venue, account, key);
    await insist(async () => {
      const answer = await acceptTrade(this.database, newTrade(account, instrument, key));
      if (answer.result !== 'accepted' && answer.result !== 'exists') throw new Error(`${tradeId}: ${answer.result}`);
      const approval = {
        clientOrderId: id,
        maxQuantity: ENTRY.quantity,
        maxNotional: text(dec(200)),
        referencePrice: text(dec(100)),
        limits: WIDE,
        lifetimeMs: APPROVED_FOR_MS,
      };
      await this.journal.approve(tradeId, approval, { direction: 'long' });
    });
    return { tradeId, clientOrderId: id };
  }

  /** The client order id that an intent has in the product, and with the controls as well. */
  idOf(venue: string, account: string, key: string): ClientOrderId {
    return clientOrderId(this.installation, venue, account, intentId(`${account}:${key}`, ENTRY.leg, ENTRY.revision));
  }

  /** The entry as the journal has it; undefined before its first attempt. */
  async entry(tradeId: string): Promise<OrderFacts | undefined> {
    const { orders } = await insist(() => this.trades.facts(tradeId));
    return entryOf({ orders } as Parameters<typeof entryOf>[0]);
  }

  /** Whether a person was told that the venue has a second order of a trade. */
  async flagged(tradeId: string): Promise<boolean> {
    const { rowCount } = await insist(() =>
      this.database.query(
        `SELECT FROM trade_events WHERE trade_id = $1 AND kind = 'attention' AND name = 'second_order_at_venue'`,
        [tradeId],
      ),
    );
    return (rowCount ?? 0) > 0;
  }

  async serverVersion(): Promise<string> {
    const { rows } = await this.database.query<{ server_version: string }>('SHOW server_version');
    return rows[0]?.server_version ?? 'unknown';
  }

  close(): Promise<void> {
    return this.database.end();
  }
}

function newTrade(account: string, instrument: string, key: string): Parameters<typeof acceptTrade>[1] {
  return {
    ...{ account, key, strategy: 'manual', instrument, fingerprint: key, createdBy: 'chaos', direction: 'long' },
    spec: {
      ...{ account, instrument, strategy: 'manual', direction: 'long', entry: { type: 'market' }, timeInForce: 'GTC' },
      ...{ whenClosed: 'reject', unfilledTimeoutSeconds: 3_600, stopPrice: text(dec(50)) },
    },
  };
}
