import type { Millis } from '../../domain/clock/instant';
import type { VenueSnapshot } from '../../domain/order/broker';
import type { Fill } from '../../domain/order/order';
import type { OrderClaims } from '../../database/order-claims';
import { within } from './chore';
import type { ExecutionDeps } from './ports';
import { report } from './settle-order';

/** Our own deadline over one poll, which may ask for several pages. */
const POLL_DEADLINE_MS: Millis = 30_000;
const FIND_DEADLINE_MS: Millis = 10_000;
/** A fill without our id is kept back so much longer than its order's answer may take, and then booked as foreign. */
const GRACE_MS: Millis = 5_000;

/** One account's polls of orders and fills: each books what it brought, and the next goes on after it. */
export class VenuePoll {
  private cursor: string | undefined;
  private known = false;
  /** When a fill of nobody's was first seen, by its identity. */
  private readonly strangers = new Map<string, Millis>();

  constructor(
    private readonly deps: ExecutionDeps & { readonly claims: OrderClaims },
    /** Told which trades to wake. */
    private readonly wake: (tradeIds: readonly string[]) => void,
  ) {}

  /** Polls once and books; answers whether anything came. @throws when venue or database cannot be reached. */
  async once(): Promise<boolean> {
    const { account, broker, journal, trades } = this.deps;
    if (!this.known) this.cursor = await trades.pollCursor(account);
    this.known = true;
    const live = () => journal.liveOrders(account);
    const snapshot = await within(POLL_DEADLINE_MS, 'poll', broker.poll(this.cursor, live));
    const kept = await this.keptBack(snapshot);
    const fills = snapshot.fills.filter((fill) => !kept.has(fill));
    if (snapshot.orders.length > 0 || fills.length > 0) {
      this.deps.failpoint('before-poll-booked');
      const effect = await journal.applyReport({ ...report(this.deps), orders: snapshot.orders, fills });
      this.wake(effect.trades);
    }
    // Stored after the booking, and only if all was booked: a crash in between, or a fill that was kept back, is read again.
    if (kept.size === 0 && snapshot.cursor !== this.cursor) {
      await trades.storePollCursor(account, snapshot.cursor);
      this.cursor = snapshot.cursor;
    }
    return snapshot.orders.length > 0 || snapshot.fills.length > 0;
  }

  /** Looks orders up that were settled as never arrived; books and flags those that are there after all. */
  async lookAgain(withinMs: Millis): Promise<void> {
    for (const order of await this.deps.claims.neverArrived(withinMs)) await this.claim(order);
  }

  /**
   * Fills without our id that may be ours: their order's answer is still on its way to the journal, or its absence was
   * believed too early. Such orders are looked up, which tells their venue ids; what then is nobody's is kept back for as
   * long as an answer may take, because a fill that is booked as foreign stays so.
   */
  private async keptBack({ fills, orders }: VenueSnapshot): Promise<ReadonlySet<Fill>> {
    const shown = new Set(orders.map(({ instrument, venueOrderId }) => `${instrument} ${venueOrderId}`));
    const unshown = fills.filter(({ instrument, venueOrderId }) => !shown.has(`${instrument} ${venueOrderId}`));
    const strangers = await this.deps.claims.strangers(unshown);
    if (strangers.length === 0) return new Set();
    const candidates = await this.deps.claims.candidates([...new Set(strangers.map((fill) => fill.instrument))]);
    for (const candidate of candidates) await this.claim(candidate);
    const instruments = new Set(candidates.map(({ instrument }) => instrument));
    const left = await this.deps.claims.strangers(strangers.filter(({ instrument }) => instruments.has(instrument)));
    return new Set(left.filter((fill) => this.isRecent(fill)));
  }

  private isRecent(fill: Fill): boolean {
    const { clockSkew, readLag, validityWindow } = this.deps.broker.timings;
    const now = this.deps.monotonic();
    const key = [fill.instrument, fill.venueOrderId, fill.venueFillId].join(' ');
    const seen = this.strangers.get(key) ?? now;
    this.strangers.set(key, seen);
    const recent = now - seen < validityWindow + readLag + clockSkew + GRACE_MS;
    if (!recent) this.strangers.delete(key);
    return recent;
  }

  private async claim(order: Parameters<ExecutionDeps['broker']['find']>[0]): Promise<void> {
    const lookup = await within(FIND_DEADLINE_MS, 'look-up', this.deps.broker.find(order));
    if (lookup.kind !== 'found') return;
    const shown = { ...report(this.deps), orders: [lookup.order], fills: lookup.fills };
    this.wake((await this.deps.journal.applyReport(shown)).trades);
  }
}
