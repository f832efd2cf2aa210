import { setTimeout as sleep } from 'node:timers/promises';
import { OrderAction, OrderType, TimeInForce } from '@stoqey/ib';
import type { Order } from '@stoqey/ib';
import { openIbBroker } from '../../brokers/ib/open-broker';
import type { IbAccountOptions } from '../../brokers/ib/open-broker';
import type { ContractSpec } from '../../brokers/ib/contracts';
import type { IbBroker } from '../../brokers/ib/ib-broker';
import { instant } from '../../domain/clock/instant';
import { decimalString as d } from '../../domain/money/decimal';
import type { ClientOrderId } from '../../domain/order/order';
import type { OrderNumber, OrderNumbers } from '../../domain/order/order-numbers';
import { contractsAt } from '../../simulators/ib/contracts';
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

/** What a test trades: a share, or a contract of five dollars a point that has months to go. */
export type Traded = 'stock' | 'future';

const [, MES] = contractsAt(Date.now()).filter(({ symbol }) => symbol === 'MES');
if (MES === undefined) throw new Error('the simulator has no second month of MES');
const USD = 'USD';
const SPECS: Readonly<Record<Traded, ContractSpec>> = {
  stock: { id: 'AAPL', symbol: 'AAPL', exchange: 'SMART', currency: USD, calendar: 'NASDAQ' },
  future: {
    ...{ id: MES.localSymbol, kind: 'future', symbol: 'MES', lastTradeMonth: MES.lastTradeDate.slice(0, 6) },
    ...{ exchange: 'CME', currency: USD, calendar: 'CME' },
  },
};
const CON_IDS: Readonly<Record<Traded, number>> = { stock: 265598, future: MES.conId };
const TICKS: Readonly<Record<Traded, string>> = { stock: '0.01', future: '0.25' };
/** A share is paid for; of ten contracts the margin is kept. */
const CASH: Readonly<Record<Traded, string>> = { stock: '10000', future: '1000000' };
const CODE = 'DU1234567';
const FREE = { halfSpreadBps: d('0'), slippageBps: d('0'), volumeShare: d('1') };

/** The adapter of Interactive Brokers against its simulator, with prices that a test writes. */
export class IbHarness implements BrokerHarness {
  readonly account = 'ib-test';
  readonly instrument: string;
  readonly filters: NonNullable<BrokerHarness['filters']>;
  readonly cash: string;
  readonly isUnpaid: boolean;
  /** As whoever orders it names it. */
  readonly contract: { readonly conId: number; readonly exchange: string };
  private readonly others: IbBroker[] = [];

  private constructor(
    readonly simulator: IbSimulator,
    readonly options: IbAccountOptions,
    readonly broker: IbBroker,
    traded: Traded,
  ) {
    this.instrument = SPECS[traded].id;
    this.filters = { tick: TICKS[traded], lot: '1', minQuantity: '1', minNotional: '0' };
    this.cash = CASH[traded];
    this.isUnpaid = traded === 'future';
    this.contract = { conId: CON_IDS[traded], exchange: SPECS[traded].exchange ?? '' };
  }

  static async open(
    changes: Partial<IbAccountOptions> = {},
    simulator: Partial<IbSimulatorOptions> = {},
    traded: Traded = 'stock',
  ): Promise<IbHarness> {
    const accounts = [{ code: CODE, cash: CASH[traded] }];
    const started = await IbSimulator.start({
      ...{ port: 0, accounts, prices: 'written', costs: FREE, commissions: false },
      ...simulator,
    });
    // The market of every harness last traded at 100.
    started.tapes.get(CON_IDS[traded])?.print((simulator.now ?? Date.now)(), 100, 1_000_000);
    const options: IbAccountOptions = {
      ...{ account: 'ib-test', host: '127.0.0.1', port: started.port, clientId: 11, dataClientId: 12 },
      ...{ accountCode: CODE, outsideRth: false, absences: { timeZone: 'America/New_York' } },
      instruments: [SPECS[traded]],
      numbers: new MemoryNumbers(),
      historyFrom: instant(Date.now() - 60_000),
      ...{ beatEvery: 500, retryAfter: 50 },
      ...changes,
    };
    return new IbHarness(started, options, openIbBroker(options), traded);
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
    tapes.get(this.contract.conId)?.print(Date.now() + 1, price, available);
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
