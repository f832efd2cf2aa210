import { Worker } from '@temporalio/worker';
import { exitUpdate, orderEventSignal } from '../../temporal/messages/trade';
import { Stage } from '../support/stage';
import { summary } from '../support/venue-ledger';
import { workflowOptions } from '../support/workflow-bundle';

/** Trades that meet a request while they read their journal: which of the two answers comes first is a matter of luck. */
const TRADES = 8;

describe('a trade that is asked to exit while it looks at its journal', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open({ roles: ['orders'] });
  });
  afterAll(() => stage.close());

  it('does so, and a worker that has not seen it before replays it to the same decisions', async () => {
    const { harness } = stage;
    const trading = await harness.work(['trade', 'analysis'], stage.wiring);
    const trades: string[] = [];
    for (let n = 0; n < TRADES; n += 1) trades.push(await stage.start(stage.scene()));
    for (const tradeId of trades) await stage.protected(tradeId);
    // With nobody there to work on it, both wait for the same workflow task.
    await trading.stop();
    const exits = trades.map((tradeId) =>
      harness.handle(tradeId).executeUpdate(exitUpdate, { args: [{ by: 'tester' }] }),
    );
    for (const tradeId of trades) await harness.handle(tradeId).signal(orderEventSignal);
    await harness.work(['trade', 'analysis'], stage.wiring);
    await Promise.all(exits);

    const histories = [];
    for (const tradeId of trades) {
      await stage.ended(tradeId);
      await harness.handle(tradeId).result();
      expect(summary(await stage.ledger(tradeId))).toEqual(['entry/1 filled', 'stop/1 cancelled', 'exit/1 filled']);
      const { workflowId } = harness.handle(tradeId);
      histories.push({ workflowId, history: await harness.handle(tradeId).fetchHistory() });
    }
    const failures: string[] = [];
    for await (const { workflowId, error } of Worker.runReplayHistories(await workflowOptions(), histories))
      if (error !== undefined) failures.push(`${workflowId}: ${error.message}`);
    expect(failures).toEqual([]);
  });
});
