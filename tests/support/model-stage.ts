import type { StoredFacts } from '../../database/trades';
import { analysesOfTrade } from '../../database/registry-analyses';
import type { AnalysisRow } from '../../database/registry-analyses';
import { instant, millisOf } from '../../domain/clock/instant';
import { decimalString as d } from '../../domain/money/decimal';
import { DEFAULT_RISK_POLICY } from '../../domain/risk/policy';
import type { TradeSpec } from '../../domain/trade/spec';
import { LlmSimulator } from '../../simulators/llm/llm-simulator';
import { REPLIES } from '../../simulators/llm/replies';
import { exitUpdate } from '../../temporal/messages/trade';
import type { Role } from '../../workers/roles';
import type { ModelWiring, WiringInput } from '../../workers/wiring';
import { createTestDatabase } from './database';
import { Harness } from './harness';
import { modelWiring } from './model-desk';

/** Inside the session of a day on which both bundled indices rise; the clock all but stands. */
const START = '2018-07-10T14:00:00Z';

export interface ModelStageOptions {
  readonly model?: Partial<ModelWiring>;
  readonly news?: WiringInput['news'];
  /** All roles unless told. */
  readonly roles?: readonly Role[];
  /** False leaves the workers without a model. */
  readonly configured?: boolean;
}

/** A paper account on recorded prices, workers, and a simulated model whose script the tests write. */
export class ModelStage {
  private constructor(
    readonly harness: Harness,
    readonly simulator: LlmSimulator,
    readonly databaseUrl: string,
    private readonly options: ModelStageOptions,
    private readonly drop: () => Promise<void>,
  ) {}

  static async open(options: ModelStageOptions = {}): Promise<ModelStage> {
    const database = await createTestDatabase();
    const simulator = await LlmSimulator.start({ port: 0, script: [REPLIES.trend] });
    const harness = await Harness.open({
      databaseUrl: database.url,
      temporalAddress: process.env['TEST_TEMPORAL_ADDRESS'] ?? '',
      clock: { kind: 'replay', start: instant(millisOf(START)), speed: 1 },
      policy: { ...DEFAULT_RISK_POLICY, maxOpenTrades: 100 },
    });
    const stage = new ModelStage(harness, simulator, database.url, options, () => database.drop());
    await stage.work(options.roles);
    return stage;
  }

  /** Starts workers of these roles in this process; answers how to stop them. */
  async work(roles?: readonly Role[]): Promise<{ stop: () => Promise<void> }> {
    const { configured = true, model, news } = this.options;
    const wiring = await this.harness.wire({
      ...(configured ? { model: modelWiring(this.simulator.baseUrl, model) } : {}),
      ...(news === undefined ? {} : { news }),
    });
    return this.harness.work(roles, wiring);
  }

  /** Starts a trade that asks the model. */
  start(spec: Partial<TradeSpec> = {}): Promise<string> {
    const key = `asks-${Math.random().toString(36).slice(2, 10)}`;
    return this.harness.accept(key, { instrument: 'US500', strategy: 'llm', maxQuantity: d('1'), ...spec });
  }

  ended(tradeId: string): Promise<StoredFacts> {
    return this.harness.untilFacts(tradeId, 'ended', ({ phase }) => phase === 'ended');
  }

  /** Waits until the trade holds a position with a stop at the venue. */
  guarded(tradeId: string): Promise<StoredFacts> {
    return this.harness.untilFacts(tradeId, 'guarded', ({ phase, orders }) => {
      return phase === 'managing' && orders.some((o) => o.leg === 'stop' && o.state === 'open');
    });
  }

  /** Waits until the simulator has been asked so often. */
  async asked(times: number): Promise<void> {
    await this.harness.poll(`the model was not asked ${times} times`, () =>
      Promise.resolve(this.simulator.exchanges.length >= times),
    );
  }

  async exit(tradeId: string): Promise<StoredFacts> {
    await this.harness.handle(tradeId).executeUpdate(exitUpdate, { args: [{ by: 'tester' }] });
    return this.ended(tradeId);
  }

  analyses(tradeId: string): Promise<readonly AnalysisRow[]> {
    return analysesOfTrade(this.harness.database, tradeId);
  }

  /** Everything that Temporal keeps of a workflow, payloads decoded, as text. */
  async history(workflowId: string): Promise<string> {
    const { events } = await this.harness.client.workflow.getHandle(workflowId).fetchHistory();
    // Payloads come as bytes, which JSON writes in base64 under the name `data`.
    return JSON.stringify(events).replace(/"data":"([A-Za-z0-9+/=]+)"/g, (_, data: string) =>
      Buffer.from(data, 'base64').toString('utf8'),
    );
  }

  async close(): Promise<void> {
    await this.simulator.stop();
    await this.harness.close();
    await this.drop();
  }
}
