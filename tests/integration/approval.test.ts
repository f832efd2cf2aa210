import { decimalString as d } from '../../domain/money/decimal';
import type { TradeSpec } from '../../domain/trade/spec';
import { approveUpdate, cancelUpdate, rejectUpdate } from '../../temporal/messages/trade';
import type { ApproveRequest } from '../../temporal/messages/trade';
import { Stage } from '../support/stage';
import type { Scene } from '../support/stage';

describe('a trade that a person must agree to', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open();
  });
  afterAll(() => stage.close());

  /** Starts a trade and waits until it asks. */
  async function asking(scene: Scene, spec: Partial<TradeSpec> = {}): Promise<string> {
    const tradeId = await stage.start(scene, { approvalDeadlineSeconds: 600, ...spec });
    await stage.until(tradeId, 'asking', ({ phase }) => phase === 'awaiting-approval');
    return tradeId;
  }

  const approve = (tradeId: string, request: Omit<ApproveRequest, 'by'> = {}): Promise<unknown> =>
    stage.harness.handle(tradeId).executeUpdate(approveUpdate, { args: [{ by: 'boss', ...request }] });

  it.concurrent('enters with what risk approved when the person names no bound', async () => {
    const tradeId = await asking(stage.scene());
    await approve(tradeId);
    const facts = await stage.protected(tradeId);
    expect(facts).toMatchObject({ approvedQuantity: '10', position: '10', requests: { approve: { by: 'boss' } } });
  });

  it.concurrent('enters with no more than the quantity that the person names', async () => {
    const tradeId = await asking(stage.scene());
    await approve(tradeId, { maxQuantity: d('4') });
    const facts = await stage.protected(tradeId);
    expect(facts).toMatchObject({ approvedQuantity: '4', position: '4' });
    expect((await stage.ledger(tradeId)).map((o) => [o.leg, o.quantity])).toEqual([
      ['entry/1', 4],
      ['stop/1', 4],
    ]);
  });

  it.concurrent('enters with no more than the notional that the person names', async () => {
    const tradeId = await asking(stage.scene());
    await approve(tradeId, { maxNotional: d('500') });
    const facts = await stage.protected(tradeId);
    // 500 at the ask of 100.01 is 4.9995 units, in lots of 0.01.
    expect(facts.position).toBe('4.99');
  });

  it.concurrent('does not grow by an approval of more than risk approved', async () => {
    const tradeId = await asking(stage.scene());
    await approve(tradeId, { maxQuantity: d('500') });
    expect((await stage.protected(tradeId)).position).toBe('10');
  });

  it.concurrent('is checked again after the approval: a stop that was overtaken meanwhile rejects it', async () => {
    const scene = stage.scene();
    const tradeId = await asking(scene);
    scene.tape.set(94);
    // Prints come every tenth of a second; the check must see one of the new ones.
    await new Promise((resolve) => setTimeout(resolve, 250));
    await approve(tradeId);
    const facts = await stage.ended(tradeId);
    expect(facts).toMatchObject({ outcome: 'rejected', outcomeCode: 'stop_wrong_side', orders: [] });
  });

  it.concurrent('ends rejected when the person refuses', async () => {
    const tradeId = await asking(stage.scene());
    await stage.harness.handle(tradeId).executeUpdate(rejectUpdate, { args: [{ by: 'boss' }] });
    const facts = await stage.ended(tradeId);
    expect(facts).toMatchObject({ outcome: 'rejected', outcomeCode: 'approval_refused', orders: [] });
  });

  it.concurrent('ends rejected when nobody answers in time', async () => {
    const tradeId = await stage.start(stage.scene(), { approvalDeadlineSeconds: 1 });
    const facts = await stage.ended(tradeId);
    expect(facts).toMatchObject({ outcome: 'rejected', outcomeCode: 'approval_timeout', orders: [] });
  });

  it.concurrent('ends cancelled when it is cancelled meanwhile', async () => {
    const tradeId = await asking(stage.scene());
    await stage.harness.handle(tradeId).executeUpdate(cancelUpdate, { args: [{ by: 'boss' }] });
    expect(await stage.ended(tradeId)).toMatchObject({ outcome: 'cancelled', orders: [] });
  });
});
