import { stopPriceOf, trailAmountOf, trailBpsOf } from '../domain/order/order';
import type { OrderRef, Fill, OrderRequest, VenueOrder } from '../domain/order/order';
import type { Lookup, SubmitOutcome, VenueTimings } from '../domain/order/broker';
import type { OrderFacts } from '../domain/trade/facts';
import type { DecimalString } from '../domain/money/decimal';
import type { Instant } from '../domain/clock/instant';
import type { TradePhase } from '../domain/trade/phase';
import { firstOf } from './pool';
import type { Queryable } from './pool';
import type { StoredFacts, TradeChange } from './trades';

/** An order as the journal wants it: the request, and what it means to its trade. */
export interface JournalledOrder {
  readonly request: OrderRequest;
  readonly tradeId: string;
  readonly intentId: string;
  readonly leg: string;
  readonly revision: number;
  /** Hash over everything the venue is told; another hash under the same id is a defect. */
  readonly paramsHash: string;
}

/** What the fence answers; `go` is the only one after which anything may be sent. */
export type FenceAnswer =
  | { readonly result: 'go'; readonly fencedAt: Instant; readonly validUntil: Instant }
  | { readonly result: 'refused'; readonly code: string }
  | { readonly result: 'done'; readonly order: OrderFacts }
  | { readonly result: 'unknown'; readonly n: number; readonly validUntil: Instant }
  | { readonly result: 'recorded'; readonly attempt: string; readonly n: number };

export type Renewal =
  { readonly ok: true; readonly validUntil: Instant } | { readonly ok: false; readonly code: string };

/** Who asks the fence: a trade's workflow, or a halt that has taken the trade over. */
export type FenceActor = 'trade' | 'halt';

/** One attempt and its owner's secret. */
export interface AttemptRef {
  readonly clientOrderId: string;
  readonly n: number;
  readonly owner: string;
}

/** What became known of an order in doubt, and when to look again. */
export interface LookupVerdict {
  readonly verdict: 'found' | 'not-found' | 'again';
  readonly order: OrderFacts;
  readonly n: number;
  readonly waitMs: number;
}

/** What a venue shows, as the database books it. */
export interface VenueReport {
  readonly venue: string;
  readonly account: string;
  readonly skewMs: number;
  readonly orders: readonly VenueOrder[];
  readonly fills: readonly Fill[];
}

export interface ReportEffect {
  readonly newFills: number;
  /** Trades whose orders or fills changed. */
  readonly trades: readonly string[];
}

/** What an approval allows; amounts in quote currency, see the fence for how each is checked. */
export interface StoredApproval {
  readonly clientOrderId: string;
  readonly maxQuantity: DecimalString;
  readonly maxNotional: DecimalString;
  readonly referencePrice: DecimalString;
  readonly limits: object;
  readonly lifetimeMs: number;
}

/** The order journal: each method is one call of one database function, committed when it returns. */
export class OrderJournal {
  constructor(private readonly database: Queryable) {}

  /** The random id of this installation, part of every client order id. */
  async installationId(): Promise<string> {
    const { rows } = await this.database.query<{ id: string }>('SELECT id FROM installation');
    const id = rows[0]?.id;
    if (id === undefined) throw new Error('the database has no installation row: it was not migrated');
    return id;
  }

  /** All checks, the journal row and the attempt row; with `go` the trade enters `phase`. See `fence_and_journal`. */
  async fence(
    order: JournalledOrder,
    attempt: Omit<AttemptRef, 'clientOrderId'>,
    validityMs: number,
    actor: FenceActor,
    phase: TradePhase | null = null,
  ): Promise<FenceAnswer> {
    return this.call('fence_and_journal', { ...journalRow(order), ...attempt, validityMs, actor, phase });
  }

  /** Renews a permit that grew old before the first byte left. */
  async renew(attempt: AttemptRef, validityMs: number, actor: FenceActor): Promise<Renewal> {
    return this.call('renew_fence', { ...attempt, validityMs, actor });
  }

  /** Gives an intent up for good; see `close_intent`. */
  async close(order: JournalledOrder): Promise<{ readonly state: string; readonly sent: 'never' | 'maybe' | 'yes' }> {
    return this.call('close_intent', journalRow(order));
  }

  /** Stores how an attempt went, by its owner's word; answers the order and its trade. */
  async recordOutcome(
    attempt: AttemptRef,
    outcome: SubmitOutcome,
    report: Omit<VenueReport, 'orders' | 'fills'>,
  ): Promise<{ readonly order: OrderFacts; readonly facts: StoredFacts }> {
    return this.call('record_outcome_and_read', { ...attempt, ...outcomeRow(outcome, report) });
  }

