import type { InstrumentId } from '../../../domain/instrument/instrument';
import { bidAndAsk } from '../../../domain/matching/matching-rules';
import type { SimSession } from '../front';
import type { SimFill, SimLedger, SimOrder } from '../ledger';
import { statusOf, txidOf } from './views';

interface Request {
  readonly method?: string;
  readonly params?: { readonly channel?: string; readonly token?: string; readonly symbol?: readonly string[] };
}

/** One stream connection: `executions` for the holder of a token, `ticker` for everybody; numbers are no text here. */
export class KrakenSession implements SimSession {
  private apiKey: string | undefined;
  private readonly symbols = new Set<string>();
  private sequence = 1;

  constructor(
    private readonly ledger: SimLedger,
    private readonly tokens: ReadonlyMap<string, string>,
    private readonly sendFrame: (frame: string) => void,
  ) {}

  hear(frame: string): void {
    const { method, params = {} } = JSON.parse(frame) as Request;
    if (method === 'ping') {
      this.send({ method: 'pong' });
      return;
    }
    const { channel, token = '', symbol = [] } = params;
    if (channel === 'executions') {
      this.apiKey = this.tokens.get(token);
      if (this.apiKey === undefined) {
        this.send({ method: 'subscribe', success: false, error: 'EAccount:Invalid token' });
        return;
      }
    }
    for (const one of symbol) this.symbols.add(one);
    this.send({ method: 'subscribe', success: true, result: { channel } });
  }

  order(order: SimOrder, fill: SimFill | undefined): void {
    if (order.apiKey !== this.apiKey) return;
    const report = {
      order_id: txidOf('O', order.id),
      ...(order.clientOrderId === null ? {} : { cl_ord_id: order.clientOrderId }),
      symbol: order.instrument,
      side: order.side,
      order_status: order.state === 'open' && order.filled !== '0' ? 'partially_filled' : statusOf(order),
    };
    const execution =
      fill === undefined
        ? { exec_type: order.state === 'open' ? 'new' : 'canceled' }
        : {
            exec_type: 'trade',
            exec_id: txidOf('T', fill.id),
            last_qty: Number(fill.quantity),
            last_price: Number(fill.price),
          };
    this.send({ channel: 'executions', type: 'update', data: [{ ...report, ...execution }], sequence: this.sequence });
    this.sequence += 1;
  }

  tick(id: InstrumentId): void {
    const listing = this.ledger.listing(id);
    const print = listing?.source.lastPrint(this.ledger.options.now());
    if (!this.symbols.has(id) || listing === undefined || print === undefined) return;
    const { bid, ask } = bidAndAsk(print, listing.rules);
    const ticker = { symbol: id, bid: bid.toNumber(), ask: ask.toNumber(), last: print.price.toNumber() };
    this.send({ channel: 'ticker', type: 'update', data: [ticker] });
  }

  private send(frame: object): void {
    this.sendFrame(JSON.stringify(frame));
  }
}
