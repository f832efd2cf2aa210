import { createHmac } from 'node:crypto';
import { dec, isDecimalString, text } from '../../../domain/money/decimal';
import type { StreamDialect, StreamFrame } from '../stream';
import { symbolOf } from './orders';

const LIVE = 'wss://stream.bybit.com';
const SANDBOX = 'wss://stream-testnet.bybit.com';
const SUBSCRIBE = JSON.stringify({ op: 'subscribe', args: ['order', 'execution'] });
/** How long the log-in may take to arrive, in milliseconds. */
const LOGIN_LIFE = 10_000;
const TOPIC = 'orderbook.1.';

type Frame = Readonly<Record<string, unknown>>;

/**
 * Bybit streams: our orders and executions on the private line, quotes by the best level of the order book, since the spot
 * ticker has no bid and ask.
 */
export const BYBIT_STREAM: StreamDialect = {
  account: (line, { credentials, mode, streamUrl }) => {
    const expires = Date.now() + line.clockDifference + LOGIN_LIFE;
    const sign = createHmac('sha256', credentials.secret).update(`GET/realtime${expires}`).digest('hex');
    const url = `${streamUrl ?? (mode === 'sandbox' ? SANDBOX : LIVE)}/v5/private`;
    return Promise.resolve({ url, hello: [JSON.stringify({ op: 'auth', args: [credentials.apiKey, expires, sign] })] });
  },
  readAccount: (frame): StreamFrame => {
    const { op, success, topic, ret_msg: why } = JSON.parse(frame) as Frame;
    if (success === false) return { kind: 'refused', why: String(why).slice(0, 200) };
    if (op === 'auth') return { kind: 'reply', messages: [SUBSCRIBE] };
    return topic === undefined ? { kind: 'other' } : { kind: 'changed' };
  },
  quotes: ({ mode, streamUrl }, ids) => {
    const args = ids.map((id) => `${TOPIC}${symbolOf(id)}`);
    const url = `${streamUrl ?? (mode === 'sandbox' ? SANDBOX : LIVE)}/v5/public/spot`;
    return { url, hello: [JSON.stringify({ op: 'subscribe', args })] };
  },
  readQuotes: (frame, ids): StreamFrame => {
    const { topic, success, data, ret_msg: why } = JSON.parse(frame) as Frame;
    if (success === false) return { kind: 'refused', why: String(why).slice(0, 200) };
    const instrument = ids.find((id) => topic === `${TOPIC}${symbolOf(id)}`);
    if (instrument === undefined || typeof data !== 'object' || data === null) return { kind: 'other' };
    const [bid, ask] = [best((data as Frame)['b']), best((data as Frame)['a'])];
    if (bid === undefined || ask === undefined) return { kind: 'other' };
    const price = text(dec(bid).plus(ask).div(2));
    return { kind: 'quote', quote: { instrument, price, bid: text(dec(bid)), ask: text(dec(ask)), at: Date.now() } };
  },
  ping: JSON.stringify({ op: 'ping' }),
};

/** The price of the first level of a side: `[["100.5", "2"]]`. */
function best(levels: unknown): string | undefined {
  const level: unknown = Array.isArray(levels) ? levels[0] : undefined;
  const price: unknown = Array.isArray(level) ? level[0] : undefined;
  return typeof price === 'string' && isDecimalString(price) ? price : undefined;
}
