import { Client } from 'pg';
import { clientOrderId, intentId, paramsHash } from '../../activities/execution/client-order-id';
import { OrderJournal } from '../../database/journal';
import type { FenceActor, FenceAnswer, JournalledOrder, LookupVerdict, Renewal } from '../../database/journal';
import { openDatabase } from '../../database/pool';
import type { Database } from '../../database/pool';
import { acceptTrade } from '../../database/registry';
import type { NewTrade } from '../../database/registry';
import { TradeStore } from '../../database/trades';
import { instant } from '../../domain/clock/instant';
import { dec, decimalString, text } from '../../domain/money/decimal';
import type { Lookup, SubmitOutcome, VenueTimings } from '../../domain/order/broker';
import type { Fill, OrderTerms, Side, VenueOrder, VenueOrderState } from '../../domain/order/order';
import type { OrderFacts } from '../../domain/trade/facts';
import { controlClock, tick } from './controlled-clock';
import { createTestDatabase } from './database';

/** Where the controlled clock begins; epoch milliseconds. */
export const MONDAY = Date.UTC(2026, 0, 5, 15);
export const TIMINGS: VenueTimings = {
  validityWindow: 2_000,
  readLag: 300,
  retention: 60_000,
  clockSkew: 80,
  pollEvery: 0,
};
/** Limits that nothing in a test reaches. */
const WIDE = {
  buyingPower: '1000000',
  maxGrossNotional: '1000000',
  maxInstrumentNotional: '1000000',
  maxOpenTrades: 99,
};

/** A database whose clock the test sets, with instruments EXA (fees in quote) and EXB (buys may pay in units). */
export class JournalLab {
  private desks = 0;

  private constructor(
    readonly url: string,
    readonly database: Database,
    readonly close: () => Promise<void>,
  ) {}

  static async open(): Promise<JournalLab> {
    const { url, drop } = await createTestDatabase();
    const first = new Client({ connectionString: url });
    await first.connect();
    await controlClock(first);
    await first.query(`SELECT ${tick(MONDAY)};
      INSERT INTO instruments (id, description, calendar, feed, base_asset, quote_asset, tick, lot, min_quantity, min_notional)
      SELECT id, id, 'ALWAYS', 'synthetic', id, 'USD', 0.01, 0.01, 0.01, 1 FROM unnest(ARRAY['EXA', 'EXB']) id`);
    await first.end();
    const database = openDatabase(url, { max: 40 });
    return new JournalLab(url, database, async () => {
      await database.end();
      await drop();
    });
  }

  /** An account of its own, with a replay clock that stands; every halt released. */
  async desk(venue = 'model'): Promise<Desk> {
    const account = `desk-${(this.desks += 1)}`;
    await this.database.query(`UPDATE kill_switch SET engaged = false, flatten = false`);
    await this.database.query(
      `INSERT INTO accounts (name, venue, mode, currency, opening_cash, policy) VALUES ($1, $2, 'paper', 'USD', 100000, '{}')`,
      [account, venue],
    );
    await this.database.query(
      `INSERT INTO account_clocks (account, kind, speed, market_time) VALUES ($1, 'replay', 60, clock_timestamp())`,
      [account],
    );
    return new Desk(this.database, account, venue);
  }

  async setClock(millis: number): Promise<void> {
    await this.database.query(`SELECT ${tick(millis)}`);
  }

  /** Real time that passes, in milliseconds. */
  async wait(ms: number): Promise<void> {
    await this.database.query(`SELECT setval('controlled.micros', last_value + $1) FROM controlled.micros`, [
      ms * 1000,
    ]);
  }
}

/** What may be said about an attempt; left out: attempt 1 of owner `mine`, by the trade itself, for two seconds. */
export interface AttemptDetails {
  readonly n?: number;
  readonly owner?: string;
  readonly actor?: FenceActor;
  readonly validityMs?: number;
}

