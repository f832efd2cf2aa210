import type {
  Broker,
  CancelOutcome,
  ListedOrder,
  Lookup,
  SendPermit,
  SubmitOutcome,
  VenueBalance,
  VenuePosition,
  VenueSnapshot,
  VenueTimings,
} from '../../../domain/order/broker';
import type { Fill, OrderRef, OrderRequest } from '../../../domain/order/order';
import type { PaperBroker } from '../../../brokers/paper/paper-broker';
import type { Choices } from '../choices';

/** What goes wrong between us and the venue. */
export interface LineFaults {
  /** Share of all calls that break: the request is lost, or its answer. */
  readonly share: number;
  /** Share of executions that this side is never shown (the control). */
  readonly lost: number;
}

/** The paper venue behind a line on which calls break by chance. */
export class FaultyLine implements Broker {
  readonly venue = 'paper';
  readonly timings: VenueTimings;
  readonly counts = { calls: 0, faults: 0, lostFills: 0 };
  private readonly fates = new Map<string, boolean>();

  constructor(
    private readonly inner: PaperBroker,
    private readonly choices: Choices,
    private readonly faults: LineFaults,
  ) {
    // Shorter than the venue's own, so that a lost request is proven lost sooner.
    this.timings = { ...inner.timings, validityWindow: 1_000 };
  }

  get capabilities() {
    return this.inner.capabilities;
  }

  instruments() {
    return this.inner.instruments();
  }

  async submit(request: OrderRequest, permit: SendPermit): Promise<SubmitOutcome> {
    const broken = this.breaks();
    if (broken === 'request') return { kind: 'unknown', message: 'the request was lost' };
    const outcome = await this.inner.submit(request, permit);
    if (broken === 'answer') return { kind: 'unknown', message: 'the answer was lost' };
    return outcome.kind === 'acked' ? { ...outcome, fills: this.shown(outcome.fills) } : outcome;
  }

  async find(ref: OrderRef): Promise<Lookup> {
    if (this.breaks() !== undefined) return { kind: 'inconclusive', message: 'the line broke' };
    return this.whole(await this.inner.find(ref));
  }

  async cancel(ref: OrderRef): Promise<CancelOutcome> {
    const broken = this.breaks();
    if (broken === 'request') return { kind: 'unknown', message: 'the request was lost' };
    const outcome = await this.inner.cancel(ref);
    if (broken === 'answer') return { kind: 'unknown', message: 'the answer was lost' };
    // What the cancel left is read by a look-up.
    return outcome.kind === 'requested' ? { kind: 'requested' } : outcome;
  }

  async poll(cursor: string | undefined): Promise<VenueSnapshot> {
    const snapshot = await this.call(() => this.inner.poll(cursor));
    return { ...snapshot, fills: this.shown(snapshot.fills) };
  }

  openOrders(): Promise<readonly ListedOrder[]> {
    return this.call(() => this.inner.openOrders());
  }

  balances(): Promise<readonly VenueBalance[]> {
    return this.call(() => this.inner.balances());
  }

  positions(): Promise<readonly VenuePosition[]> {
    return this.call(() => this.inner.positions());
  }

  quote(instrument: string) {
    return this.inner.quote(instrument);
  }

  serverTime() {
    return this.inner.serverTime();
  }

  private whole(lookup: Lookup): Lookup {
    return lookup.kind === 'found' ? { ...lookup, fills: this.shown(lookup.fills) } : lookup;
  }

  private async call<T>(ask: () => Promise<T>): Promise<T> {
    const broken = this.breaks();
    if (broken === 'request') throw new Error('the request was lost');
    const answer = await ask();
    if (broken === 'answer') throw new Error('the answer was lost');
    return answer;
  }

  private breaks(): 'request' | 'answer' | undefined {
    this.counts.calls += 1;
    if (!this.choices.chance(this.faults.share)) return undefined;
    this.counts.faults += 1;
    return this.choices.chance(0.5) ? 'request' : 'answer';
  }

  /** An execution is lost for good or not at all. */
  private shown(fills: readonly Fill[]): readonly Fill[] {
    return fills.filter(({ venueFillId, venueOrderId }) => {
      const key = `${venueOrderId} ${venueFillId}`;
      const known = this.fates.get(key);
      const lost = known ?? this.choices.chance(this.faults.lost);
      if (known === undefined && lost) this.counts.lostFills += 1;
      this.fates.set(key, lost);
      return !lost;
    });
  }
}
