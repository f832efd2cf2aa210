import { randomBytes } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import { NativeConnection } from '@temporalio/worker';
import { join } from 'node:path';
import { HaltStore } from '../../database/halt-progress';
import { OrderJournal } from '../../database/journal';
import { openDatabase } from '../../database/pool';
import type { Database } from '../../database/pool';
import { seed } from '../../database/seed';
import type { ClockSetting } from '../../database/paper-account';
import { TradeStore } from '../../database/trades';
import type { StoredFacts } from '../../database/trades';
import { instant } from '../../domain/clock/instant';
import { dec, text } from '../../domain/money/decimal';
import type { DecimalString } from '../../domain/money/decimal';
import type { Broker } from '../../domain/order/broker';
import type { OrderTerms } from '../../domain/order/order';
import type { RiskPolicy } from '../../domain/risk/policy';
import type { TradeSpec } from '../../domain/trade/spec';
import { ensureSearchAttributes } from '../../infra/local/temporal-search-attributes';
import type { OrderMetrics } from '../../telemetry/order-metrics';
import { Dispatcher } from '../../temporal/dispatcher';
import { startTrade, startWatcher } from '../../temporal/start-workflows';
import { tradeWorkflowId } from '../../temporal/messages/trade';
import { watchAccountWorkflowId } from '../../temporal/messages/watch-account';
import { ROLES, WorkerGroup } from '../../workers/roles';
import type { Role } from '../../workers/roles';
import { wire } from '../../workers/wiring';
import type { Wiring, WiringInput } from '../../workers/wiring';
import { createTestDatabase } from './database';
import { installQuietRuntime } from './quiet-runtime';
import { workflowOptions } from './workflow-bundle';

/** An amount in a test. */
export const amount = (value: string | number): DecimalString => text(dec(value));

/** Costs of the paper venue in tests: those of a fresh installation. */
export const COSTS = { halfSpreadBps: '1', slippageBps: '4', feeBps: '10' } as const;

const silent: OrderMetrics = {
  refused: () => undefined,
  submitted: () => undefined,
  orderState: () => undefined,
  filled: () => undefined,
};

/** A name that no other test has. */
export const uniqueAccount = (): string => `t-${randomBytes(4).toString('hex')}`;

export interface HarnessOptions {
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  /** One of its own unless named: workers of several tests must not take each other's tasks. */
  readonly namespace?: string;
  readonly clock: ClockSetting;
  readonly account?: string;
  readonly openingCash?: string;
  readonly policy?: RiskPolicy;
}

/** What is left to say where a harness has a database of its own, and the test run's Temporal. */
export type LoneHarnessOptions = Omit<HarnessOptions, 'databaseUrl' | 'temporalAddress'>;

/** What a test puts in place of the real parts. */
export interface Parts extends Partial<
  Pick<
    WiringInput,
    | 'market'
    | 'strategies'
    | 'metrics'
    | 'failpoint'
    | 'model'
    | 'news'
    | 'newsSources'
    | 'calendarOf'
    | 'exchange'
    | 'feeds'
    | 'cycles'
    | 'reportPost'
    | 'secrets'
    | 'upkeep'
  >
> {
  /** The venue of the account. */
  readonly broker?: Broker;
}

/** One account, or more that share its database, and as many workers in this process as a test wants. */
export class Harness {
  private readonly running: { stop: () => Promise<void> }[] = [];
  private drop: (() => Promise<void>) | undefined;

  private constructor(
    readonly account: string,
    readonly database: Database,
    readonly client: Client,
    readonly native: NativeConnection,
    readonly namespace: string,
    readonly trades: TradeStore,
    readonly journal: OrderJournal,
  ) {}

  static async open(options: HarnessOptions): Promise<Harness> {
    const account = options.account ?? uniqueAccount();
    await seed(options.databaseUrl, {
      dataDir: join(__dirname, '../../data'),
      clock: options.clock,
      paperAccounts: [
        {
          name: account,
          openingCash: amount(options.openingCash ?? '100000'),
          currency: 'USD',
          ...(options.policy === undefined ? {} : { policy: options.policy }),
        },
      ],
    });
    const database = openDatabase(options.databaseUrl, { max: 16 });
    const connection = await Connection.connect({ address: options.temporalAddress });
    installQuietRuntime();
    const native = await NativeConnection.connect({ address: options.temporalAddress });
    const namespace = options.namespace ?? account;
    if (options.namespace === undefined) await makeNamespace(connection, namespace);
    return new Harness(
      account,
      database,
      new Client({ connection, namespace }),
      native,
      namespace,
      new TradeStore(database),
      new OrderJournal(database),
    );
  }

  /** As `open`, on a new database that is dropped when the harness is closed. */
  static async openAlone(options: LoneHarnessOptions): Promise<Harness> {
    const { drop, url } = await createTestDatabase();
    const harness = await Harness.open({
      ...{ databaseUrl: url, temporalAddress: process.env['TEST_TEMPORAL_ADDRESS'] ?? '' },
      ...options,
    });
    harness.drop = drop;
    return harness;
  }

  /** Wires a process; with a broker of the test's own, that is the venue of every account. */
  async wire({ broker, ...parts }: Parts = {}): Promise<Wiring> {
    const wiring = await wire({
      database: this.database,
      client: this.client,
      metrics: silent,
      failpoint: () => undefined,
      paperCosts: COSTS,
      ...parts,
    });
    if (broker === undefined) return wiring;
    return { ...wiring, orderActivities: (account, stopping) => wiring.orderActivities(account, stopping, broker) };
  }