/** Everything that is done to one account's trades and orders, in a test's words. */
export class Desk {
  readonly journal: OrderJournal;
  readonly trades: TradeStore;

  constructor(
    readonly database: Database,
    readonly account: string,
    private readonly venue: string,
  ) {
    this.journal = new OrderJournal(database);
    this.trades = new TradeStore(database);
  }

  /** An accepted trade; long in EXA unless told. */
  async trade(key = 'one', changes: Partial<NewTrade> = {}): Promise<string> {
    const answer = await acceptTrade(this.database, this.newTrade(key, changes));
    if (answer.result !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(answer)}`);
    return answer.tradeId;
  }

  newTrade(key: string, changes: Partial<NewTrade> = {}): NewTrade {
    const { account } = this;
    const [instrument, direction] = [changes.instrument ?? 'EXA', changes.direction ?? 'long'] as const;
    return {
      account,
      key,
      strategy: 'manual',
      instrument,
      spec: {
        ...{ account, instrument, strategy: 'manual', direction, entry: { type: 'market' }, timeInForce: 'GTC' },
        ...{ whenClosed: 'reject', unfilledTimeoutSeconds: 3_600, stopPrice: decimalString('90') },
      },
      fingerprint: `hash of ${key}`,
      createdBy: 'tester',
      direction,
      ...changes,
    };
  }

  /** Approves an entry of at most this many units at a price of 100, for a minute. */
  async approve(order: JournalledOrder, units: number, limits: object = {}, lifetimeMs = 60_000): Promise<void> {
    const approval = {
      clientOrderId: order.request.clientOrderId,
      maxQuantity: text(dec(units)),
      maxNotional: text(dec(units).mul(100)),
      referencePrice: decimalString('100'),
      limits: { ...WIDE, ...limits },
      lifetimeMs,
    };
    await this.journal.approve(order.tradeId, approval, {});
  }

  order(tradeId: string, leg: string, side: Side, units: number | string, changes: OrderChanges = {}): JournalledOrder {
    const revision = changes.revision ?? 1;
    const intent = intentId(tradeId, leg, revision);
    const request = {
      clientOrderId: clientOrderId('test', this.venue, this.account, intent),
      account: this.account,
      instrument: changes.instrument ?? 'EXA',
      side,
      quantity: text(dec(units)),
      terms: changes.terms ?? ({ type: 'market' } as const),
      timeInForce: 'GTC' as const,
    };
    return { request, tradeId, intentId: intent, leg, revision, paramsHash: paramsHash(request) };
  }

  async fence(order: JournalledOrder, details: AttemptDetails = {}): Promise<FenceAnswer> {
    const { n = 1, owner = 'mine', actor = 'trade', validityMs = TIMINGS.validityWindow } = details;
    return this.journal.fence(order, { n, owner }, validityMs, actor, 'executing');
  }

  /** The code with which the fence refuses an order. @throws Error when it does not. */
  async refusal(order: JournalledOrder, details: AttemptDetails = {}): Promise<string> {
    const answer = await this.fence(order, details);
    if (answer.result !== 'refused') throw new Error(`not refused: ${JSON.stringify(answer)}`);
    return answer.code;
  }

  async renew(order: JournalledOrder, details: AttemptDetails = {}): Promise<Renewal> {
    const { n = 1, owner = 'mine', actor = 'trade', validityMs = TIMINGS.validityWindow } = details;
    return this.journal.renew({ clientOrderId: order.request.clientOrderId, n, owner }, validityMs, actor);
  }

  async record(order: JournalledOrder, outcome: SubmitOutcome, details: AttemptDetails = {}): Promise<OrderFacts> {
    const { n = 1, owner = 'mine' } = details;
    const attempt = { clientOrderId: order.request.clientOrderId, n, owner };
    return (await this.journal.recordOutcome(attempt, outcome, this.source())).order;
  }

  /** Fences, sends and acknowledges an order of which `filled` units are executed and booked at once. */
  async placed(order: JournalledOrder, state: VenueOrderState = 'open', filled = 0): Promise<OrderFacts> {
    const answer = await this.fence(order);
    if (answer.result !== 'go') throw new Error(`not permitted: ${JSON.stringify(answer)}`);
    const fills = filled > 0 ? [this.fill(order, '1', filled)] : [];
    return this.record(order, { kind: 'acked', order: this.shown(order, state, filled), fills });
  }

  /** An approved entry that is executed whole: a trade with a position. */
  async entered(
    tradeId: string,
    units: number,
    side: Side = 'buy',
    changes: OrderChanges = {},
  ): Promise<JournalledOrder> {
    const entry = this.order(tradeId, 'entry', side, units, changes);
    await this.approve(entry, units);
    await this.placed(entry, 'filled', units);
    return entry;
  }

  /** The order as the venue shows it. */
  shown(order: JournalledOrder, state: VenueOrderState, filled: number, changes: Partial<VenueOrder> = {}): VenueOrder {
    const { clientOrderId: id, instrument, side, quantity, terms } = order.request;
    return {
      ...{ venueOrderId: `v-${id}`, clientOrderId: id, instrument, side, quantity, type: terms.type, state },
      filledQuantity: text(dec(filled)),
      receivedAt: instant(MONDAY + 100_000_000),
      ...changes,
    };
  }

  fill(order: JournalledOrder, venueFillId: string, units: number, changes: Partial<Fill> = {}): Fill {
    const { clientOrderId: id, instrument, side } = order.request;
    return {
      ...{ venueFillId, venueOrderId: `v-${id}`, clientOrderId: id, instrument, side, quantity: text(dec(units)) },
      ...{ price: decimalString('100'), fee: decimalString('0'), feeAsset: 'USD', liquidity: 'taker' },
      marketAt: instant(MONDAY),
      ...changes,
    };
  }

  async report(orders: readonly VenueOrder[], fills: readonly Fill[] = []) {
    return this.journal.applyReport({ ...this.source(), orders, fills });
  }

  /** A look-up that was asked now unless told. */
  async lookUp(order: JournalledOrder, lookup: Lookup, askedAt?: number): Promise<LookupVerdict> {
    const asked = askedAt === undefined ? await this.journal.now() : instant(askedAt);
    return this.journal.recordLookup(order.request.clientOrderId, asked, lookup, TIMINGS, this.source());
  }

  async facts(order: JournalledOrder): Promise<OrderFacts> {
    const { orders } = await this.trades.facts(order.tradeId);
    const found = orders.find(({ clientOrderId: id }) => id === order.request.clientOrderId);
    if (!found) throw new Error(`the journal has no ${order.intentId}`);
    return found;
  }

  /** States of an order's attempts, the first one first. */
  async attempts(order: JournalledOrder): Promise<readonly string[]> {
    const { rows } = await this.database.query<{ state: string }>(
      'SELECT state FROM order_attempts WHERE client_order_id = $1 ORDER BY n',
      [order.request.clientOrderId],
    );
    return rows.map(({ state }) => state);
  }

  async halt(scope: string, mode: 'reduce-only' | 'halt-all' = 'reduce-only', flatten = false): Promise<number> {
    const { rows } = await this.database.query<{ epoch: number }>(
      `SELECT engage_halt($1, $2, $3, 'a test', 'tester') AS epoch`,
      [scope, mode, flatten],
    );
    return rows[0]?.epoch ?? 0;
  }

  async release(scope: string): Promise<void> {
    await this.database.query('SELECT release_halt($1)', [scope]);
  }

  private source(): { readonly venue: string; readonly account: string; readonly skewMs: number } {
    return { venue: this.venue, account: this.account, skewMs: TIMINGS.clockSkew };
  }
}

/** What differs from a market order of revision 1 in EXA. */
export interface OrderChanges {
  readonly revision?: number;
  readonly instrument?: string;
  readonly terms?: OrderTerms;
}
