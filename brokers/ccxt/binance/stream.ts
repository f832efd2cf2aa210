import { createHmac } from 'node:crypto';
import { dec, isDecimalString, text } from '../../../domain/money/decimal';
import type { StreamDialect, StreamFrame } from '../stream';
import { symbolOf } from './orders';

const QUOTES = 'wss://stream.binance.com:9443';
const ACCOUNT = 'wss://ws-api.binance.com:443';
const SANDBOX_QUOTES = 'wss://stream.testnet.binance.vision';
const SANDBOX_ACCOUNT = 'wss://ws-api.testnet.binance.vision';

/**
 * Binance streams: our orders by a signed subscription on the WebSocket API, quotes by `bookTicker`, which unlike the mini
 * ticker has bid and ask.
 */
export const BINANCE_STREAM: StreamDialect = {
  account: (line, { credentials, mode, streamUrl }) => {
    const { apiKey, secret } = credentials;
    const timestamp = Date.now() + line.clockDifference;
    const signature = createHmac('sha256', secret).update(`apiKey=${apiKey}&timestamp=${timestamp}`).digest('hex');
    const origin = streamUrl ?? (mode === 'sandbox' ? SANDBOX_ACCOUNT : ACCOUNT);
    const params = { apiKey, timestamp, signature };
    const hello = { id: 'account', method: 'userDataStream.subscribe.signature', params };
    return Promise.resolve({ url: `${origin}/ws-api/v3`, hello: [JSON.stringify(hello)] });
  },
  readAccount: (frame): StreamFrame => {
    const { status, error, event } = JSON.parse(frame) as Record<string, unknown>;
    if (typeof status === 'number' && status !== 200)
      return { kind: 'refused', why: JSON.stringify(error).slice(0, 200) };
    return event === undefined ? { kind: 'other' } : { kind: 'changed' };
  },
  quotes: ({ mode, streamUrl }, ids) => {
    const params = ids.map((id) => `${symbolOf(id).toLowerCase()}@bookTicker`);
    const origin = streamUrl ?? (mode === 'sandbox' ? SANDBOX_QUOTES : QUOTES);
    return { url: `${origin}/ws`, hello: [JSON.stringify({ method: 'SUBSCRIBE', params, id: 1 })] };
  },
  readQuotes: (frame, ids): StreamFrame => {
    const { s: symbol, b: bid, a: ask } = JSON.parse(frame) as Record<string, unknown>;
    const instrument = ids.find((id) => symbolOf(id) === symbol);
    if (instrument === undefined || typeof bid !== 'string' || typeof ask !== 'string') return { kind: 'other' };
    if (!isDecimalString(bid) || !isDecimalString(ask)) return { kind: 'other' };
    const price = text(dec(bid).plus(ask).div(2));
    // The frame bears no time: it is as old as its arrival.
    return { kind: 'quote', quote: { instrument, price, bid: text(dec(bid)), ask: text(dec(ask)), at: Date.now() } };
  },
};
