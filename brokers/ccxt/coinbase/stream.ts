import { coinbase } from 'ccxt';
import type { InstrumentId } from '../../../domain/instrument/instrument';
import { dec, isDecimalString, text } from '../../../domain/money/decimal';
import type { StreamDialect, StreamFrame } from '../stream';
import { productOf } from './orders';

const QUOTES = 'wss://advanced-trade-ws.coinbase.com';
const ACCOUNT = 'wss://advanced-trade-ws-user.coinbase.com';

/** Without it Coinbase closes a line on which nothing happens for a minute. */
const HEARTBEATS = JSON.stringify({ type: 'subscribe', channel: 'heartbeats' });

interface Frame {
  readonly type?: unknown;
  readonly channel?: unknown;
  readonly message?: unknown;
  readonly events?: readonly { readonly tickers?: readonly Readonly<Record<string, unknown>>[] }[];
}

/** Coinbase streams: the channel `user` for our orders, signed by a token of its own, and `ticker` for quotes. */
export const COINBASE_STREAM: StreamDialect = {
  account: (line, { streamUrl }) => {
    const { exchange } = line;
    if (!(exchange instanceof coinbase)) throw new TypeError('not the class of coinbase');
    const jwt = exchange.createAuthToken(exchange.seconds());
    const user = JSON.stringify({ type: 'subscribe', channel: 'user', jwt });
    return Promise.resolve({ url: streamUrl ?? ACCOUNT, hello: [user, HEARTBEATS] });
  },
  readAccount: (frame): StreamFrame => {
    const { type, channel, message } = JSON.parse(frame) as Frame;
    if (type === 'error') return { kind: 'refused', why: String(message).slice(0, 200) };
    return { kind: channel === 'user' ? 'changed' : 'other' };
  },
  quotes: ({ streamUrl }, ids) => {
    const ticker = JSON.stringify({ type: 'subscribe', channel: 'ticker', product_ids: ids.map(productOf) });
    return { url: streamUrl ?? QUOTES, hello: [ticker, HEARTBEATS] };
  },
  readQuotes: (frame, ids): StreamFrame => {
    const { type, channel, message, events } = JSON.parse(frame) as Frame;
    if (type === 'error') return { kind: 'refused', why: String(message).slice(0, 200) };
    if (channel !== 'ticker') return { kind: 'other' };
    const tickers = events?.flatMap((event) => event.tickers ?? []) ?? [];
    return tickers.map((ticker) => quoteOf(ticker, ids)).find(({ kind }) => kind === 'quote') ?? { kind: 'other' };
  },
};

function quoteOf(ticker: Readonly<Record<string, unknown>>, ids: readonly InstrumentId[]): StreamFrame {
  const { product_id: product, price, best_bid: bid, best_ask: ask } = ticker;
  const instrument = ids.find((id) => productOf(id) === product);
  if (instrument === undefined || !isAmount(price) || !isAmount(bid) || !isAmount(ask)) return { kind: 'other' };
  // The time of a frame is when it was sent, not when the price was made.
  const quote = { instrument, price: text(dec(price)), bid: text(dec(bid)), ask: text(dec(ask)), at: Date.now() };
  return { kind: 'quote', quote };
}

/** Coinbase leaves amounts empty that it does not have. */
function isAmount(value: unknown): value is string {
  return typeof value === 'string' && isDecimalString(value);
}
