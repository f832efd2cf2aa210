import { ibAccount, ibOf } from '../../config/ib-accounts';
import type { IbAccount } from '../../config/ib-accounts';
import { watchQuote } from '../../database/registry-venues';
import type { StoredFacts } from '../../database/trades';
import { IbSimulator } from '../../simulators/ib/simulator';
import type { IbSimulatorOptions } from '../../simulators/ib/simulator';
import { createTestDatabase } from './database';
import { Harness } from './harness';
import type { Parts } from './harness';

/** The account of the stage, and its code at the broker. */
export const IB_ACCOUNT = 'ib-sim';
export const IB_CODE = 'DU1234567';

/** One stack with an account at the simulated gateway, wired as the process that sends orders wires it. */
export class IbStage {
  private constructor(
    readonly databaseUrl: string,
    readonly harness: Harness,
    readonly simulator: IbSimulator,
    /** What the file of accounts says of the account beside its place. */
    readonly plan: object,
    private readonly drop: () => Promise<void>,
  ) {}

  /** Opens database, gateway and harness; `work` starts the workers. Prices are those that a test writes. */
  static async open(plan: object, options: Partial<IbSimulatorOptions> = {}): Promise<IbStage> {
    const { drop, url } = await createTestDatabase();
    const simulator = await IbSimulator.start({
      ...{ port: 0, accounts: [{ code: IB_CODE, cash: '1000000' }], prices: 'written', ...options },
    });
    const harness = await Harness.open({
      databaseUrl: url,
      temporalAddress: process.env['TEST_TEMPORAL_ADDRESS'] ?? '',
      clock: { kind: 'live' },
    });
    return new IbStage(url, harness, simulator, plan, drop);
  }

  /** The account as the file of accounts describes it. */
  document(changes: object = {}): object {
    return {
      ...{ name: IB_ACCOUNT, venue: 'ib', mode: 'paper', accountCode: IB_CODE, port: this.simulator.port },
      ...{ policy: { maxConcentration: '1' }, ...this.plan, ...changes },
    };
  }

  /** Starts workers of every role; the answer stops them. */
  async work(changes: object = {}, parts: Parts = {}): Promise<() => Promise<void>> {
    const wiring = await this.harness.wire({
      exchange: {
        ...{ accounts: [], ib: [this.account(changes)], live: false, address: 'test' },
        credentialsOf: () => {
          throw new Error('an account at Interactive Brokers has no key');
        },
      },
      ...parts,
    });
    const { stop } = await this.harness.work(undefined, wiring);
    return stop;
  }

  /** Whether the account may be traded on: it was seen at the broker, and nothing keeps it out. */
  async quarantine(): Promise<string | null | undefined> {
    const { rows } = await this.harness.database.query<{ quarantine: string | null }>(
      'SELECT quarantine FROM accounts WHERE name = $1',
      [IB_ACCOUNT],
    );
    return rows[0] === undefined ? undefined : rows[0].quarantine;
  }

  async opened(): Promise<void> {
    let seen: string | null | undefined;
    await this.harness.poll(
      `${IB_ACCOUNT} does not open`,
      async () => {
        seen = await this.quarantine();
        return seen === null;
      },
      () => seen,
    );
  }

  /** Waits until a price is known here: a slow machine may take longer to it than the risk check of a new trade waits. */
  async priced(instrument: string, price: number): Promise<void> {
    await this.harness.poll('there is no fresh price', async () => {
      const { ageMs, price: last } = await watchQuote(this.harness.database, IB_ACCOUNT, instrument, 60);
      return Number(last) === price && ageMs !== null && ageMs < 5_000;
    });
  }

  /** Waits until the gateway has let go of every client id. */
  async released(): Promise<void> {
    const none = (): Promise<boolean> => Promise.resolve(this.simulator.clientIds.length === 0);
    await this.harness.poll('the line is not closed', none, () => this.shown());
  }

  /** Waits until the trade has a position, and its stop works at the broker. */
  guarded(tradeId: string): Promise<StoredFacts> {
    return this.harness.untilFacts(
      tradeId,
      'guarded',
      ({ orders, phase }) =>
        phase === 'managing' && orders.some(({ leg, state }) => leg.startsWith('stop') && state === 'open'),
    );
  }

  /** What the broker has of its orders: side, kind and state, oldest first. */
  shown(): readonly string[] {
    return this.simulator.ledger.orders.map(
      ({ quantity, side, state, type }) => `${side} ${quantity} ${type} ${state}`,
    );
  }

  /** Our fills and the broker's executions, each as `side quantity at price`, sorted: the same when the books are right. */
  async fills(): Promise<{ readonly ours: readonly string[]; readonly theirs: readonly string[] }> {
    // A commission that comes later is a row of its own without units.
    const { rows } = await this.harness.database.query<{ side: string; quantity: string; price: string }>(
      'SELECT side, quantity::text, price::text FROM fills WHERE account = $1 AND quantity > 0',
      [IB_ACCOUNT],
    );
    const said = (fills: typeof rows): readonly string[] =>
      fills.map(({ price, quantity, side }) => `${side} ${Number(quantity)} at ${Number(price)}`).sort();
    // A correction amends the row of what it corrects.
    const stated = this.simulator.ledger.fills.filter(({ id }) => id.endsWith('.01'));
    return { ours: said(rows), theirs: said(stated) };
  }

  async close(): Promise<void> {
    await this.harness.close();
    await this.simulator.close();
    await this.drop();
  }

  private account(changes: object): IbAccount {
    return ibOf(ibAccount.parse(this.document(changes)), (field, rule) => {
      throw new Error(`${field} ${rule}`);
    });
  }
}
