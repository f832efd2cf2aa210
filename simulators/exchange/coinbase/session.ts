import { instant } from '../../../domain/clock/instant';
import type { InstrumentId } from '../../../domain/instrument/instrument';
import { bidAndAsk } from '../../../domain/matching/matching-rules';
import { dec, text } from '../../../domain/money/decimal';
import type { SimSession } from '../front';
import type { SimLedger, SimOrder } from '../ledger';
import { holderOf } from './token';
import { clientIdOf, productOf, statusOf, uuidOf } from './views';

interface Subscription {
  readonly type?: string;
  readonly channel?: string;
  readonly product_ids?: readonly string[];
  readonly jwt?: string;
}

/** One stream connection: `user` for the holder of a token, `ticker` for everybody, and a heartbeat. */
export class CoinbaseSession implements SimSession {
  private apiKey: string | undefined;
  private readonly products = new Set<string>();
  private heartbeats = false;
  private sequence = 0;

  constructor(
    private readonly ledger: SimLedger,
    private readonly sendFrame: (frame: string) => void,
  ) {}

  hear(frame: string): void {
    const { channel, product_ids: products = [], jwt = '' } = JSON.parse(frame) as Subscription;
    if (channel === 'heartbeats') this.heartbeats = true;
    if (channel === 'ticker') for (const product of products) this.products.add(product);
    if (channel === 'user') {
      this.apiKey = holderOf(this.ledger, jwt)?.apiKey;
      if (this.apiKey === undefined) {
        this.sendFrame(JSON.stringify({ type: 'error', message: 'authentication failure' }));
        return;
      }
      const open = this.ledger.shown(this.apiKey).filter(({ state }) => state === 'open');
      this.send('user', { type: 'snapshot', orders: open.map((order) => this.report(order)) });
    }
    this.send('subscriptions', { subscriptions: { [channel ?? '']: products } });
  }

  order(order: SimOrder): void {
    if (order.apiKey === this.apiKey) this.send('user', { type: 'update', orders: [this.report(order)] });
  }

  tick(id: InstrumentId): void {
    if (this.heartbeats) this.send('heartbeats', { current_time: instant(this.ledger.options.now()) });
    const listing = this.ledger.listing(id);
    const print = listing?.source.lastPrint(this.ledger.options.now());
    const product_id = productOf(id);
    if (!this.products.has(product_id) || listing === undefined || print === undefined) return;
    const { bid, ask } = bidAndAsk(print, listing.rules);
    const prices = { price: text(print.price), best_bid: text(bid), best_ask: text(ask) };
    this.send('ticker', { type: 'update', tickers: [{ type: 'ticker', product_id, ...prices }] });
  }

  private report(order: SimOrder): object {
    return {
      order_id: uuidOf('order', order.id),
      client_order_id: clientIdOf(order),
      product_id: productOf(order.instrument),
      order_side: order.side.toUpperCase(),
      status: statusOf(order),
      cumulative_quantity: order.filled,
      leaves_quantity: text(dec(order.quantity).minus(order.filled)),
    };
  }

  private send(channel: string, event: object): void {
    const frame = {
      channel,
      timestamp: instant(this.ledger.options.now()),
      sequence_num: this.sequence,
      events: [event],
    };
    this.sequence += 1;
    this.sendFrame(JSON.stringify(frame));
  }
}
