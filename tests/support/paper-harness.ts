import { ensurePaperAccount } from '../../database/paper-account';
import { transaction } from '../../database/pool';
import type { Database } from '../../database/pool';
import type { Broker } from '../../domain/order/broker';
import { instant, millisOf } from '../../domain/clock/instant';
import type { EpochMillis } from '../../domain/clock/instant';
import type { Instrument } from '../../domain/instrument/instrument';
import { dec, decimalString as d } from '../../domain/money/decimal';
import { DEFAULT_RISK_POLICY } from '../../domain/risk/policy';
import { PaperBroker } from '../../brokers/paper/paper-broker';
import type { PaperVenueFaults } from '../../brokers/paper/paper-broker';
import { marketOf } from '../../brokers/paper/paper-market';
import type { PaperMarket } from '../../brokers/paper/paper-market';
import type { BrokerHarness } from './broker-harness';
import { ScriptedTape } from './scripted-tape';

/** A market without costs: executions show the print's price. */
export const NO_COSTS = { halfSpreadBps: '0', slippageBps: '0', feeBps: '0' } as const;

/** Where the market clock of a scripted account begins. */
const START: EpochMillis = millisOf('2020-03-06T15:00:00Z');

/** An instrument with the filters that the broker contract asks for. */
export const testInstrument = (id = 'TEST'): Instrument => ({
  id,
  description: 'an instrument of a test',
  calendar: 'NYSE',
  baseAsset: id,
  quoteAsset: 'USD',
  tick: d('0.01'),
  lot: d('0.01'),
  minQuantity: d('0.01'),
  minNotional: d('1'),
  maxBaseFeeRate: d('0'),
});

let accounts = 0;

/** A paper account of its own with a clock that stands at `at`; answers its name. */
export async function makeAccount(database: Database, at: EpochMillis, openingCash = '10000'): Promise<string> {
  accounts += 1;
  const account = {
    name: `paper-${accounts}`,
    currency: 'USD',
    openingCash: d(openingCash),
    policy: DEFAULT_RISK_POLICY,
  };
  await transaction(database, (client) =>
    ensurePaperAccount(client, account, { kind: 'replay', start: instant(at), speed: 1 }),
  );
  return account.name;
}

/** Sets the standing clock of an account to a market time. */
export async function setClock(database: Database, account: string, at: EpochMillis): Promise<void> {
  await database.query('UPDATE account_clocks SET market_time = $2 WHERE account = $1', [account, instant(at)]);
}

/** A paper account whose market a test writes: what the broker contract asks for, and the paper venue's own levers. */
export class PaperHarness implements BrokerHarness {
  readonly instrument = 'TEST';
  readonly broker: Broker;
  now = START;
  private readonly lost = { answer: false, request: false };

  private constructor(
    readonly database: Database,
    readonly account: string,
    readonly tapes: ReadonlyMap<string, ScriptedTape>,
    readonly market: PaperMarket,
  ) {
    this.broker = this.anotherBroker({
      answer: () => this.breakOnce('answer'),
      request: () => this.breakOnce('request'),
    });
  }

  /** An account with instruments that last traded at 100, a second ago. */
  static async open(database: Database, instruments: readonly string[] = ['TEST']): Promise<PaperHarness> {
    const account = await makeAccount(database, START);
    const tapes = new Map(instruments.map((id) => [id, new ScriptedTape()]));
    for (const tape of tapes.values()) tape.print(START - 1_000, 100, 1_000_000);
    const listings = [...tapes].map(([id, source]) => ({ instrument: testInstrument(id), source, bars: () => [] }));
    return new PaperHarness(database, account, tapes, marketOf(listings, NO_COSTS));
  }

  /** The tape of an instrument. */
  tape(instrument = this.instrument): ScriptedTape {
    const tape = this.tapes.get(instrument);
    if (tape === undefined) throw new Error(`no tape ${instrument}`);
    return tape;
  }

  /** One more broker for the same account, as another process would have. */
  anotherBroker(faults?: PaperVenueFaults): PaperBroker {
    const { account, database, market } = this;
    return new PaperBroker({ account, database, market, costs: NO_COSTS, ...(faults ? { faults } : {}) });
  }

  /** Moves the market clock on. */
  async wait(millis: number): Promise<void> {
    this.now += millis;
    await setClock(this.database, this.account, this.now);
  }

  async trade(price: number, available = 100_000): Promise<void> {
    await this.wait(1_000);
    // An order takes at most a tenth of a print.
    this.tape().print(this.now, price, dec(available).mul(10).toNumber());
  }

  loseNextAnswer(): void {
    this.lost.answer = true;
  }

  loseNextRequest(): void {
    this.lost.request = true;
  }

  async acceptedOrders(): Promise<number> {
    const { rows } = await this.database.query<{ count: number }>(
      'SELECT count(*)::integer AS count FROM paper.orders WHERE account = $1',
      [this.account],
    );
    return rows[0]?.count ?? 0;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private breakOnce(what: 'answer' | 'request'): Promise<void> {
    const breaks = this.lost[what];
    this.lost[what] = false;
    return breaks ? Promise.reject(new Error(`the ${what} was lost`)) : Promise.resolve();
  }
}
