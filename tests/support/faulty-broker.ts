import type { Instrument, InstrumentId } from '../../domain/instrument/instrument';
import type {
  Broker,
  CancelOutcome,
  Lookup,
  SendPermit,
  SubmitOutcome,
  VenueBalance,
  VenueSnapshot,
  VenueTimings,
} from '../../domain/order/broker';
import type { ClientOrderId, OrderRequest, OrderType } from '../../domain/order/order';

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

  constructor(private readonly inner: Broker) {}

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

  get nativeTypes(): ReadonlySet<OrderType> {
    return this.inner.nativeTypes;
  }

  instruments(): Promise<readonly Instrument[]> {
    return this.inner.instruments();
  }

  submit(request: OrderRequest, permit: SendPermit): Promise<SubmitOutcome> {
    const send = (given: SendPermit): Promise<SubmitOutcome> => this.inner.submit(request, given);
    return this.faults.get(request.instrument)?.submit?.(request, send, permit) ?? send(permit);
  }

  find(id: ClientOrderId, instrument: InstrumentId): Promise<Lookup> {
    const look = (): Promise<Lookup> => this.inner.find(id, instrument);
    return this.faults.get(instrument)?.find?.(id, look) ?? look();
  }

  cancel(id: ClientOrderId, instrument: InstrumentId): Promise<CancelOutcome> {
    const send = (): Promise<CancelOutcome> => this.inner.cancel(id, instrument);
    return this.faults.get(instrument)?.cancel?.(id, send) ?? send();
  }

  async poll(cursor: string | undefined): Promise<VenueSnapshot> {
    const snapshot = await this.inner.poll(cursor);
    return [...this.faults.values()].reduce((seen, { poll }) => poll?.(seen) ?? seen, snapshot);
  }

  balance(): Promise<VenueBalance> {
    return this.inner.balance();
  }
}
