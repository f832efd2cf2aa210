import type { Millis } from '../../domain/clock/instant';
import type { InstrumentId } from '../../domain/instrument/instrument';
import type { OrderClaims } from '../../database/order-claims';
import type { VenueQuotes } from '../../database/venue-quotes';
import type { VenueSnapshots } from '../../database/venue-snapshots';
import { CatchUp } from './catch-up';
import type { CatchUpDeps } from './catch-up';
import { Chore, within } from './chore';
import type { ChoreSetting } from './chore';
import { contactVenue } from './venue-contact';
import type { ContactDeps } from './venue-contact';
import { VenuePoll } from './venue-poll';
import { QuoteFeed } from './venue-quotes';

/** Time between two snapshots of balances and working orders, while a trade is open and while none is. */
const SNAPSHOT_MS: Millis = 20_000;
const IDLE_SNAPSHOT_MS: Millis = 120_000;
/** The paper venue answers from the database. */
const PAPER_SNAPSHOT_MS: Millis = 5_000;
/** What the key may do is asked this often. */
const KEY_CHECK_MS: Millis = 600_000;
/** How often an order that was settled as never arrived is looked up again, while it is young and after that. */
const LATE_MS: Millis = 20_000;
const YOUNG_MS: Millis = 600_000;
const OLD_LATE_MS: Millis = 900_000;
const OLD_MS: Millis = 24 * 3_600_000;
/** How often it is asked what people watch. */
const LEASE_MS: Millis = 1_000;
/** How often it is asked whether a restore holds the account, and its venue read if so. */
const CATCH_UP_MS: Millis = 1_000;
const QUOTE_MS: Millis = 250;
const SNAPSHOT_DEADLINE_MS: Millis = 20_000;
/** A run under way gets this long when the watch ends. */
const CLOSE_MS: Millis = 5_000;
/** Longest pauses of chores that keep failing: what guards positions is tried again soon. */
const SHORT_PAUSE_MS: Millis = 4_000;
const MEDIUM_PAUSE_MS: Millis = 15_000;
const LONG_PAUSE_MS: Millis = 60_000;

/** What the watch of a venue needs beyond the account's orders. */
export interface VenueWatchDeps extends CatchUpDeps {
  readonly claims: OrderClaims;
  readonly quotes: VenueQuotes;
  readonly snapshots: VenueSnapshots;
  /** Present for an account at an exchange. */
  readonly exchange?: Pick<ContactDeps, 'accounts' | 'memory' | 'notice' | 'safeKey'>;
}

/**
 * All that goes on between the watcher of one account and its venue while the watcher looks at its triggers: polls of
 * orders and fills, prices, snapshots for people, the daily contact, and looks for orders that came too late. Each is a
 * chore of its own: a slow or broken one holds up no other, and none the watcher.
 */
export class VenueWatch {
  private readonly chores: readonly Chore[];
  private readonly woken = new Set<string>();
  private readonly feed: QuoteFeed;
  private readonly contact: Chore | undefined;
  private traded: readonly InstrumentId[] = [];
  private leased: readonly InstrumentId[] = [];

  constructor(private readonly deps: VenueWatchDeps) {
    const { broker, exchange, monotonic, quotes, snapshots } = deps;
    const setting: ChoreSetting = { monotonic, report: (chore, problem) => snapshots.problem(chore, problem) };
    const chore = (name: string, every: Millis | (() => Millis), longest: Millis, work: () => Promise<void>): Chore =>
      new Chore(name, setting, { every: typeof every === 'number' ? () => every : every, longest }, work);
    const snapshot = chore(
      'snapshot',
      () => this.snapshotPause(),
      LONG_PAUSE_MS,
      () => this.takeSnapshot(),
    );
    const poller = new VenuePoll(deps, (ids) => ids.forEach((id) => this.woken.add(id)));
    const poll = chore('poll', broker.timings.pollEvery, SHORT_PAUSE_MS, async () => {
      if (await poller.once()) snapshot.ask();
      await deps.trades.notePoll(deps.account);
    });
    const streams = exchange !== undefined;
    this.feed = new QuoteFeed({
      broker,
      quotes,
      snapshots,
      monotonic,
      streams,
      changed: () => poll.ask(),
      up: () => snapshot.ask(),
    });
    const leases = chore('leases', LEASE_MS, SHORT_PAUSE_MS, async () => {
      this.leased = await quotes.leased();
    });
    const prices = chore('quotes', QUOTE_MS, SHORT_PAUSE_MS, async () => {
      if (this.feed.isDue()) await this.feed.renew();
    });
    const behind = new CatchUp(deps);
    let held = false;
    const catchUp = chore('restore', CATCH_UP_MS, SHORT_PAUSE_MS, async () => {
      const free = await behind.once();
      // What the venue says of the account frees it at last.
      if (free && held) this.contact?.ask();
      held = !free;
    });
    const polled = broker.timings.pollEvery > 0 ? [poll] : [];
    this.chores = [catchUp, ...polled, snapshot, leases, prices];
    if (exchange === undefined) return;
    const contact = { account: deps.account, broker, monotonic, ...exchange };
    this.contact = chore('contact', KEY_CHECK_MS, MEDIUM_PAUSE_MS, () => contactVenue(contact));
    this.chores = [
      this.contact,
      ...this.chores,
      chore('late orders', LATE_MS, LONG_PAUSE_MS, () => poller.lookAgain(YOUNG_MS)),
      chore('old late orders', OLD_LATE_MS, LONG_PAUSE_MS, () => poller.lookAgain(OLD_MS)),
    ];
  }

  /** Starts what is due, never waits, and hands over the trades to wake. @param traded instruments of open trades */
  turn(traded: readonly InstrumentId[], woken: Set<string>): void {
    this.traded = traded;
    // The paper market has its own prices.
    this.feed.want(this.deps.exchange === undefined ? this.leased : [...traded, ...this.leased]);
    for (const chore of this.chores) chore.turn();
    for (const id of this.woken) woken.add(id);
    this.woken.clear();
  }

  /** Ends the streams, and waits a while for what is under way: what comes later only books what anybody may book. */
  async close(): Promise<void> {
    this.feed.close();
    const all = Promise.all(this.chores.map((chore) => chore.settled())).then(() => undefined);
    await within(CLOSE_MS, 'end of the watch', all).catch(() => undefined);
  }

  private snapshotPause(): Millis {
    if (this.deps.exchange === undefined) return PAPER_SNAPSHOT_MS;
    return this.traded.length > 0 ? SNAPSHOT_MS : IDLE_SNAPSHOT_MS;
  }

  private async takeSnapshot(): Promise<void> {
    const { broker, snapshots } = this.deps;
    const asked = Promise.all([
      broker.balances(),
      broker.openOrders(),
      broker.positions?.() ?? null,
      broker.accountValues?.() ?? null,
    ]);
    const [balances, orders, positions, values] = await within(SNAPSHOT_DEADLINE_MS, 'snapshot', asked);
    await snapshots.store({ balances, orders, positions, values });
  }
}