  /** Starts workers of these roles, the watcher too where orders are served; answers how to stop them. */
  async work(roles: readonly Role[] = ROLES, wiring?: Wiring): Promise<{ stop: () => Promise<void> }> {
    const workflows = await workflowOptions();
    const place = { connection: this.native, namespace: this.namespace, workflows };
    const workers = await WorkerGroup.create(roles, wiring ?? (await this.wire()), place);
    const run = workers.run();
    const handle = {
      stop: async (): Promise<void> => {
        workers.stop();
        await run;
      },
    };
    this.running.push(handle);
    if (roles.includes('orders')) {
      for (const account of await this.trades.accounts()) await startWatcher(this.client, account);
    }
    return handle;
  }

  dispatcher(): Dispatcher {
    return new Dispatcher(this.client, this.trades, new HaltStore(this.database), () => undefined);
  }

  /** Accepts a trade as the API does, and starts its workflow unless told not to. */
  async accept(
    key: string,
    spec: Partial<TradeSpec> & { instrument: string },
    options: { start?: boolean } = {},
  ): Promise<string> {
    const full: TradeSpec = {
      account: this.account,
      strategy: 'manual',
      entry: { type: 'market' } satisfies OrderTerms,
      timeInForce: 'GTC',
      whenClosed: 'reject',
      unfilledTimeoutSeconds: 23_400,
      ...spec,
    };
    const { rows } = await this.database.query<{ answer: { result: string; tradeId: string } }>(
      'SELECT accept_trade($1) AS answer',
      [
        JSON.stringify({
          account: full.account,
          key,
          strategy: full.strategy,
          instrument: full.instrument,
          spec: full,
          fingerprint: JSON.stringify(full),
          createdBy: 'test',
          direction: full.direction ?? null,
          validUntil: full.validUntil ?? instant(Date.now() + 86_400_000),
        }),
      ],
    );
    const answer = rows[0]?.answer;
    if (answer?.result !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(answer)}`);
    if (options.start !== false) {
      await startTrade(this.client, {
        tradeId: answer.tradeId,
        account: full.account,
        instrument: full.instrument,
        strategy: full.strategy,
        mode: 'paper',
        phase: 'accepted',
      });
    }
    return answer.tradeId;
  }

  handle(tradeId: string): ReturnType<Client['workflow']['getHandle']> {
    return this.client.workflow.getHandle(tradeWorkflowId(tradeId));
  }

  /** Asks again until the answer is yes. @throws Error with `otherwise` after 90 s, and what the case is then. */
  async poll(otherwise: string, holds: () => Promise<boolean>, now: () => unknown = () => undefined): Promise<void> {
    const deadline = performance.now() + 90_000;
    while (!(await holds())) {
      if (performance.now() > deadline) throw new Error(`${otherwise}: ${JSON.stringify(now())}`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  /** Waits until a condition on a trade's row holds. @throws as `poll`. */
  async until(tradeId: string, what: string, holds: (row: TradeRow) => boolean): Promise<TradeRow> {
    let row = await this.row(tradeId);
    const look = async (): Promise<boolean> => holds((row = await this.row(tradeId)));
    await this.poll(`${tradeId} is not ${what}`, look, () => row);
    return row;
  }

  /** As `until`, on all that the journal knows of the trade. */
  async untilFacts(tradeId: string, what: string, holds: (facts: StoredFacts) => boolean): Promise<StoredFacts> {
    let facts = await this.trades.facts(tradeId);
    const look = async (): Promise<boolean> => holds((facts = await this.trades.facts(tradeId)));
    await this.poll(`${tradeId} is not ${what}`, look, () => facts);
    return facts;
  }

  async row(tradeId: string): Promise<TradeRow> {
    const { rows } = await this.database.query<TradeRow>(
      `SELECT t.phase, t.outcome, t.outcome_code AS code, t.outcome_detail AS detail, t.attention, plain(t.realised_pnl) AS pnl,
         plain(trade_position(t.id)) AS position FROM trades t WHERE t.id = $1`,
      [tradeId],
    );
    const row = rows[0];
    if (!row) throw new Error(`no trade ${tradeId}`);
    return row;
  }

  async close(): Promise<void> {
    for (const handle of this.running) await handle.stop();
    for (const account of await this.trades.accounts()) {
      const watcher = this.client.workflow.getHandle(watchAccountWorkflowId(account));
      await watcher.terminate('test is over').catch(() => undefined);
    }
    await this.client.connection.close();
    await this.native.close();
    await this.database.end();
    await this.drop?.();
  }
}

/** A namespace of the test server that can take trades. */
async function makeNamespace(connection: Connection, namespace: string): Promise<void> {
  const workflowExecutionRetentionPeriod = msToTs('1 day');
  await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod });
  for (let tries = 1; ; tries += 1) {
    try {
      await ensureSearchAttributes(connection, namespace);
      return;
    } catch (error) {
      // The server learns of its new namespace with a delay.
      if (tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** What tests look at first. */
export interface TradeRow {
  readonly phase: string;
  readonly outcome: string | null;
  readonly code: string | null;
  readonly detail: string | null;
  readonly attention: string | null;
  readonly pnl: string | null;
  readonly position: string;
}
