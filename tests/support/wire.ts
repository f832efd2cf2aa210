import type { Instrument } from '../../domain/instrument/instrument';
import type { OrderRequest } from '../../domain/order/order';
import type { Dialect, VenueEnd } from '../../brokers/ccxt/dialect';
import { VenueLine } from '../../brokers/ccxt/venue-line';
import type { SignedRequest } from '../../brokers/ccxt/venue-line';
import { NO_GATE } from './exchange-harness';

/** What leaves for an order: method, path and every parameter, as they stand in the signed bytes. */
export interface WireOrder {
  readonly method: string;
  readonly path: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** The whole request, for what a venue puts into headers. */
  readonly signed: SignedRequest;
}

/** Lets ccxt sign an order of a dialect and catches the bytes before they leave. */
export async function wireOrder(
  dialect: Dialect,
  end: Pick<VenueEnd, 'credentials'>,
  request: OrderRequest,
  instrument: Instrument,
): Promise<WireOrder> {
  const line = new VenueLine({
    exchange: dialect.exchange({ ...end, mode: 'live', validityWindow: dialect.timings.validityWindow }),
    codes: dialect.codes,
    gate: NO_GATE,
    secrets: [],
    serverTime: () => Promise.resolve(Date.now()),
  });
  const { endpoint, params, weight } = dialect.orderCall(request, instrument);
  let caught: SignedRequest | undefined;
  const check = (signed: SignedRequest): Promise<void> => {
    caught = signed;
    return Promise.reject(new Error('caught'));
  };
  await line.call(endpoint, { ...params }, { share: 'entry', weight, check }).catch(() => undefined);
  if (caught === undefined) throw new Error('ccxt signed nothing');
  return {
    method: caught.method,
    path: new URL(caught.url).pathname,
    params: dialect.readSigned(caught).params,
    signed: caught,
  };
}

/** A limit order to buy one unit at 95, unless told otherwise. */
export function wireRequest(changes: Partial<OrderRequest> = {}): OrderRequest {
  return {
    clientOrderId: '0123456789abcdef0123456789abcdef' as OrderRequest['clientOrderId'],
    account: 'main',
    instrument: 'BTC/USDT',
    side: 'buy',
    quantity: '1.5' as OrderRequest['quantity'],
    terms: { type: 'limit', price: '95.25' as OrderRequest['quantity'] },
    timeInForce: 'GTC',
    ...changes,
  };
}
