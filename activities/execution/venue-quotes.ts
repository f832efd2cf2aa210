import type { Millis } from '../../domain/clock/instant';
import type { InstrumentId } from '../../domain/instrument/instrument';
import type { Broker, VenueStream } from '../../domain/order/broker';
import type { Quote } from '../../domain/signal/market-data';
import type { VenueQuotes } from '../../database/venue-quotes';
import type { QuotesBy, VenueSnapshots } from '../../database/venue-snapshots';
import { within } from './chore';

/** A price that the stream has not renewed for so long is asked for. */
const ASK_AFTER_MS: Millis = 2_000;
const QUOTE_DEADLINE_MS: Millis = 8_000;
/** A stream that is said to be up and brings nothing for so long is opened anew. */
const SILENCE_MS: Millis = 30_000;

/** What the feed of one account's prices needs. */
export interface QuoteFeedDeps {
  readonly broker: Broker;
  readonly quotes: VenueQuotes;
  readonly snapshots: VenueSnapshots;
  readonly monotonic: () => Millis;
  /** False where nothing but the lease of a watching person wants prices, and no stream is opened. */
  readonly streams: boolean;
  /** The account's orders or fills changed, or a line of the stream is new. */
  readonly changed: () => void;
  /** The line of the account is up, or up again: what the venue showed before may be old. */
  readonly up: () => void;
}

/** Prices of the instruments that are wanted: by the venue's stream, and by asking where that is silent or missing. */
export class QuoteFeed {
  private stream: VenueStream | undefined;
  private openedAt = 0;
  private lastHeard = 0;
  private wanted: readonly InstrumentId[] = [];
  private watching = '';
  private by: QuotesBy | undefined;
  private readonly heardAt = new Map<InstrumentId, Millis>();
  private readonly fresh = new Map<InstrumentId, Quote>();
  /** Writes of line states, one after another, so that the last word stays last. */
  private told: Promise<void> = Promise.resolve();

  constructor(private readonly deps: QuoteFeedDeps) {}

  /** Says which instruments are wanted from now on, and minds the stream. */
  want(instruments: readonly InstrumentId[]): void {
    this.wanted = [...new Set(instruments)].sort();
    if (!this.deps.streams || this.deps.broker.stream === undefined) return;
    const now = this.deps.monotonic();
    const silent = this.wanted.length > 0 && now - Math.max(this.openedAt, this.lastHeard) > SILENCE_MS;
    if (this.stream !== undefined && silent) this.close();
    if (this.stream === undefined) this.open(now);
    const watching = this.wanted.join(' ');
    if (watching === this.watching) return;
    this.watching = watching;
    // Whoever was not watched has no silence yet.
    this.openedAt = now;
    this.stream?.watch(this.wanted);
  }

  /** True when a price is to be stored, or one has to be asked for. */
  isDue(): boolean {
    return this.fresh.size > 0 || this.silent().length > 0;
  }

  /** Stores what the stream brought, and asks for what it did not. */
  async renew(): Promise<void> {
    const streamed = [...this.fresh.values()];
    this.fresh.clear();
    await this.deps.quotes.store(streamed);
    const silent = this.silent();
    const asked = await Promise.allSettled(silent.map((instrument) => this.ask(instrument)));
    const brought = asked.flatMap((answer) => (answer.status === 'fulfilled' ? (answer.value ?? []) : []));
    await this.deps.quotes.store(brought);
    if (streamed.length > 0) await this.tell('stream');
    else if (silent.length > 0) await this.tell(brought.length > 0 ? 'poll' : 'none');
    const broken = asked.find((answer) => answer.status === 'rejected');
    // One instrument without an answer keeps the others from nothing.
    if (broken !== undefined && brought.length + streamed.length === 0) throw broken.reason;
  }

  close(): void {
    this.stream?.close();
    this.stream = undefined;
    this.watching = '';
  }

  private silent(): readonly InstrumentId[] {
    const now = this.deps.monotonic();
    return this.wanted.filter((instrument) => now - (this.heardAt.get(instrument) ?? -Infinity) >= ASK_AFTER_MS);
  }

  private async ask(instrument: InstrumentId): Promise<Quote | undefined> {
    this.heardAt.set(instrument, this.deps.monotonic());
    return within(QUOTE_DEADLINE_MS, 'quote', this.deps.broker.quote(instrument));
  }

  private async tell(by: QuotesBy): Promise<void> {
    if (this.by !== by) await this.deps.snapshots.quotesBy(by);
    this.by = by;
  }

  private open(now: Millis): void {
    this.openedAt = now;
    this.stream = this.deps.broker.stream?.({
      changed: this.deps.changed,
      quote: (quote) => {
        this.lastHeard = this.deps.monotonic();
        this.heardAt.set(quote.instrument, this.lastHeard);
        this.fresh.set(quote.instrument, quote);
      },
      line: (name, up, why) => {
        if (up) this.deps.changed();
        if (up && name === 'account') this.deps.up();
        this.told = this.told.then(() => this.deps.snapshots.line(name, up, why)).catch(() => undefined);
      },
    });
  }
}
