import { beginReconciliation } from '../../database/reconciliations';
import { decimalString as d } from '../../domain/money/decimal';
import { RECONCILE_DUE_WORKFLOW, reconcileAccountWorkflowId } from '../../temporal/messages/reconcile-account';
import { TRADE_QUEUE } from '../../temporal/messages/task-queues';
import { requestReconciliation } from '../../temporal/start-workflows';
import { ExchangeStage } from '../support/exchange-stage';
import type { ExchangeStageOptions } from '../support/exchange-stage';
import { accept, differenceLines, differencesOf, reconcile, reconciliationAlerts } from '../support/reconcile-stage';
import { Stage } from '../support/stage';

const open: ExchangeStage[] = [];
async function openStage(options: ExchangeStageOptions = {}): Promise<ExchangeStage> {
  const stage = await ExchangeStage.open(options);
  open.push(stage);
  await stage.free();
  return stage;
}
afterEach(async () => {
  for (const stage of open.splice(0)) await stage.close();
});

describe('an account at an exchange whose books agree', () => {
  it('has no difference while it trades, and comparing it twice changes nothing', async () => {
    const stage = await openStage({
      prepare: (exchange) => (exchange.deposits = [{ asset: 'BTC', free: d('0.5'), locked: d('1') }]),
    });
    await stage.protected(await stage.start());
    const entries = async (): Promise<unknown> =>
      (await stage.harness.database.query('SELECT count(*) FROM ledger_entries')).rows;
    const before = await entries();
    expect(await reconcile(stage.harness, stage.account)).toMatchObject({ state: 'agreed', opened: 0, gone: 0 });
    expect(await reconcile(stage.harness, stage.account)).toMatchObject({ state: 'agreed', opened: 0, gone: 0 });
    expect(await differencesOf(stage.harness, stage.account)).toEqual([]);
    expect(await entries()).toEqual(before);
  });
});

describe('what somebody else does on the account', () => {
  it('is told, booked as foreign, and keeps new trades out until a person accepts it; exits still pass', async () => {
    const stage = await openStage();
    const { account, exchange, harness } = stage;
    const trade = await stage.start();
    await stage.protected(trade);
    await exchange.placeForeign('foreign-market', { quantity: d('3') });
    await exchange.placeForeign('foreign-limit', { quantity: d('2'), terms: { type: 'limit', price: d('50') } });
    expect(await reconcile(harness, account)).toMatchObject({ state: 'differs', opened: 2 });
    expect(await differenceLines(harness, account)).toEqual(['order-unknown-to-us open', 'fill-unknown open']);
    expect(await reconciliationAlerts(harness)).toEqual([`warning reconciliation:${account}:BTC/USDT`]);
    await expect(stage.start()).rejects.toThrow('unreconciled');
    // The same again opens nothing twice.
    expect(await reconcile(harness, account)).toMatchObject({ state: 'differs', opened: 0, gone: 0 });
    await harness.handle(trade).executeUpdate('exit', { args: [{ by: 'tester' }] });
    expect(await harness.until(trade, 'over', ({ phase }) => phase === 'ended')).toMatchObject({
      outcome: 'completed',
      position: '0',
    });
    for (const { id } of await differencesOf(harness, account)) {
      expect(await accept(harness, id)).toEqual({ result: 'accepted', entry: null, tradeId: null });
    }
    expect(await reconciliationAlerts(harness)).toEqual([]);
    // The control: accepted, nothing is refused any more, and the venue still shows both.
    expect(await reconcile(harness, account)).toMatchObject({ state: 'agreed', opened: 0 });
    expect((await stage.protected(await stage.start())).position).toBe('10');
  });
});

