import { randomBytes } from 'node:crypto';
import { instant } from '../../domain/clock/instant';
import { decimalString as d, text, ZERO } from '../../domain/money/decimal';
import type { DecimalString } from '../../domain/money/decimal';
import type { Broker, SendPermit, SubmitOutcome } from '../../domain/order/broker';
import type { ClientOrderId, Fill, OrderRequest, VenueOrder } from '../../domain/order/order';

/**
 * A venue with one instrument, as the contract wants it: its market is open and last traded at 100 with plenty of
 * liquidity; tick and lot are 0.01, the least quantity is 0.01 and the least notional 1; the account holds 10,000 and
 * nothing else.
 */
export interface BrokerHarness {
  readonly broker: Broker;
  readonly account: string;
  readonly instrument: string;
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

/** A permit that is valid for two seconds. */
export const permit = (): SendPermit => ({
  validUntil: instant(Date.now() + 2_000),
  stillValid: () => Promise.resolve(true),
});

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

/** The order as the venue shows it. */
export async function found(
  h: BrokerHarness,
  id: ClientOrderId,
): Promise<{ order: VenueOrder; fills: readonly Fill[] }> {
  const lookup = await h.broker.find(id, h.instrument);
  if (lookup.kind !== 'found') throw new Error(`not found: ${JSON.stringify(lookup)}`);
  return lookup;
}

/** Places an order that must be acknowledged; answers its request. */
export async function place(h: BrokerHarness, changes: Partial<OrderRequest> = {}): Promise<OrderRequest> {
  const order = request(h, changes);
  acked(await h.broker.submit(order, permit()));
  return order;
}
