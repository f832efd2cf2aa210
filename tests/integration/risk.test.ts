import { createRiskCommands } from '../../api/risk-commands';
import { createMetrics } from '../../telemetry/metrics';
import { orderMetrics } from '../../telemetry/order-metrics';
import { applyPolicy, readPolicy, releaseLock, verdictsOf } from '../../database/risk';
import { decimalString as d } from '../../domain/money/decimal';
import type { RiskIntent } from '../../domain/risk/intent';
import { PortfolioWatcher } from '../../activities/risk/watch-portfolios';
import type { AccountFigures } from '../../telemetry/portfolio-metrics';
import { exitUpdate } from '../../temporal/messages/trade';
import { Stage } from '../support/stage';
import type { Scene } from '../support/stage';

describe('risk, asked by trades and without them', () => {
  const metrics = createMetrics({ service: 'test', version: '1', processSeries: false });
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open({
      parts: { metrics: orderMetrics(metrics) },
      policy: { cooldownSeconds: 3_600, maxLossStreak: 2, lossStreakSeconds: 7_200, maxPositionNotional: d('5000') },
    });
  });
  afterAll(() => stage.close());

  const intent = ({ instrument }: Scene, changes: Partial<RiskIntent> = {}): RiskIntent => ({
    account: stage.harness.account,
    instrument,
    strategy: 'manual',
    direction: 'long',
    stopPrice: d('95'),
    entry: { type: 'market' },
    ...changes,
  });
  const ask = async (asked: RiskIntent) => {
    const found = await createRiskCommands(stage.harness.client).check(asked);
    if (found.kind !== 'verdict') throw new Error('nobody answered');
    return found.verdict;
  };
  const rows = async (table: string): Promise<number> => {
    const { rows: found } = await stage.harness.database.query<{ n: number }>(
      `SELECT count(*)::integer AS n FROM ${table}`,
    );
    return found[0]?.n ?? -1;
  };

  /** Enters, and is stopped out with a loss. */
  async function lose(scene: Scene): Promise<string> {
    const tradeId = await stage.start(scene);
    await stage.protected(tradeId);
    scene.tape.set(94);
    await stage.ended(tradeId);
    scene.tape.set(100);
    // The tape prints every tenth of a second: until then the last price is the old one.
    await new Promise((resolve) => setTimeout(resolve, 150));
    return tradeId;
  }

  it('answers a question with the verdict that a trade then gets, and stores nothing', async () => {
    const scene = stage.scene();
    const verdict = await ask(intent(scene));
    // 5,000 at 100.01 or a little more; the money at risk would pay for some 200.
    expect(verdict).toMatchObject({ approved: true, code: null, binding: 'position_size', quantity: '49.99' });
    expect((await rows('risk_verdicts')) + (await rows('approvals'))).toBe(0);
    const refused = await ask(intent(scene, { stopPrice: d('105') }));
    expect(refused).toMatchObject({ approved: false, code: 'stop_wrong_side', quantity: null });

    const tradeId = await stage.start(scene, { maxQuantity: d('1000') });
    await stage.protected(tradeId);
    const [stored] = await verdictsOf(stage.harness.database, tradeId);
    expect(stored?.verdict).toMatchObject({ approved: true, binding: 'position_size', quantity: '49.99' });
    expect(stored?.verdict.headRoom.find(({ limit }) => limit === 'position_size')).toMatchObject({
      max: '5000',
      used: '0',
    });
    expect(stored?.verdict.inputs.entry).toMatchObject({ instrument: scene.instrument, side: 'buy', stopPrice: '95' });

    // What is held counts: a second one gets what is left.
    expect(await ask(intent(scene))).toMatchObject({ approved: false, code: 'position_size' });
    scene.tape.set(101);
    await stage.harness.handle(tradeId).executeUpdate(exitUpdate, { args: [{ by: 'tester' }] });
    expect(await stage.ended(tradeId)).toMatchObject({ outcome: 'completed' });
  });

  it('keeps the refusal of a trade with its values, and counts it', async () => {
    const tradeId = await stage.start(stage.scene(), { entry: { type: 'limit', price: d('120') }, stopPrice: d('90') });
    expect(await stage.ended(tradeId)).toMatchObject({ outcome: 'rejected', outcomeCode: 'price_collar' });
    const [stored] = await verdictsOf(stage.harness.database, tradeId);
    expect(stored?.verdict).toMatchObject({
      approved: false,
      code: 'price_collar',
      detail: { worstEntry: '120', limit: '0.1' },
    });
    expect(await metrics.registry.metrics()).toContain('risk_rejections_total{reason="price_collar",service="test"} 1');
  });

  it('locks the instrument after a loss and the account after two, until an admin releases them', async () => {
    const [first, second, third] = [stage.scene(), stage.scene(), stage.scene()];
    await lose(first);
    expect(await ask(intent(first))).toMatchObject({
      code: 'cooldown',
      detail: { scope: `instrument:${first.instrument}` },
    });
    expect(await ask(intent(second))).toMatchObject({ approved: true });
    await lose(second);
    expect(await ask(intent(third))).toMatchObject({ code: 'loss_streak', detail: { scope: 'account' } });
    const refused = await stage.start(third);
    expect(await stage.ended(refused)).toMatchObject({ outcome: 'rejected', outcomeCode: 'loss_streak' });
    expect(await metrics.registry.metrics()).toContain(
      'risk_limit_breaches_total{limit="loss_streak",service="test"} 1',
    );

    const { locks } = await readPolicy(stage.harness.database);
    expect(locks.map(({ code }) => code)).toEqual(['cooldown', 'cooldown', 'loss_streak']);
    for (const { id } of locks) await releaseLock(stage.harness.database, id, 'tester');
    expect(await releaseLock(stage.harness.database, locks[0]?.id ?? 0, 'tester')).toBeUndefined();
    expect(await ask(intent(third))).toMatchObject({ approved: true });
  });

  it('knows an engaged kill switch', async () => {
    const scene = stage.scene();
    const scope = `instrument:${scene.instrument}`;
    await stage.harness.database.query(`SELECT engage_halt($1, 'reduce-only', false, 'a test', 'tester')`, [scope]);
    expect(await ask(intent(scene))).toMatchObject({ approved: false, code: 'halted', detail: { scope } });
    await stage.harness.database.query('SELECT release_halt($1)', [scope]);
  });

  it('never holds back what reduces: a position is stopped out while its account breaks every limit', async () => {
    const scene = stage.scene();
    const tradeId = await stage.start(scene);
    await stage.protected(tradeId);
    const tight = {
      maxPositionNotional: '1',
      maxLeverage: '0.0001',
      maxOrdersPerMinute: 1,
      maxOpenTrades: 1,
      maxDailyLoss: '0.01',
    };
    await stage.harness.database.query('UPDATE accounts SET policy = policy || $1', [JSON.stringify(tight)]);
    scene.tape.set(94);
    expect(await stage.ended(tradeId)).toMatchObject({ outcome: 'completed', outcomeCode: 'stop', position: '0' });
    for (const { id } of (await readPolicy(stage.harness.database)).locks)
      await releaseLock(stage.harness.database, id, 'x');
    expect((await ask(intent(scene))).approved).toBe(false);
  });

  it('serves what accounts hold, and tells once of a limit that the market reaches', async () => {
    const { account, database } = stage.harness;
    await applyPolicy(database, { accounts: { [account]: { maxDailyLoss: d('1'), maxDrawdown: null } } }, 'tester');
    const shown: AccountFigures[] = [];
    const breached: string[] = [];
    const warned: string[] = [];
    const watcher = new PortfolioWatcher(
      {
        trades: stage.wiring.trades,
        risk: stage.wiring.risk,
        marketOf: stage.wiring.marketOf,
        show: (figures) => shown.push(figures),
        breached: (name, limit) => breached.push(`${name} ${limit}`),
        warn: (name) => warned.push(name),
      },
      (error) => {
        throw error;
      },
    );
    await watcher.look();
    await watcher.look();
    expect(breached).toEqual([`${account} daily_loss`]);
    expect(warned).toEqual([account]);
    expect(shown.at(-1)).toMatchObject({ account, positions: [], dailyLossLimit: 1, var95: 0 });
    expect(shown.at(-1)?.dailyPnl).toBeLessThan(-1);
    expect(shown.at(-1)?.realisedPnl).toBeCloseTo(shown.at(-1)?.dailyPnl ?? 0, 6);
  });
});

