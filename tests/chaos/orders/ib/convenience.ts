import { EventName, IBApiNext } from '@stoqey/ib';
import type { IBApi, Order } from '@stoqey/ib';
import { toIbOrder } from '../../../../brokers/ib/order-map';
import type { OrderRequest } from '../../../../domain/order/order';
import type { Answers } from '../messages';
import type { GatewayAccount } from './messages';

/** For so long the control waits for an answer before it sends again. */
const PATIENCE_MS = 2_000;
const AAPL = 265_598;

/**
 * Orders as the library's convenience class sends them: `placeNewOrder` asks for the next number and sends under it, and the
 * class connects again by itself under another client id. An answer is any word of TWS about the number; the class has no
 * stream of it, so that its inner events are listened to. A connection without an answer is left, as the class never notices
 * one that is silent.
 */
export class Convenience {
  private line: Line | undefined;

  constructor(private readonly account: GatewayAccount) {}

  /** Sends an order and waits for an answer. */
  async send(request: OrderRequest): Promise<Answers['send']> {
    const order = toIbOrder(request, { accountCode: this.account.accountCode, outsideRth: false });
    this.line ??= new Line(this.account.port);
    const answered = await Promise.race([this.line.answered(order), later(PATIENCE_MS)]);
    if (answered) return { kind: 'acked' };
    this.line.close();
    this.line = undefined;
    return { kind: 'unknown' };
  }
}

class Line {
  private readonly api: IBApiNext;
  private readonly heard = new Set<number>();
  private readonly waiting = new Set<() => void>();

  constructor(port: number) {
    const logger = { debug: silent, info: silent, warn: silent, error: silent };
    this.api = new IBApiNext({ host: '127.0.0.1', port, reconnectInterval: 100, logger });
    const inner = Reflect.get(this.api, 'api') as IBApi;
    const hear = (id: number): void => {
      this.heard.add(id);
      for (const wake of this.waiting) wake();
      this.waiting.clear();
    };
    inner.on(EventName.openOrder, hear);
    inner.on(EventName.orderStatus, hear);
    inner.on(EventName.error, (_error, _code, id) => hear(id));
    this.api.connect();
  }

  async answered(order: Order): Promise<true> {
    const id = await this.api.placeNewOrder({ conId: AAPL, exchange: 'SMART' }, order);
    // Numbers begin anew with each client id.
    this.heard.delete(id);
    while (!this.heard.has(id)) await new Promise<void>((resolve) => this.waiting.add(resolve));
    return true;
  }

  close(): void {
    this.api.disconnect();
  }
}

function later(ms: number): Promise<false> {
  return new Promise((resolve) => setTimeout(() => resolve(false), ms));
}

function silent(): void {
  return undefined;
}
