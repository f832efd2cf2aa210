import type { Instant } from '../../domain/clock/instant';
import type { Instrument, InstrumentId } from '../../domain/instrument/instrument';
import type {
  Broker,
  CancelOutcome,
  Lookup,
  SendPermit,
  SubmitOutcome,
  VenueBalance,
  VenuePosition,
  Capabilities,
  ListedOrder,
  VenueSnapshot,
  VenueTimings,
} from '../../domain/order/broker';
import type { ClientOrderId, OrderRef, OrderRequest } from '../../domain/order/order';
import type { Quote } from '../../domain/signal/market-data';

/** What a test does to the exchange of one instrument with its venue; each may or may not call the real thing. */
export interface Faults {
  readonly submit?: (
    request: OrderRequest,
    send: (permit: SendPermit) => Promise<SubmitOutcome>,
    permit: SendPermit,
  ) => Promise<SubmitOutcome>;
  readonly find?: (id: ClientOrderId, look: () => Promise<Lookup>) => Promise<Lookup>;
  readonly cancel?: (id: ClientOrderId, send: () => Promise<CancelOutcome>) => Promise<CancelOutcome>;
  /** Changes what a poll shows. */
  readonly poll?: (snapshot: VenueSnapshot) => VenueSnapshot;
}

/** A venue that is real but for the faults of single instruments. */
export class FaultyBroker implements Broker {
  private readonly faults = new Map<InstrumentId, Faults>();

  readonly positions?: () => Promise<readonly VenuePosition[]>;

  constructor(private readonly inner: Broker) {
    if (inner.positions !== undefined) this.positions = () => inner.positions?.() ?? Promise.resolve([]);
  }

  /** From now on; without faults the instrument is sound again. */
  fault(instrument: InstrumentId, faults: Faults = {}): void {
    this.faults.set(instrument, faults);
  }

  get venue(): string {
    return this.inner.venue;
  }

  get timings(): VenueTimings {
    return this.inner.timings;
  }

  get capabilities(): Capabilities {
    return this.inner.capabilities;
  }

  instruments(): Promise<readonly Instrument[]> {
    return this.inner.instruments();
  }

  submit(request: OrderRequest, permit: SendPermit): Promise<SubmitOutcome> {
    const send = (given: SendPermit): Promise<SubmitOutcome> => this.inner.submit(request, given);
    return this.faults.get(request.instrument)?.submit?.(request, send, permit) ?? send(permit);
  }

  find(ref: OrderRef): Promise<Lookup> {
    const look = (): Promise<Lookup> => this.inner.find(ref);
    return this.faults.get(ref.instrument)?.find?.(ref.clientOrderId, look) ?? look();
  }

  cancel(ref: OrderRef): Promise<CancelOutcome> {
    const send = (): Promise<CancelOutcome> => this.inner.cancel(ref);
    return this.faults.get(ref.instrument)?.cancel?.(ref.clientOrderId, send) ?? send();
  }

  async poll(cursor: string | undefined, live: () => Promise<readonly OrderRef[]>): Promise<VenueSnapshot> {
    const snapshot = await this.inner.poll(cursor, live);
    return [...this.faults.values()].reduce((seen, { poll }) => poll?.(seen) ?? seen, snapshot);
  }

  balances(): Promise<readonly VenueBalance[]> {
    return this.inner.balances();
  }

  openOrders(): Promise<readonly ListedOrder[]> {
    return this.inner.openOrders();
  }

  quote(instrument: InstrumentId): Promise<Quote | undefined> {
    return this.inner.quote(instrument);
  }

  serverTime(): Promise<Instant> {
    return this.inner.serverTime();
  }
}
