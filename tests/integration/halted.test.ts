import type { StoredFacts } from '../../database/trades';
import { decimalString as d } from '../../domain/money/decimal';
import type { TradeSpec } from '../../domain/trade/spec';
import { exitUpdate, haltSignal } from '../../temporal/messages/trade';
import { ScriptedAnalysts } from '../support/scripted-analysts';
import { Stage } from '../support/stage';
import type { Scene } from '../support/stage';
import { heldAtVenue, summary } from '../support/venue-ledger';

type Mode = 'reduce-only' | 'halt-all';

describe('a halt', () => {
  const analysts = new ScriptedAnalysts();
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open({ parts: { strategies: analysts.strategies } });
  });
  afterAll(async () => {
    analysts.release();
    await stage.close();
  });

  /** Engages the kill switch for one instrument, as the commit that is the halt, and tells the trade. */
  async function halt({ instrument }: Scene, tradeId: string, mode: Mode = 'reduce-only'): Promise<void> {
    const epoch = await engage(instrument, mode);
    await stage.harness.handle(tradeId).signal(haltSignal, { epoch, reason: 'a test' });
  }

  async function engage(instrument: string, mode: Mode): Promise<number> {
    const { rows } = await stage.harness.database.query<{ epoch: number }>(
      `SELECT engage_halt($1, $2, false, 'a test', 'tester')::integer AS epoch`,
      [`instrument:${instrument}`, mode],
    );
    return rows[0]?.epoch ?? 0;
  }

  async function endsHalted(tradeId: string, orders: readonly string[]): Promise<StoredFacts> {
    const facts = await stage.ended(tradeId);
    expect(facts).toMatchObject({ outcome: 'halted', outcomeCode: 'halted', halted: true });
    expect(Number(facts.position)).toBe(0);
    const ledger = await stage.ledger(tradeId);
    expect(summary(ledger)).toEqual(orders);
    expect(heldAtVenue(ledger)).toBe(0);
    return facts;
  }

  async function waiting(scene: Scene, phase: string, spec: Partial<TradeSpec>): Promise<string> {
    const tradeId = await stage.start(scene, spec);
    await stage.until(tradeId, phase, (facts) => facts.phase === phase);
    return tradeId;
  }

  const exit = (tradeId: string): Promise<unknown> =>
    stage.harness.handle(tradeId).executeUpdate(exitUpdate, { args: [{ by: 'tester' }] });

  it.concurrent('ends a trade that is being analysed, at once', async () => {
    const scene = stage.scene();
    const tradeId = await waiting(scene, 'analysing', { strategy: 'ponders' });
    await halt(scene, tradeId);
    await endsHalted(tradeId, []);
  });

  it.concurrent('ends a trade that waits for a person, by one call to the database and no activity', async () => {
    const scene = stage.scene();
    const tradeId = await waiting(scene, 'awaiting-approval', { approvalDeadlineSeconds: 600 });
    await halt(scene, tradeId);
    await endsHalted(tradeId, []);
    await stage.harness.handle(tradeId).result();
    const { events } = await stage.harness.handle(tradeId).fetchHistory();
    const written = (events ?? []).flatMap((event) => [
      ...(event.activityTaskScheduledEventAttributes ? ['activity'] : []),
      ...Object.keys(event.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes?.indexedFields ?? {}),
    ]);
    expect(written).not.toContain('activity');
    // What it is filtered by is written when it begins to wait, and when it ends.
    expect(written.filter((name) => name === 'TradePhase')).toHaveLength(2);
  });

  it.concurrent('takes a resting entry back', async () => {
    const scene = stage.scene();
    const tradeId = await stage.start(scene, { entry: { type: 'limit', price: d('97') } });
    await stage.resting(tradeId);
    await halt(scene, tradeId);
    await endsHalted(tradeId, ['entry/1 cancelled']);
  });

  it.concurrent('is met at the fence by a trade that was not told', async () => {
    const scene = stage.scene();
    const tradeId = await waiting(scene, 'awaiting-approval', { approvalDeadlineSeconds: 600 });
    await engage(scene.instrument, 'reduce-only');
    await stage.harness.handle(tradeId).executeUpdate('approve', { args: [{ by: 'boss' }] });
    const facts = await stage.ended(tradeId);
    expect(facts).toMatchObject({ outcome: 'halted', position: '0' });
    expect(facts.orders).toMatchObject([{ leg: 'entry', state: 'unsent', refusal: 'halted', attempts: 0 }]);
    expect(await stage.ledger(tradeId)).toEqual([]);
  });

  it.concurrent('leaves an open position guarded; an exit is let through where only increases are halted', async () => {
    const scene = stage.scene();
    const tradeId = await stage.start(scene);
    await stage.protected(tradeId);
    await halt(scene, tradeId);
    const held = await stage.until(tradeId, 'halted', ({ halted }) => halted);
    expect(held).toMatchObject({ phase: 'managing', position: '10' });
    expect(summary(await stage.ledger(tradeId))).toEqual(['entry/1 filled', 'stop/1 open']);
    await exit(tradeId);
    await endsHalted(tradeId, ['entry/1 filled', 'stop/1 cancelled', 'exit/1 filled']);
  });

  it.concurrent('of everything still lets the stop work, which ends the trade', async () => {
    const scene = stage.scene();
    const tradeId = await stage.start(scene);
    await stage.protected(tradeId);
    await halt(scene, tradeId, 'halt-all');
    await stage.until(tradeId, 'halted', ({ halted }) => halted);
    scene.tape.set(94);
    await endsHalted(tradeId, ['entry/1 filled', 'stop/1 filled']);
  });

  it.concurrent('of everything refuses the exit and the stop is restored', async () => {
    const scene = stage.scene();
    const tradeId = await stage.start(scene);
    await stage.protected(tradeId);
    await halt(scene, tradeId, 'halt-all');
    await stage.until(tradeId, 'halted', ({ halted }) => halted);
    await exit(tradeId);
    const guarded = await stage.until(tradeId, 'guarded again', ({ orders }) => {
      return orders.some((o) => o.leg === 'stop' && o.revision === 2 && o.state === 'open');
    });
    expect(guarded.orders.find((o) => o.leg === 'exit')).toMatchObject({ state: 'created', refusal: 'halted' });
    scene.tape.set(94);
    await endsHalted(tradeId, ['entry/1 filled', 'stop/1 cancelled', 'stop/2 filled']);
  });

  it.concurrent('cancels the rest of a partly filled entry and guards what filled', async () => {
    const scene = stage.scene();
    const tradeId = await stage.start(scene, { entry: { type: 'limit', price: d('99') } });
    await stage.resting(tradeId);
    scene.tape.once(99, 4);
    await stage.until(tradeId, 'partly filled', ({ position }) => position === '4');
    await halt(scene, tradeId);
    await stage.until(tradeId, 'guarded', ({ orders: [entry, stop] }) => {
      return entry?.state === 'cancelled' && stop?.state === 'open' && stop.quantity === '4';
    });
    scene.tape.set(94);
    await endsHalted(tradeId, ['entry/1 cancelled', 'stop/1 filled']);
  });

  it.concurrent('lets no new trade in, and its release does not revive what was halted', async () => {
    const scene = stage.scene();
    const tradeId = await waiting(scene, 'awaiting-approval', { approvalDeadlineSeconds: 600 });
    await engage(scene.instrument, 'reduce-only');
    await expect(stage.start(scene)).rejects.toThrow('halted');
    await stage.harness.database.query('SELECT release_halt($1)', [`instrument:${scene.instrument}`]);
    await stage.harness.handle(tradeId).executeUpdate('approve', { args: [{ by: 'boss' }] });
    expect(await stage.ended(tradeId)).toMatchObject({ outcome: 'halted' });
    expect(await stage.ledger(tradeId)).toEqual([]);

    const later = await stage.start(scene);
    expect((await stage.protected(later)).position).toBe('10');
  });
});