describe('two trades that risk approved and that fit only apart under another limit', () => {
  let stage: Stage;
  afterEach(() => stage.close());

  it.each([
    ['position_size', { maxPositionNotional: d('12000') }],
    ['order_rate', { maxOrdersPerMinute: 1 }],
    ['net_leverage', { maxNetLeverage: d('0.12') }],
    ['var_limit', { maxVar: d('0.0099'), assumedVolatility: d('0.05') }],
  ])('%s: one is entered, the other ends rejected with its code', async (code, policy) => {
    stage = await Stage.open({ roles: ['trade', 'analysis'], policy });
    const scene = stage.scene();
    const trades = await Promise.all([
      stage.start(scene, { maxQuantity: d('100') }),
      stage.start(scene, { maxQuantity: d('100') }),
    ]);
    await Promise.all(
      trades.map((id) => stage.until(id, 'approved', ({ approvedQuantity }) => approvedQuantity === '100')),
    );
    await stage.harness.work(['orders'], stage.wiring);
    await stage.harness.poll('neither trade ended', async () => {
      const phases = await Promise.all(trades.map(async (id) => (await stage.harness.row(id)).phase));
      return phases.includes('ended');
    });
    const all = await Promise.all(trades.map((id) => stage.harness.trades.facts(id)));
    const refused = all.find(({ phase }) => phase === 'ended');
    const entered = all.find(({ phase }) => phase !== 'ended');
    expect(refused).toMatchObject({ outcome: 'rejected', outcomeCode: code, position: '0' });
    expect((await stage.protected(entered?.tradeId ?? '')).position).toBe('100');
  });
});
