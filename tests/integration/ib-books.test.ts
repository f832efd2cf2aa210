import { decimalString as d } from '../../domain/money/decimal';
import { contractsAt } from '../../simulators/ib/contracts';
import { exitUpdate } from '../../temporal/messages/trade';
import { readBalances, watchQuote } from '../../database/registry-venues';
import { IbClient } from '../support/ib-client';
import { IB_ACCOUNT as ACCOUNT, IB_CODE as CODE, IbStage } from '../support/ib-stage';
import { accept, differencesOf, reconcile, reconciliationAlerts } from '../support/reconcile-stage';

let stage: IbStage;

beforeAll(async () => {
  stage = await IbStage.open({
    // A test runs at any hour: the simulated market is always open, and so is the calendar.
    instruments: [{ symbol: 'AAPL', calendar: 'ALWAYS' }],
    // Comparisons wait for what may be on its way.
    timings: { validityWindow: 1_500, pollEvery: 500 },
  });
  await stage.work();
});

afterAll(() => stage.close());

const start = (key: string): Promise<string> =>
  stage.harness.accept(key, {
    ...{ account: ACCOUNT, instrument: 'AAPL', direction: 'long', stopPrice: d('95'), maxQuantity: d('10') },
  });

describe('the books of an account at Interactive Brokers', () => {
  it('agree with the broker while a trade is open; what somebody else holds there is told, and is never in them', async () => {
    const { harness, simulator } = stage;
    await stage.opened();
    await harness.poll(
      'the price does not come',
      async () => (await watchQuote(harness.database, ACCOUNT, 'AAPL', 30)).price === '100',
    );
    const tradeId = await start('books');
    await stage.guarded(tradeId);
    expect(await reconcile(harness, ACCOUNT)).toMatchObject({ state: 'agreed', opened: 0 });
    const future = contractsAt(Date.now()).find(({ symbol }) => symbol === 'MES')?.conId ?? 0;
    const name = `conId ${future} (MES)`;
    const client = await IbClient.connect(simulator.port, { clientId: 77 });
    try {
      client.place({ totalQuantity: 1, account: CODE }, { conId: future });
      await harness.poll('the other order does not fill', () => {
        simulator.tapes.get(future)?.print(Date.now(), 5_000, 1_000_000);
        simulator.ledger.advance();
        return Promise.resolve(simulator.ledger.fills.some(({ contract }) => contract.conId === future));
      });
    } finally {
      client.close();
    }
    expect(await reconcile(harness, ACCOUNT)).toMatchObject({ state: 'differs', opened: 2 });
    const found = await differencesOf(harness, ACCOUNT);
    expect(found).toMatchObject([
      { kind: 'position-unknown-to-us', subject: `position/${name}`, ours: null, venue: '1', state: 'open' },
      // What that cost left the cash of the account, and no trade of ours explains it.
      { kind: 'balance', subject: 'balance/USD', state: 'open' },
    ]);
    expect(await reconciliationAlerts(harness)).toEqual(
      expect.arrayContaining([`warning reconciliation:${ACCOUNT}:conId_${future}__MES_`]),
    );
    const shown = async () => readBalances(harness.database, ACCOUNT);
    await harness.poll('the position is not shown', async () =>
      ((await shown()).positions ?? []).some(({ foreign, instrument }) => foreign === true && instrument === name),
    );
    const { positions, values } = await shown();
    expect(positions).toContainEqual({ instrument: 'AAPL', quantity: '10' });
    expect(Number(values?.find((value) => value.name === 'NetLiquidation')?.amount)).toBeGreaterThan(900_000);
    for (const { id } of found) expect(await accept(harness, id)).toMatchObject({ result: 'accepted' });
    expect(await reconcile(harness, ACCOUNT)).toMatchObject({ state: 'agreed' });
    const { rows } = await harness.database.query<{ instrument: string }>(
      'SELECT instrument FROM account_positions WHERE account = $1',
      [ACCOUNT],
    );
    expect(rows).toEqual([{ instrument: 'AAPL' }]);
    await harness.handle(tradeId).executeUpdate(exitUpdate, { args: [{ by: 'test' }] });
    await harness.until(tradeId, 'ended', ({ phase }) => phase === 'ended');
  });
});
