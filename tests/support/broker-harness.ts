import { randomBytes } from 'node:crypto';
import { instant } from '../../domain/clock/instant';
import { decimalString as d, text, ZERO } from '../../domain/money/decimal';
import type { DecimalString } from '../../domain/money/decimal';
import type { Broker, Lookup, SendPermit, SubmitOutcome, VenueSnapshot } from '../../domain/order/broker';
import type { ClientOrderId, Fill, OrderRef, OrderRequest, OrderType, VenueOrder } from '../../domain/order/order';

/**
 * A venue with one instrument, as the contract wants it: its market is open and last traded at 100 with plenty of
 * liquidity; tick and lot are 0.01, the least quantity is 0.01 and the least notional 1, unless it states other filters;
 * the account holds 10,000 and nothing else.
 */
export interface BrokerHarness {
  readonly broker: Broker;
  readonly account: string;
  readonly instrument: string;
  /** The instrument's filters where they are not the usual ones. */
  readonly filters?: Readonly<Record<'tick' | 'lot' | 'minQuantity' | 'minNotional', string>>;
  /** Cash at first where it is not 10,000. */
  readonly cash?: string;
  /** Set where a purchase is not paid for: that of a future costs its fee alone. */
  readonly isUnpaid?: boolean;
  /** Lets the market trade at a price; one order gets at most `available` units of it (default: plenty). */
  trade(price: number, available?: number): Promise<void>;
  /** The answer to the next order that the venue accepts is lost on its way back. */
  loseNextAnswer(): void;
  /** The next order is lost on its way to the venue. */
  loseNextRequest(): void;
  /** How many orders the venue ever accepted, counted beside the adapter. */
  acceptedOrders(): Promise<number>;
  close(): Promise<void>;
}

/** A fresh id, as the activities make them. */
export const newId = (): ClientOrderId => randomBytes(16).toString('hex') as ClientOrderId;

const PERMIT_LIFE = 3_000;

/**
 * A permit that is valid for three seconds from the moment at which it is asked for, as one that the fence renews is.
 * @param stands says at that moment whether it stands
 */
export function permit(stands: () => boolean = () => true): SendPermit {
  const made = {
    validUntil: instant(Date.now() + PERMIT_LIFE),
    share: 'entry' as const,
    stillValid: () => {
      made.validUntil = instant(Date.now() + PERMIT_LIFE);
      return Promise.resolve(stands());
    },
  };
  return made;
}

/** A journal without live orders. */
export const nothing = (): Promise<readonly OrderRef[]> => Promise.resolve([]);

/** A request to buy ten units at market, unless told otherwise. */
export function request(
  harness: Pick<BrokerHarness, 'account' | 'instrument'>,
  changes: Partial<OrderRequest> = {},
): OrderRequest {
  const { account, instrument } = harness;
  return {
    clientOrderId: newId(),
    account,
    instrument,
    side: 'buy',
    quantity: d('10'),
    terms: { type: 'market' },
    timeInForce: 'GTC',
    ...changes,
  };
}

/** The acknowledgement; anything else fails the test with what came instead. */
export function acked(outcome: SubmitOutcome): Extract<SubmitOutcome, { kind: 'acked' }> {
  if (outcome.kind !== 'acked') throw new Error(`not acked: ${JSON.stringify(outcome)}`);
  return outcome;
}

/** The quantity of fills. */
export const sum = (fills: readonly Fill[]): DecimalString =>
  text(fills.reduce((total, { quantity }) => total.plus(quantity), ZERO));

/** Limit terms. */
export const limit = (price: string): OrderRequest['terms'] => ({ type: 'limit', price: d(price) });
/** Stop terms. */
export const stop = (price: string): OrderRequest['terms'] => ({ type: 'stop', stopPrice: d(price) });

type Located = Pick<BrokerHarness, 'broker' | 'instrument'>;

/** Where an order of a harness is looked for, as the journal would say it before the venue has shown it. */
export function locate(h: Located, id: ClientOrderId, type: OrderType = 'market', instrument = h.instrument): OrderRef {
  return { clientOrderId: id, instrument, type, venueOrderId: null, createdAt: instant(Date.now() - 60_000) };
}

/** A look-up of an order by its id. */
export const find = (h: Located, id: ClientOrderId, type?: OrderType): Promise<Lookup> =>
  h.broker.find(locate(h, id, type));

/** What the journal of a harness would call live: every order that was placed and that no poll has shown ended. */
const live = new WeakMap<Broker, Map<ClientOrderId, OrderRef>>();

/** A poll as the watcher makes it. */
export async function pollOf(h: Located, cursor: string | undefined): Promise<VenueSnapshot> {
  const refs = live.get(h.broker) ?? new Map<ClientOrderId, OrderRef>();
  const snapshot = await h.broker.poll(cursor, () => Promise.resolve([...refs.values()]));
  for (const order of snapshot.orders) if (order.state !== 'open') refs.delete(order.clientOrderId);
  return snapshot;
}

/** The order as the venue shows it. */
export async function found(
  h: Located,
  id: ClientOrderId,
  type?: OrderType,
): Promise<{ order: VenueOrder; fills: readonly Fill[] }> {
  const lookup = await find(h, id, type);
  if (lookup.kind !== 'found') throw new Error(`not found: ${JSON.stringify(lookup)}`);
  return lookup;
}

/** Submits an order as the activities do: from then on the journal has it. */
export async function submit(
  h: BrokerHarness,
  order: OrderRequest,
  given: SendPermit = permit(),
): Promise<SubmitOutcome> {
  const refs = live.get(h.broker) ?? new Map<ClientOrderId, OrderRef>();
  live.set(h.broker, refs.set(order.clientOrderId, locate(h, order.clientOrderId, order.terms.type, order.instrument)));
  const outcome = await h.broker.submit(order, given);
  if (outcome.kind === 'rejected' || outcome.kind === 'not-sent') refs.delete(order.clientOrderId);
  return outcome;
}

/** Places an order that must be acknowledged; answers its request. */
export async function place(h: BrokerHarness, changes: Partial<OrderRequest> = {}): Promise<OrderRequest> {
  const order = request(h, changes);
  acked(await submit(h, order));
  return order;
}
