import { decimalString as d } from '../../domain/money/decimal';
import { startTrade } from '../../temporal/start-workflows';
import type { StartableTrade } from '../../temporal/start-workflows';
import { approveUpdate, exitUpdate, timelineQuery } from '../../temporal/messages/trade';
import { ScriptedAnalysts } from '../support/scripted-analysts';
import { Stage } from '../support/stage';
import { heldAtVenue, summary } from '../support/venue-ledger';

describe('a trade whose workflow ends before it', () => {
  const analysts = new ScriptedAnalysts();
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open({ parts: { strategies: analysts.strategies } });
  });
  afterAll(async () => {
    analysts.release();
    await stage.close();
  });

  const exit = (tradeId: string): Promise<unknown> =>
    stage.harness.handle(tradeId).executeUpdate(exitUpdate, { args: [{ by: 'tester' }] });
  const kill = (tradeId: string): Promise<unknown> => stage.harness.handle(tradeId).terminate('a test');
  const dispatch = (): Promise<void> => stage.harness.dispatcher().dispatch(Date.now());
  const runId = async (tradeId: string): Promise<string> => (await stage.harness.handle(tradeId).describe()).runId;

  async function startable(tradeId: string): Promise<StartableTrade> {
    const open = await stage.harness.trades.openTrades();
    const row = open.find((trade) => trade.tradeId === tradeId);
    if (row === undefined) throw new Error(`${tradeId} is not open`);
    return row;
  }

  async function completes(tradeId: string): Promise<void> {
    await exit(tradeId);
    expect(await stage.ended(tradeId)).toMatchObject({ outcome: 'completed', outcomeCode: 'operator_exit' });
    const ledger = await stage.ledger(tradeId);
    expect(ledger.filter(({ leg }) => leg.startsWith('entry'))).toHaveLength(1);
    expect(heldAtVenue(ledger)).toBe(0);
  }

  it.concurrent('goes on from its journal when it is dispatched again: nothing is entered twice', async () => {
    const tradeId = await stage.start(stage.scene());
    await stage.protected(tradeId);
    const before = await runId(tradeId);
    await kill(tradeId);
    await dispatch();
    expect(await runId(tradeId)).not.toBe(before);
    await completes(tradeId);
    expect(summary(await stage.ledger(tradeId))).toEqual(['entry/1 filled', 'stop/1 cancelled', 'exit/1 filled']);
    const phases = (await stage.harness.handle(tradeId).query(timelineQuery)).map(({ phase }) => phase);
    expect(phases[0]).toBe('managing');
    expect(phases.at(-1)).toBe('ended');
  });

  it.concurrent('takes a request as soon as it runs again, even before it has read its journal', async () => {
    const tradeId = await stage.start(stage.scene());
    await stage.protected(tradeId);
    await kill(tradeId);
    const running = stage.harness.poll('no run', async () => {
      return (await stage.harness.handle(tradeId).describe()).status.name === 'RUNNING';
    });
    await Promise.all([dispatch(), running.then(() => completes(tradeId))]);
  });

  it.concurrent('goes on from its journal when it is reset to its beginning', async () => {
    const tradeId = await stage.start(stage.scene(), { strategy: 'long' });
    await stage.protected(tradeId);
    const { namespace, client } = stage.harness;
    const { runId: before, workflowId } = await stage.harness.handle(tradeId).describe();
    await client.workflowService.resetWorkflowExecution({
      namespace,
      workflowExecution: { workflowId, runId: before },
      reason: 'a test',
      requestId: `reset-${tradeId}`,
      workflowTaskFinishEventId: await firstFinishedTask(tradeId),
    });
    expect(await runId(tradeId)).not.toBe(before);
    await completes(tradeId);
    const { rows } = await stage.harness.database.query(
      `SELECT count(*)::integer AS analysed FROM trade_events WHERE trade_id = $1 AND name = 'analysing'`,
      [tradeId],
    );
    expect(rows).toEqual([{ analysed: 1 }]);
  });

  it.concurrent('keeps what a person asked for', async () => {
    const tradeId = await stage.start(stage.scene(), { approvalDeadlineSeconds: 600 });
    await stage.until(tradeId, 'asking', ({ phase }) => phase === 'awaiting-approval');
    await stage.harness.handle(tradeId).executeUpdate(approveUpdate, { args: [{ by: 'boss', maxQuantity: d('3') }] });
    await kill(tradeId);
    await dispatch();
    expect(await stage.protected(tradeId)).toMatchObject({ position: '3' });
    await completes(tradeId);
  });

  it.concurrent('does not get more time for an approval', async () => {
    const tradeId = await stage.start(stage.scene(), { approvalDeadlineSeconds: 2 });
    await stage.until(tradeId, 'asking', ({ phase }) => phase === 'awaiting-approval');
    const asked = (await stage.harness.trades.facts(tradeId)).approvalAskedAt;
    await kill(tradeId);
    await dispatch();
    const facts = await stage.ended(tradeId);
    expect(facts).toMatchObject({ outcomeCode: 'approval_timeout', approvalAskedAt: asked });
  });

  it.concurrent('is analysed again only while there is no view', async () => {
    const tradeId = await stage.start(stage.scene(), { strategy: 'ponders' });
    await stage.until(tradeId, 'analysing', ({ phase }) => phase === 'analysing');
    await kill(tradeId);
    await dispatch();
    analysts.release();
    await stage.protected(tradeId);
    await completes(tradeId);
  });

  it.concurrent('takes up an entry that rests', async () => {
    const scene = stage.scene();
    const tradeId = await stage.start(scene, { entry: { type: 'limit', price: d('99') } });
    await stage.resting(tradeId);
    await kill(tradeId);
    await dispatch();
    scene.tape.set(99);
    await stage.protected(tradeId);
    await completes(tradeId);
  });

  it.concurrent('is one run, however often it is started', async () => {
    const tradeId = await stage.start(stage.scene());
    const row = await startable(tradeId);
    const runs = await Promise.all([1, 2, 3].map(() => startTrade(stage.harness.client, row)));
    expect(new Set(runs).size).toBe(1);
    await stage.protected(tradeId);
    await completes(tradeId);
  });

  it.concurrent('ends at once when it is started after its trade has ended', async () => {
    const tradeId = await stage.start(stage.scene());
    await stage.protected(tradeId);
    const row = await startable(tradeId);
    await completes(tradeId);
    await stage.harness.handle(tradeId).result();
    const before = await runId(tradeId);
    const ledger = await stage.ledger(tradeId);
    const again = await startTrade(stage.harness.client, row);
    expect(again).not.toBe(before);
    await expect(stage.harness.handle(tradeId).result()).resolves.toEqual({
      tradeId,
      outcome: 'completed',
      code: 'operator_exit',
    });
    expect(await stage.ledger(tradeId)).toEqual(ledger);
  });

  /** The event to which a reset goes back: the end of the first workflow task. */
  async function firstFinishedTask(tradeId: string): Promise<NonNullable<HistoryEvent['eventId']>> {
    const { events } = await stage.harness.handle(tradeId).fetchHistory();
    const finished = events?.find((event) => event.workflowTaskCompletedEventAttributes);
    if (!finished?.eventId) throw new Error('no workflow task was finished');
    return finished.eventId;
  }
});

type HistoryEvent = NonNullable<
  Awaited<ReturnType<ReturnType<Stage['harness']['handle']>['fetchHistory']>>['events']
>[number];
