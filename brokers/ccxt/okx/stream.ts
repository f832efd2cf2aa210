import { createHmac } from 'node:crypto';
import { dec, isDecimalString, text } from '../../../domain/money/decimal';
import type { StreamDialect, StreamFrame } from '../stream';
import { symbolOf } from './orders';

const LIVE = 'wss://ws.okx.com:8443';
const SANDBOX = 'wss://wspap.okx.com:8443';
const SUBSCRIBE = JSON.stringify({ op: 'subscribe', args: [{ channel: 'orders', instType: 'SPOT' }] });

type Frame = Readonly<Record<string, unknown>>;

/**
 * OKX streams: our orders by log-in and subscription on the private line, quotes by `tickers` on the public one. A stop that
 * triggers is told of by the order that it makes; one that is cancelled is not, and polls see that.
 */
export const OKX_STREAM: StreamDialect = {
  account: (line, { credentials, mode, streamUrl }) => {
    const { apiKey, secret, password } = credentials;
    const timestamp = String(Math.floor((Date.now() + line.clockDifference) / 1_000));
    const sign = createHmac('sha256', secret).update(`${timestamp}GET/users/self/verify`).digest('base64');
    const login = { op: 'login', args: [{ apiKey, passphrase: password, timestamp, sign }] };
    const url = `${streamUrl ?? (mode === 'sandbox' ? SANDBOX : LIVE)}/ws/v5/private`;
    return Promise.resolve({ url, hello: [JSON.stringify(login)] });
  },
  readAccount: (frame): StreamFrame => {
    if (frame === 'pong') return { kind: 'other' };
    const { event, code, arg, data } = JSON.parse(frame) as Frame;
    if (event === 'login' && code === '0') return { kind: 'reply', messages: [SUBSCRIBE] };
    if (event === 'error') return { kind: 'refused', why: `the venue answered ${String(code)}` };
    return arg !== undefined && data !== undefined ? { kind: 'changed' } : { kind: 'other' };
  },
  quotes: ({ mode, streamUrl }, ids) => {
    const args = ids.map((id) => ({ channel: 'tickers', instId: symbolOf(id) }));
    const url = `${streamUrl ?? (mode === 'sandbox' ? SANDBOX : LIVE)}/ws/v5/public`;
    return { url, hello: [JSON.stringify({ op: 'subscribe', args })] };
  },
  readQuotes: (frame, ids): StreamFrame => {
    if (frame === 'pong') return { kind: 'other' };
    const { event, code, data } = JSON.parse(frame) as Frame;
    if (event === 'error') return { kind: 'refused', why: `the venue answered ${String(code)}` };
    const ticker: unknown = Array.isArray(data) ? data.at(-1) : undefined;
    if (typeof ticker !== 'object' || ticker === null) return { kind: 'other' };
    const { instId, last, bidPx, askPx } = ticker as Frame;
    const instrument = ids.find((id) => symbolOf(id) === instId);
    if (instrument === undefined || !isPrice(last) || !isPrice(bidPx) || !isPrice(askPx)) return { kind: 'other' };
    const [price, bid, ask] = [text(dec(last)), text(dec(bidPx)), text(dec(askPx))];
    return { kind: 'quote', quote: { instrument, price, bid, ask, at: Date.now() } };
  },
  ping: 'ping',
};

function isPrice(value: unknown): value is string {
  return typeof value === 'string' && isDecimalString(value);
}
