import { setTimeout as sleep } from 'node:timers/promises';
import { OrderAction, OrderType, TimeInForce } from '@stoqey/ib';
import type { Order } from '@stoqey/ib';
import { openIbBroker } from '../../brokers/ib/open-broker';
import type { IbAccountOptions } from '../../brokers/ib/open-broker';
import type { IbBroker } from '../../brokers/ib/ib-broker';
import { instant } from '../../domain/clock/instant';
import { decimalString as d } from '../../domain/money/decimal';
import type { ClientOrderId } from '../../domain/order/order';
import type { OrderNumber, OrderNumbers } from '../../domain/order/order-numbers';
import { IbSimulator } from '../../simulators/ib/simulator';
import type { IbSimulatorOptions } from '../../simulators/ib/simulator';
import type { BrokerHarness } from './broker-harness';

/** Numbers that live as long as a test: what the table of the database does. */
export class MemoryNumbers implements OrderNumbers {
  readonly drawn = new Map<ClientOrderId, OrderNumber>();
  /** Whether the journal has every earlier attempt as not sent or not found. */
  settled = true;
  private last = 0;

  draw(id: ClientOrderId, floor: number): Promise<OrderNumber> {
    const known = this.drawn.get(id);
    if (known !== undefined) return Promise.resolve(known);
    return Promise.resolve(this.next(id, floor));
  }

  /** As the table does for an order whose earlier attempts are settled. */
  redraw(id: ClientOrderId, spent: number, floor: number): Promise<OrderNumber | undefined> {
    const known = this.drawn.get(id);
    if (known !== undefined && known.number !== spent) return Promise.resolve(known);
    return Promise.resolve(this.settled ? this.next(id, floor) : undefined);
  }

  of(ids: readonly ClientOrderId[]): Promise<ReadonlyMap<ClientOrderId, OrderNumber>> {
    return Promise.resolve(new Map([...this.drawn].filter(([id]) => ids.includes(id))));
  }

  private next(id: ClientOrderId, floor: number): OrderNumber {
    this.last = Math.max(floor, this.last + 1);
    const drawn = { number: this.last, drawnAt: instant(Date.now()) };
    this.drawn.set(id, drawn);
    return drawn;
  }
}

/** A limit order to buy at a price, as somebody else's program would send it. */
export function foreignOrder(price: number, quantity: number): Order {
  return {
    ...{ action: OrderAction.BUY, orderType: OrderType.LMT, totalQuantity: quantity, lmtPrice: price },
    ...{ tif: TimeInForce.GTC, transmit: true, account: CODE, orderRef: 'by hand' },
  };
}

const AAPL_CON_ID = 265598;
const CODE = 'DU1234567';
const FREE = { halfSpreadBps: d('0'), slippageBps: d('0'), volumeShare: d('1') };

/** The adapter of Interactive Brokers against its simulator, with prices that a test writes. */
export class IbHarness implements BrokerHarness {
  readonly account = 'ib-test';
  readonly instrument = 'AAPL';
  readonly filters = { tick: '0.01', lot: '1', minQuantity: '1', minNotional: '0' };
  private readonly others: IbBroker[] = [];

  private constructor(
    readonly simulator: IbSimulator,
    readonly options: IbAccountOptions,
    readonly broker: IbBroker,
  ) {}

  static async open(
    changes: Partial<IbAccountOptions> = {},
    simulator: Partial<IbSimulatorOptions> = {},
  ): Promise<IbHarness> {
    const started = await IbSimulator.start({
      ...{ port: 0, accounts: [{ code: CODE, cash: '10000' }], prices: 'written', costs: FREE, commissions: false },
      ...simulator,
    });
    const options: IbAccountOptions = {
      ...{ account: 'ib-test', host: '127.0.0.1', port: started.port, clientId: 11, dataClientId: 12 },
      ...{ accountCode: CODE, outsideRth: false, absences: { timeZone: 'America/New_York' } },
      instruments: [{ id: 'AAPL', symbol: 'AAPL', exchange: 'SMART', currency: 'USD', calendar: 'NASDAQ' }],
      numbers: new MemoryNumbers(),
      historyFrom: instant(Date.now() - 60_000),
      ...{ beatEvery: 500, retryAfter: 50 },
      ...changes,
    };
    return new IbHarness(started, options, openIbBroker(options));
  }

  /** One more broker for the same account, as another process would have. */
  another(changes: Partial<IbAccountOptions> = {}): IbBroker {
    const broker = openIbBroker({ ...this.options, ...changes });
    this.others.push(broker);
    return broker;
  }

  async trade(price: number, available = 1_000_000): Promise<void> {
    const { ledger, tapes } = this.simulator;
    // Later than the last order and than all that was matched, and earlier than the next print, by the millisecond that
    // separates two moments.
    await sleep(3);
    tapes.get(AAPL_CON_ID)?.print(Date.now() + 1, price, available);
    await sleep(3);
    ledger.advance();
  }

  loseNextAnswer(): void {
    this.simulator.faults.script({ on: 'order', kind: 'lose' });
  }

  loseNextRequest(): void {
    this.simulator.faults.script({ on: 'order', kind: 'drop' });
  }

  acceptedOrders(): Promise<number> {
    return Promise.resolve(this.simulator.ledger.orders.length);
  }

  async close(): Promise<void> {
    for (const broker of [this.broker, ...this.others]) broker.close();
    await this.simulator.close();
  }
}
