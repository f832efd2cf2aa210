import { expectContract, openTestApi, type TestApi } from '../tests/support/api';
import { runCli } from '../tests/support/cli';
import { createSeededDatabase, type SeededDatabase } from '../tests/support/seeded-database';

describe('an account with a future by API and command line', () => {
  let db: SeededDatabase;
  let api: TestApi;
  const get = (path: string) => api.as('viewer').get(path);
  const command = async (...line: string[]): Promise<string> => {
    const { stdout } = await runCli(line, {
      fetch: async (url) => {
        const answer = await get(new URL(url).pathname);
        return Response.json(answer.body, { status: answer.status });
      },
    });
    return stdout;
  };

  beforeAll(async () => {
    db = await createSeededDatabase();
    // Three contracts short at 100.25 for a fee of 1.5, now at 99.75: 3 × 0.5 × 50 made so far.
    const fill = {
      ...{ venueFillId: '1', venueOrderId: 'x', instrument: 'SIMF', side: 'sell', quantity: '3', price: '100.25' },
      ...{ fee: '1.5', feeAsset: 'USD', liquidity: 'taker', marketAt: '2017-06-14T13:00:00.000Z' },
    };
    await db.database.query(`SELECT book_fill('paper', 'paper', $1)`, [JSON.stringify(fill)]);
    await db.database.query(`INSERT INTO marks VALUES ('paper', 'SIMF', 99.75, '2017-06-14T15:00:00Z')`);
    api = await openTestApi(db.url);
  });
  afterAll(async () => {
    await api.close();
    await db.close();
  });

  const figures = { equity: '100073.5', cash: '99998.5' };
  const held = { instrument: 'SIMF', quantity: '-3', mark: '99.75', notional: '-14962.5', value: '75' };

  test('every page shows cash without the notional, the profit so far as value, and the notional apart', async () => {
    const account = await get('/v1/accounts/paper');
    expectContract('showAccount', account);
    expect(account.body).toMatchObject({ ...figures, positions: [held] });
    const list = await get('/v1/accounts');
    expectContract('listAccounts', list);
    expect(list.body).toMatchObject({ items: [figures] });
    const portfolio = await get('/v1/accounts/paper/portfolio');
    expectContract('showPortfolio', portfolio);
    expect(portfolio.body).toMatchObject({
      ...figures,
      ...{ cashByAsset: { USD: '99998.5' }, positionsValue: '75', deposited: '100000', profit: '73.5' },
      today: { profit: '73.5' },
      positions: [
        {
          ...held,
          ...{ averagePrice: '100.25', cost: '-15037.5', unrealised: '75' },
          future: { multiplier: '50', lastTradingDay: '2099-12-31' },
        },
      ],
    });
  });

  test('the tables have a column for the notional, and only where there is a future', async () => {
    expect(await command('account', 'show', 'paper')).toMatch(/VALUE +NOTIONAL\n.*SIMF +-3 +99.75 +75 +-14962.5/);
    expect(await command('portfolio', 'show')).toMatch(/SIMF +-3 +100.25 +99.75 +-14962.5 +75 +75 /);
    await db.database.query(`SELECT book_fill('paper', 'paper', $1)`, [
      JSON.stringify({
        ...{ venueFillId: '2', venueOrderId: 'x', instrument: 'SIMF', side: 'buy', quantity: '3', price: '99.75' },
        ...{ fee: '1.5', feeAsset: 'USD', liquidity: 'taker', marketAt: '2017-06-14T15:00:00.000Z' },
      }),
    ]);
    expect(await command('account', 'show', 'paper')).not.toContain('NOTIONAL');
    expect(await command('portfolio', 'show')).not.toContain('NOTIONAL');
    expect((await get('/v1/accounts/paper')).body).toMatchObject({ equity: '100072', cash: '100072' });
  });
});
