import { instant } from '../../domain/clock/instant';
import type { Millis } from '../../domain/clock/instant';
import type { Broker } from '../../domain/order/broker';
import type { RateGate } from '../../domain/order/rate-gate';
import { openCcxtBroker } from '../../brokers/ccxt/open-broker';
import type { CcxtAccount } from '../../brokers/ccxt/open-broker';
import type { SimAccount } from '../../simulators/exchange/ledger';
import { simulatedInstruments, startSimulator } from '../../simulators/exchange/start';
import type { SimulatedVenue, SimulatorOptions } from '../../simulators/exchange/start';
import type { Simulator } from '../../simulators/exchange/server';
import type { BrokerHarness } from './broker-harness';
import { simulatorKey } from './simulator-keys';

/** A budget without a limit. */
export const NO_GATE: RateGate = { take: () => Promise.resolve(), block: () => Promise.resolve() };

/** Shorter than a venue's own, so that no test waits long; Kraken takes no shorter one. */
const WINDOWS: Partial<Readonly<Record<SimulatedVenue, Millis>>> = { kraken: 4_200 };

const FREE = {
  halfSpreadBps: '0',
  slippageBps: '0',
  takerFeeRate: '0',
  makerFeeRate: '0',
  volumeShare: '1',
} as NonNullable<SimulatorOptions['costs']>;

/** An exchange adapter against the simulator of its venue, with prices that a test writes. */
export class ExchangeHarness implements BrokerHarness {
  readonly account = 'main';

  private constructor(
    readonly simulator: Simulator,
    readonly key: SimAccount,
    readonly instrument: string,
    readonly options: CcxtAccount,
    readonly broker: Broker,
  ) {}

  static async open(
    venue: SimulatedVenue,
    changes: Partial<CcxtAccount> = {},
    simulator: Partial<SimulatorOptions> = {},
  ): Promise<ExchangeHarness> {
    const [instrument = ''] = simulatedInstruments(venue);
    const quote = instrument.split('/')[1] ?? '';
    const key: SimAccount = { ...simulatorKey(venue), funds: { [quote]: '10000' } };
    const started = await startSimulator({
      venue,
      port: 0,
      accounts: [key],
      prices: 'written',
      costs: FREE,
      ...simulator,
    });
    const { url: baseUrl, streamUrl } = started;
    const options: CcxtAccount = {
      ...{ venue, account: 'main', credentials: key, mode: 'live', baseUrl, streamUrl },
      instruments: [instrument],
      gate: NO_GATE,
      historyFrom: instant(Date.now() - 60_000),
      timings: { validityWindow: WINDOWS[venue] ?? 2_000, readLag: 50, pollEvery: 100 },
      ...changes,
    };
    return new ExchangeHarness(started, key, instrument, options, openCcxtBroker(options));
  }

  /** One more broker for the same account, as another process would have. */
  another(changes: Partial<CcxtAccount> = {}): Broker {
    return openCcxtBroker({ ...this.options, ...changes });
  }

  trade(price: number, available = 1_000_000): Promise<void> {
    const { ledger, tapes } = this.simulator;
    tapes.get(this.instrument)?.print(ledger.options.now(), price, available);
    ledger.advance();
    // Later than the print, by the millisecond that separates two prints.
    return new Promise((resolve) => setTimeout(resolve, 3));
  }

  loseNextAnswer(): void {
    this.simulator.faults.script({ on: 'order', kind: 'lose', times: 1, after: 0, ms: 0, status: 503 });
  }

  loseNextRequest(): void {
    this.simulator.faults.script({ on: 'order', kind: 'drop', times: 1, after: 0, ms: 0, status: 503 });
  }

  acceptedOrders(): Promise<number> {
    return Promise.resolve(this.simulator.ledger.orders.length);
  }

  close(): Promise<void> {
    return this.simulator.close();
  }
}
