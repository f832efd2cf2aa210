import { decimalString as d } from '../../domain/money/decimal';
import { ExchangeStage } from '../support/exchange-stage';
import type { ExchangeStageOptions } from '../support/exchange-stage';
import { accept, differenceLines, differencesOf, reconcile, reconciliationAlerts } from '../support/reconcile-stage';

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
