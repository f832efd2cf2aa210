import { dec, text } from '../../../domain/money/decimal';
import { objectOf, textOf } from '../reading';
import type { StreamDialect, StreamFrame } from '../stream';

const QUOTES = 'wss://ws.kraken.com';
const ACCOUNT = 'wss://ws-auth.kraken.com';

interface Frame {
  readonly method?: unknown;
  readonly success?: unknown;
  readonly error?: unknown;
  readonly channel?: unknown;
  readonly type?: unknown;
  readonly data?: readonly Readonly<Record<string, unknown>>[];
}

/** Kraken streams, version 2: `executions` with a token that a signed request gives, and `ticker` at each best price. */
export const KRAKEN_STREAM: StreamDialect = {
  account: async (line, { streamUrl }) => {
    const answer = await line.call('privatePostGetWebSocketsToken', {}, { share: 'safety', weight: 1 });
    const token = textOf(objectOf(objectOf(answer, 'token')['result'], 'token'), 'token');
    const params = { channel: 'executions', token, snap_orders: false, snap_trades: false };
    return { url: `${streamUrl ?? ACCOUNT}/v2`, hello: [JSON.stringify({ method: 'subscribe', params })] };
  },
  readAccount: (frame): StreamFrame => {
    const said = JSON.parse(frame) as Frame;
    return refusal(said) ?? { kind: said.channel === 'executions' ? 'changed' : 'other' };
  },
  quotes: ({ streamUrl }, ids) => {
    const params = { channel: 'ticker', symbol: ids, event_trigger: 'bbo' };
    return { url: `${streamUrl ?? QUOTES}/v2`, hello: [JSON.stringify({ method: 'subscribe', params })] };
  },
  readQuotes: (frame, ids): StreamFrame => {
    const said = JSON.parse(frame) as Frame;
    const refused = refusal(said);
    if (refused !== undefined) return refused;
    const [ticker] = said.channel === 'ticker' ? (said.data ?? []) : [];
    const { symbol, bid, ask, last } = ticker ?? {};
    // Here alone Kraken names assets as everybody does.
    const instrument = ids.find((id) => id === symbol);
    if (instrument === undefined || !isNumber(bid) || !isNumber(ask) || !isNumber(last)) return { kind: 'other' };
    const quote = { instrument, price: text(dec(last)), bid: text(dec(bid)), ask: text(dec(ask)), at: Date.now() };
    return { kind: 'quote', quote };
  },
  ping: JSON.stringify({ method: 'ping' }),
};

function refusal({ method, success, error }: Frame): StreamFrame | undefined {
  return method === 'subscribe' && success === false
    ? { kind: 'refused', why: String(error).slice(0, 200) }
    : undefined;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
