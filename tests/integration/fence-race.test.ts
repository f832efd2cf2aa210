import { decimalString as d } from '../../domain/money/decimal';
import { Stage } from '../support/stage';
import { summary } from '../support/venue-ledger';

describe('two trades that risk approved and that fit only apart', () => {
  let stage: Stage;
  afterEach(() => stage.close());

  it('are told apart by the fence: one is entered, the other ends rejected with the code of the limit', async () => {
    // Nobody serves orders yet, so both are approved before either reaches the fence.
    stage = await Stage.open({ roles: ['trade', 'analysis'] });
    const scene = stage.scene();
    const big = { maxQuantity: d('160') };
    const trades = await Promise.all([stage.start(scene, big), stage.start(scene, big)]);
    const approved = await Promise.all(
      trades.map((id) => stage.until(id, 'approved', ({ approvedQuantity }) => approvedQuantity !== null)),
    );
    expect(approved.map(({ approvedQuantity }) => approvedQuantity)).toEqual(['160', '160']);

    await stage.harness.work(['orders'], stage.wiring);
    await stage.harness.poll('neither trade ended', async () => {
      const phases = await Promise.all(trades.map(async (id) => (await stage.harness.row(id)).phase));
      return phases.includes('ended');
    });
    const all = await Promise.all(trades.map((id) => stage.harness.trades.facts(id)));
    const [refused, entered] = [...all].sort((a, b) => Number(b.phase === 'ended') - Number(a.phase === 'ended'));
    // 160 units at 100.01 fit into a quarter of 100,000 once, and not twice.
    expect(refused).toMatchObject({ outcome: 'rejected', outcomeCode: 'concentration', position: '0' });
    expect(refused?.orders).toMatchObject([{ leg: 'entry', state: 'unsent', attempts: 0 }]);
    expect(summary(await stage.ledger(refused?.tradeId ?? ''))).toEqual([]);

    const held = await stage.protected(entered?.tradeId ?? '');
    expect(held.position).toBe('160');
    scene.tape.set(94);
    expect(await stage.ended(held.tradeId)).toMatchObject({ outcome: 'completed' });
  });
});