describe('what came to the account without a trade', () => {
  it('is a difference in every instrument of the asset, heals by itself, and is booked when it is accepted', async () => {
    const stage = await openStage();
    const { account, exchange, harness } = stage;
    exchange.deposits = [{ asset: 'BTC', free: d('0.25'), locked: d('0') }];
    expect(await reconcile(harness, account)).toMatchObject({ state: 'differs', opened: 1 });
    expect(await differencesOf(harness, account)).toMatchObject([
      { kind: 'balance', subject: 'balance/BTC', ours: '0', venue: '0.25', state: 'open' },
    ]);
    expect(await reconciliationAlerts(harness)).toEqual([`critical reconciliation:${account}:BTC`]);
    await expect(stage.start()).rejects.toThrow('unreconciled');
    exchange.deposits = [];
    expect(await reconcile(harness, account)).toMatchObject({ state: 'agreed', opened: 0, gone: 1 });
    expect(await reconciliationAlerts(harness)).toEqual([]);
    exchange.deposits = [{ asset: 'BTC', free: d('0.25'), locked: d('0') }];
    await reconcile(harness, account);
    const [, again] = await differencesOf(harness, account);
    expect(await accept(harness, again?.id ?? 0)).toMatchObject({
      result: 'accepted',
      entry: expect.any(Number) as number,
    });
    expect(await reconcile(harness, account)).toMatchObject({ state: 'agreed', opened: 0, gone: 0 });
    expect(await differenceLines(harness, account)).toEqual(['balance gone', 'balance accepted']);
  });
});

describe('a comparison', () => {
  it('goes on when its workers die in the middle of it', async () => {
    const stage = await openStage();
    const { account, exchange, harness } = stage;
    exchange.deposits = [{ asset: 'BTC', free: d('1'), locked: d('0') }];
    const id = await beginReconciliation(harness.database, account, 'request', 'tester');
    await requestReconciliation(harness.client, account, 'tester');
    const looks = exchange.asked.balances;
    await harness.poll('it does not look', () => Promise.resolve(exchange.asked.balances > looks + 2));
    await stage.stopWorkers();
    await stage.work();
    const handle = harness.client.workflow.getHandle(reconcileAccountWorkflowId(account));
    // The same comparison, whole: nothing was found twice and nothing lost.
    expect(await handle.result()).toMatchObject({ reconciliation: id, state: 'differs', opened: 1 });
    expect(await differenceLines(harness, account)).toEqual(['balance open']);
  });

  it('is started by the schedule for the accounts whose turn it is, and for each one at a time', async () => {
    const stage = await openStage();
    const { account, harness } = stage;
    const due: unknown = await harness.client.workflow.execute(RECONCILE_DUE_WORKFLOW, {
      ...{ workflowId: 'reconcile-accounts', taskQueue: TRADE_QUEUE, args: [] },
    });
    expect(due).toEqual({ started: [account], busy: [] });
    const handle = harness.client.workflow.getHandle(reconcileAccountWorkflowId(account));
    expect(await handle.result()).toMatchObject({ state: 'agreed' });
  });
});

describe('the paper venue', () => {
  it('agrees through a trade, and a position that is not ours is found and accepted', async () => {
    const stage = await Stage.open();
    try {
      const { account, database } = stage.harness;
      const scene = stage.scene();
      const trade = await stage.start(scene);
      await stage.protected(trade);
      expect(await reconcile(stage.harness, account)).toMatchObject({ state: 'agreed' });
      await database.query('UPDATE paper.positions SET quantity = quantity + 2 WHERE account = $1', [account]);
      expect(await reconcile(stage.harness, account)).toMatchObject({ state: 'differs', opened: 1 });
      const [difference] = await differencesOf(stage.harness, account);
      expect(difference).toMatchObject({ kind: 'position', ours: '10', venue: '12' });
      await expect(stage.start(scene)).rejects.toThrow('unreconciled');
      // The control: another instrument is not concerned.
      await stage.protected(await stage.start(stage.scene()));
      await accept(stage.harness, difference?.id ?? 0);
      expect(await reconcile(stage.harness, account)).toMatchObject({ state: 'agreed' });
    } finally {
      await stage.close();
    }
  });
});
