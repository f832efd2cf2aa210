import { setTimeout as sleep } from 'node:timers/promises';
import { EventName, IBApi, OrderAction, OrderType } from '@stoqey/ib';
import type { Contract, Order } from '@stoqey/ib';
import type { IbSimulatorOptions } from '../../simulators/ib/simulator';
import { IbSimulator } from '../../simulators/ib/simulator';
import { decimalString as d } from '../../domain/money/decimal';

export const AAPL = 265598;
export const ACCOUNT = 'DU1234567';
/** Generous: a loaded machine may take that long for anything. */
const PATIENCE = 30_000;

/** What a client heard: an event and what it said; errors as their code, id and text. */
export interface Heard {
  readonly event: string;
  readonly args: readonly unknown[];
}

/** The real client, and all that it hears. */
export class IbClient {
  readonly heard: Heard[] = [];
  nextId = 0;

  private constructor(readonly api: IBApi) {}

  /** Connects; with `ready` false it does not wait for its first order id. */
  static async connect(
    port: number,
    options: { readonly clientId?: number; readonly rate?: number; readonly ready?: boolean } = {},
  ): Promise<IbClient> {
    const { clientId = 1, rate = 40, ready = true } = options;
    const client = new IbClient(new IBApi({ host: '127.0.0.1', port, clientId, maxReqPerSec: rate }));
    const quiet = [EventName.received, EventName.sent, EventName.result, EventName.all] as string[];
    client.api.on(EventName.all, (event: string, args: unknown[]) => {
      if (!quiet.includes(event)) client.heard.push({ event, args });
    });
    client.api.connect();
    if (ready) client.nextId = Number((await client.until('nextValidId'))[0]);
    return client;
  }

  /** What every event of a name said, oldest first. */
  all(event: string): readonly (readonly unknown[])[] {
    return this.heard.filter((one) => one.event === event).map(({ args }) => args);
  }

  /** Waits for an event that fits; answers what it said. */
  async until(event: string, fits: (...args: never[]) => boolean = () => true): Promise<readonly unknown[]> {
    const end = Date.now() + PATIENCE;
    for (;;) {
      const found = this.all(event).find((args) => fits(...(args as never[])));
      if (found !== undefined) return found;
      if (Date.now() > end) throw new Error(`no ${event}; heard ${JSON.stringify(this.heard).slice(-2_000)}`);
      await sleep(5);
    }
  }

  /** Waits until one of some events has come; answers the first of them. */
  async first(...events: readonly string[]): Promise<string> {
    const end = Date.now() + PATIENCE;
    for (;;) {
      const found = this.heard.find(({ event }) => events.includes(event));
      if (found !== undefined) return found.event;
      if (Date.now() > end) throw new Error(`none of ${events.join(', ')}`);
      await sleep(5);
    }
  }

  /** Waits for an error about an order or a request; answers its code and words. */
  async error(id: number): Promise<readonly [code: number, words: string]> {
    const [error, code] = await this.until('error', (_: Error, __: number, about: number) => about === id);
    return [Number(code), (error as Error).message];
  }

  /** Sends an order with the next id; answers the id. */
  place(
    order: Partial<Omit<Order, 'action' | 'orderType' | 'tif'>> & Terms,
    contract: Contract = { conId: AAPL },
  ): number {
    const id = this.nextId;
    this.nextId += 1;
    this.placeAs(id, order, contract);
    return id;
  }

  placeAs(
    id: number,
    order: Partial<Omit<Order, 'action' | 'orderType' | 'tif'>> & Terms,
    contract: Contract = { conId: AAPL },
  ): void {
    const usual = { totalQuantity: 10, orderType: OrderType.MKT, action: OrderAction.BUY, transmit: true };
    this.api.placeOrder(id, contract, Object.assign({}, usual, order as unknown as Partial<Order>));
  }

  /** Waits until the newest status of an order is this one. */
  async status(id: number, status: string): Promise<readonly unknown[]> {
    return this.until('orderStatus', (about: number, said: string) => about === id && said === status);
  }

  /** Waits until the broker has heard everything so far: it answers in turn. */
  async settled(): Promise<void> {
    const before = this.all('currentTime').length;
    this.api.reqCurrentTime();
    const end = Date.now() + PATIENCE;
    while (this.all('currentTime').length === before) {
      if (Date.now() > end) throw new Error('the broker does not answer');
      await sleep(5);
    }
  }

  /** Keeps what the client's decoder throws, which would end the process otherwise. */
  guard(): readonly unknown[] {
    const broken: unknown[] = [];
    const socket = Reflect.get(Reflect.get(this.api, 'controller') as object, 'socket') as {
      onMessage: (data: string) => void;
    };
    const read = socket.onMessage.bind(socket);
    socket.onMessage = (data) => {
      try {
        read(data);
      } catch (error) {
        broken.push(error);
      }
    };
    return broken;
  }

  async gone(): Promise<void> {
    await this.until('disconnected');
  }

  close(): void {
    this.api.removeAllListeners();
    this.api.on(EventName.error, () => undefined);
    this.api.disconnect();
  }
}

interface Terms {
  readonly action?: 'BUY' | 'SELL';
  readonly orderType?: string;
  readonly tif?: string;
}

/** No spread, no slippage, and all of the volume for one order. */
const FREE = { halfSpreadBps: d('0'), slippageBps: d('0'), volumeShare: d('1') };

/** A simulator on a clock that stands until it is moved, with prices that are written, and the clients of a test. */
export class IbLab {
  private readonly clients: IbClient[] = [];

  private constructor(
    readonly simulator: IbSimulator,
    readonly clock: { now: number },
  ) {}

  static async open(start: string, options: Partial<IbSimulatorOptions> = {}): Promise<IbLab> {
    const clock = { now: Date.parse(start) };
    const simulator = await IbSimulator.start({
      ...{ port: 0, accounts: [{ code: ACCOUNT, cash: '1000000' }], prices: 'written', costs: FREE },
      now: () => clock.now,
      ...options,
    });
    return new IbLab(simulator, clock);
  }

  async client(options: Parameters<typeof IbClient.connect>[1] = {}): Promise<IbClient> {
    const client = await IbClient.connect(this.simulator.port, options);
    this.clients.push(client);
    return client;
  }

  /** A trade somewhere else, a second later. */
  trade(price: number | string, volume: number | string = 1_000_000, conId = AAPL): void {
    this.clock.now += 1_000;
    this.simulator.tapes.get(conId)?.print(this.clock.now, price, volume);
    this.simulator.ledger.advance();
  }

  /** Lets time pass. */
  pass(ms: number): void {
    this.clock.now += ms;
    this.simulator.ledger.advance();
  }

  async close(): Promise<void> {
    for (const client of this.clients) client.close();
    await this.simulator.close();
  }
}