  /** The database's real time, to be read before a venue is asked for an order; see `recordLookup`. */
  async now(): Promise<Instant> {
    const { rows } = await this.database.query<{ now: Instant }>('SELECT iso(clock_timestamp()) AS now');
    return firstOf(rows, 'clock_timestamp').now;
  }

  /** Stores what a look-up showed, asked at or after `askedAt` by the database's time, and answers what that proves. */
  async recordLookup(
    clientOrderId: string,
    askedAt: Instant,
    lookup: Lookup,
    timings: VenueTimings,
    report: Omit<VenueReport, 'orders' | 'fills'>,
  ): Promise<LookupVerdict> {
    return this.call('record_lookup', {
      clientOrderId,
      askedAt,
      result: lookup.kind,
      detail: lookup.kind === 'inconclusive' ? lookup.message : null,
      report: lookup.kind === 'found' ? { ...report, orders: [lookup.order], fills: lookup.fills } : null,
      lagMs: timings.readLag,
      skewMs: timings.clockSkew,
      retentionMs: timings.retention,
    });
  }

  /** Orders of an account that may still change at its venue, oldest first. */
  async liveOrders(account: string): Promise<readonly OrderRef[]> {
    const { rows } = await this.database.query<OrderRef>(
      `SELECT client_order_id AS "clientOrderId", instrument, type, venue_order_id AS "venueOrderId", iso(created_at) AS "createdAt"
       FROM orders WHERE account = $1 AND state IN ('sending', 'unknown', 'open', 'partial') ORDER BY orders.created_at`,
      [account],
    );
    return rows;
  }

  /** Books orders and fills as the venue shows them; may be repeated. What is booked already takes no lock. */
  async applyReport(report: VenueReport): Promise<ReportEffect> {
    return this.call('apply_news', report);
  }

  /** As `applyReport`, and answers the facts of one trade after it. */
  async applyReportAndRead(report: VenueReport, tradeId: string): Promise<StoredFacts> {
    return this.call('apply_report_and_read', report, tradeId);
  }

  /** Stores what risk approved, and what the trade then knows. What was approved before may shrink, never grow. */
  async approve(tradeId: string, approval: StoredApproval, change: TradeChange): Promise<StoredFacts> {
    const { rows } = await this.database.query<{ facts: StoredFacts }>('SELECT approve_and_read($1, $2, $3) AS facts', [
      tradeId,
      JSON.stringify(approval),
      JSON.stringify(change),
    ]);
    return firstOf(rows, 'approve_and_read').facts;
  }

  /** Calls a function that takes a JSON document, and perhaps a text, and returns a JSON document. */
  private async call<Answer>(name: string, document: object, ...more: string[]): Promise<Answer> {
    const places = ['$1', ...more.map((_, index) => `$${index + 2}`)].join(', ');
    const { rows } = await this.database.query<{ answer: Answer }>(`SELECT ${name}(${places}) AS answer`, [
      JSON.stringify(document),
      ...more,
    ]);
    return firstOf(rows, name).answer;
  }
}

function journalRow(order: JournalledOrder): object {
  const { terms, ...request } = order.request;
  return {
    ...request,
    type: terms.type,
    price: 'price' in terms ? terms.price : null,
    stopPrice: stopPriceOf(terms) ?? null,
    postOnly: terms.type === 'limit' && terms.postOnly === true,
    trailBps: trailBpsOf(terms) ?? null,
    trailAmount: trailAmountOf(terms) ?? null,
    limitOffset: 'limitOffset' in terms ? terms.limitOffset : null,
    tradeId: order.tradeId,
    intentId: order.intentId,
    leg: order.leg,
    revision: order.revision,
    paramsHash: order.paramsHash,
  };
}

function outcomeRow(outcome: SubmitOutcome, report: Omit<VenueReport, 'orders' | 'fills'>): object {
  switch (outcome.kind) {
    case 'acked':
      return { outcome: 'acked', report: { ...report, orders: [outcome.order], fills: outcome.fills } };
    case 'rejected':
      return { outcome: 'rejected', code: outcome.code, detail: `${outcome.venueCode}: ${outcome.message}` };
    case 'not-sent':
    case 'unknown':
      return { outcome: outcome.kind, detail: outcome.message };
  }
}
