import { marketOf } from '../../brokers/paper/paper-market';
import type { PaperMarket } from '../../brokers/paper/paper-market';
import type { ExchangeAccount } from '../../config/accounts';
import type { Instrument } from '../../domain/instrument/instrument';
import { decimalString as d } from '../../domain/money/decimal';
import type { TradeSpec } from '../../domain/trade/spec';
import type { ExchangeSetting } from '../../workers/exchange-accounts';
import type { Wiring } from '../../workers/wiring';
import type { StoredFacts } from '../../database/trades';
import { createTestDatabase } from './database';
import { FakeExchange } from './fake-exchange';
import { COSTS, Harness } from './harness';
import { StepTape } from './step-tape';

/** An account at an exchange, as a file would describe it. */
export const exchangeAccount = (changes: Partial<ExchangeAccount> = {}): ExchangeAccount => ({
  name: 'binance-sim',
  venue: 'binance',
  mode: 'sandbox',
  marketType: 'spot',
  currency: 'USDT',
  instruments: ['BTC/USDT'],
  keys: { apiKey: 'env:SIM_KEY', secret: 'env:SIM_SECRET' },
  baseUrl: 'http://127.0.0.1:1',
  timings: {},
  quoteMaxAge: 15_000,
  policy: { maxConcentration: '1' },
  ...changes,
});

/** BTC as the stage's exchange lists it: other filters than any instrument on paper has. */
export const BTC: Instrument = {
  id: 'BTC/USDT',
  description: 'Bitcoin against Tether, of a test',
  calendar: 'ALWAYS',
  baseAsset: 'BTC',
  quoteAsset: 'USDT',
  tick: d('0.5'),
  lot: d('0.001'),
  minQuantity: d('0.001'),
  minNotional: d('5'),
  maxBaseFeeRate: d('0'),
};

export interface ExchangeStageOptions {
  readonly account?: Partial<ExchangeAccount>;
  readonly streams?: boolean;
  /** What the exchange is like before the workers start. */
  readonly prepare?: (exchange: FakeExchange) => void;
  readonly setting?: Partial<ExchangeSetting>;
}

/** One account at an exchange of the tests' own, with workers that run its trades as the product does. */
export class ExchangeStage {
  private workers: { stop: () => Promise<void> } | undefined;

  private constructor(
    readonly harness: Harness,
    readonly exchange: FakeExchange,
    readonly tape: StepTape,
    readonly account: string,
    readonly url: string,
    private readonly wiring: Wiring,
    private readonly drop: () => Promise<void>,
  ) {}

  static async open(options: ExchangeStageOptions = {}): Promise<ExchangeStage> {
    const { url, drop } = await createTestDatabase();
    const harness = await Harness.open({
      databaseUrl: url,
      temporalAddress: process.env['TEST_TEMPORAL_ADDRESS'] ?? '',
      clock: { kind: 'live' },
    });
    const tape = new StepTape();
    const market: PaperMarket = marketOf([{ instrument: BTC, source: tape, bars: () => [] }], COSTS);
    const account = exchangeAccount(options.account);
    const exchange = new FakeExchange(account.name, harness.database, market, options);
    await exchange.open('100000');
    options.prepare?.(exchange);
    const wiring = await harness.wire({
      exchange: {
        accounts: [account],
        live: false,
        address: 'test',
        credentialsOf: () => ({ apiKey: 'k', secret: 's' }),
        openBroker: () => exchange,
        ...options.setting,
      },
    });
    const stage = new ExchangeStage(harness, exchange, tape, account.name, url, wiring, drop);
    await stage.work();
    return stage;
  }

  /** Starts workers of all roles. */
  async work(): Promise<void> {
    this.workers = await this.harness.work(undefined, this.wiring);
  }

  /** Stops them; what they were doing is left to the next ones. */
  async stopWorkers(): Promise<void> {
    await this.workers?.stop();
    this.workers = undefined;
  }

  /** Starts a long trade of ten units at market with its stop at 95, or as told. */
  start(spec: Partial<TradeSpec> = {}): Promise<string> {
    return this.harness.accept(`t-${Math.random().toString(36).slice(2, 8)}`, {
      account: this.account,
      instrument: 'BTC/USDT',
      strategy: 'manual',
      direction: 'long',
      stopPrice: d('95'),
      maxQuantity: d('10'),
      ...spec,
    });
  }

  /** Waits for the account's quarantine to be as wanted. */
  quarantine(what: string, holds: (quarantine: string | null) => boolean): Promise<void> {
    let seen: string | null = null;
    return this.harness.poll(
      `the account is not ${what}`,
      async () => {
        const { rows } = await this.harness.database.query<{ quarantine: string | null }>(
          'SELECT quarantine FROM accounts WHERE name = $1',
          [this.account],
        );
        seen = rows[0]?.quarantine ?? null;
        return holds(seen);
      },
      () => seen,
    );
  }

  /** Waits until the account may trade. */
  free(): Promise<void> {
    return this.quarantine('free', (quarantine) => quarantine === null);
  }

  /** Waits until a trade holds its whole entry and every unit has a stop at the venue. */
  protected(tradeId: string): Promise<StoredFacts> {
    return this.harness.untilFacts(tradeId, 'protected', ({ phase, orders }) => {
      const stop = orders.find(({ leg, state }) => leg === 'stop' && state === 'open');
      return phase === 'managing' && stop !== undefined && stop.quantity === orders[0]?.booked;
    });
  }

  async close(): Promise<void> {
    await this.harness.close();
    await this.drop();
  }
}
