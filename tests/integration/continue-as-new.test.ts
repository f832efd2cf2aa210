import { exitUpdate, haltSignal, orderEventSignal, stateQuery, timelineQuery } from '../../temporal/messages/trade';
import { startShortServer } from '../support/short-server';
import { Stage } from '../support/stage';
import { heldAtVenue, summary } from '../support/venue-ledger';

describe('a trade whose history has grown long', () => {
  let server: Awaited<ReturnType<typeof startShortServer>>;
  let stage: Stage;
  beforeAll(async () => {
    server = await startShortServer();
    stage = await Stage.open({ temporalAddress: server.address });
  });
  afterAll(async () => {
    await stage.close();
    await server.remove();
  });

  /** Wakes the trade until its workflow has continued as new `times` more times. */
  async function grow(tradeId: string, times: number): Promise<void> {
    const handle = stage.harness.handle(tradeId);
    let runs = new Set([(await handle.describe()).runId]);
    await stage.harness.poll(`${tradeId} did not continue as new`, async () => {
      await handle.signal(orderEventSignal);
      runs = runs.add((await handle.describe()).runId);
      return runs.size > times;
    });
  }

  it.concurrent('continues as new with its position, its way and the answers that it gave', async () => {
    const tradeId = await stage.start(stage.scene());
    await stage.protected(tradeId);
    await grow(tradeId, 2);
    const handle = stage.harness.handle(tradeId);
    expect(await handle.query(stateQuery)).toMatchObject({ phase: 'managing', position: '10' });
    const phases = (await handle.query(timelineQuery)).map(({ phase }) => phase);
    expect(phases[0]).toBe('accepted');
    expect(phases.at(-1)).toBe('managing');
    expect(phases.filter((phase) => phase === 'managing')).toHaveLength(1);

    await handle.executeUpdate(exitUpdate, { args: [{ by: 'tester' }] });
    expect(await stage.ended(tradeId)).toMatchObject({ outcome: 'completed', outcomeCode: 'operator_exit' });
    const ledger = await stage.ledger(tradeId);
    expect(summary(ledger)).toEqual(['entry/1 filled', 'stop/1 cancelled', 'exit/1 filled']);
    expect(heldAtVenue(ledger)).toBe(0);
  });

  it.concurrent('answers a repeated update in its new run as it did in the old one', async () => {
    const scene = stage.scene();
    const tradeId = await stage.start(scene);
    await stage.protected(tradeId);
    // No print, no exit: the trade stays open after it was asked to leave.
    scene.tape.set(100, 0);
    const handle = stage.harness.handle(tradeId);
    const ask = (updateId: string): Promise<unknown> =>
      handle.executeUpdate(exitUpdate, { args: [{ by: 'tester' }], updateId });
    await ask('the-one');
    await stage.until(tradeId, 'leaving', ({ orders }) => orders.some((o) => o.leg === 'exit' && o.state === 'open'));
    await grow(tradeId, 1);
    await expect(ask('the-one')).resolves.toMatchObject({ phase: 'exiting', position: '10' });
    await expect(ask('another')).rejects.toMatchObject({ cause: { type: 'ActionNotPossible' } });
    scene.tape.set(100);
    expect(await stage.ended(tradeId)).toMatchObject({ outcome: 'completed' });
  });

  it.concurrent('continues as new while it waits for a person, with the same deadline', async () => {
    const tradeId = await stage.start(stage.scene(), { approvalDeadlineSeconds: 8 });
    const before = await stage.until(tradeId, 'asking', ({ phase }) => phase === 'awaiting-approval');
    await grow(tradeId, 1);
    const facts = await stage.ended(tradeId);
    expect(facts).toMatchObject({ outcomeCode: 'approval_timeout', approvalAskedAt: before.approvalAskedAt });
  });

  it.concurrent('does not lose a halt that comes when it is about to continue as new', async () => {
    const tradeId = await stage.start(stage.scene());
    await stage.protected(tradeId);
    const handle = stage.harness.handle(tradeId);
    await Promise.all([
      grow(tradeId, 1),
      ...Array.from({ length: 5 }, () => handle.signal(orderEventSignal)),
      handle.signal(haltSignal, { epoch: 1, reason: 'a test' }),
    ]);
    await stage.until(tradeId, 'halted', ({ halted }) => halted);
    await handle.executeUpdate(exitUpdate, { args: [{ by: 'tester' }] });
    expect(await stage.ended(tradeId)).toMatchObject({ outcome: 'halted', halted: true });
  });
});
