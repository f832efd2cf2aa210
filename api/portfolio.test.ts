import { bookEntry } from '../database/ledger';
import { resetClock } from '../database/registry-accounts';
import { decimalString as d } from '../domain/money/decimal';
import type { EntryView, ProfitView } from './contract/portfolio-views';
import type { Page } from './contract/views';
import { runCli } from '../tests/support/cli';
import { expectContract, openTestApi, type TestApi } from '../tests/support/api';
import {
  createSeededDatabase,
  REPLAY_START,
  storeFilledEntry,
  storeTrade,
  type SeededDatabase,
} from '../tests/support/seeded-database';

const PATH = '/v1/accounts/paper';

describe('the ledger by API and command line', () => {
  let db: SeededDatabase;
  let test_: TestApi;
  const get = (path: string) => test_.as('viewer').get(`${PATH}/${path}`);
  /** The body of an answer, as the contract of its route has it. */
  const body = async <View>(path: string): Promise<View> => (await get(path)).body as View;
  /** A command against this API. */
  const command = (...line: string[]) =>
    runCli(line, {
      fetch: async (url) => {
        const { pathname, search } = new URL(url);
        const answer = await test_.as('viewer').get(pathname + search);
        return Response.json(answer.body, { status: answer.status });
      },
    });

  beforeAll(async () => {
    db = await createSeededDatabase();
    // Two units at 2430.5 with a fee of 4.861, on 14 June 2017.
    await storeFilledEntry(db.database, await storeTrade(db.database, 'one'), 'a'.repeat(32));
    await db.database.query(
      `INSERT INTO marks (account, instrument, price, market_at) VALUES ('paper', 'US500', 2440, '2017-06-14T15:00:00Z')`,
    );
    test_ = await openTestApi(db.url);
  });
  afterAll(async () => {
    await test_.close();
    await db.close();
  });

  test('shows what the account is worth, and what of it was deposited and made', async () => {
    const response = await get('portfolio');
    expectContract('showPortfolio', response);
    // 100000 − 2 × 2430.5 − 4.861; 2 × 2440; 2 × (2440 − 2430.5) − 4.861
    expect(response.body).toMatchObject({
      ...{ account: 'paper', currency: 'USD', costBasis: 'fifo', cashByAsset: { USD: '95134.139' } },
      ...{ equity: '100014.139', positionsValue: '4880', deposited: '100000', unrealised: '19', fees: '4.861' },
      ...{ profit: '14.139', realised: '0', unvalued: [], rates: [] },
      today: { date: '2017-06-14', profit: '14.139', deposited: '100000' },
      positions: [{ instrument: 'US500', quantity: '2', averagePrice: '2430.5', lots: [{ units: '2', cost: '4861' }] }],
    });
    expect((await test_.as('viewer').get(PATH)).body).toMatchObject({
      equity: '100014.139',
      cash: '95134.139',
    });
  });

  test('lists positions, and the entries page by page', async () => {
    const positions = await get('positions?all=true');
    expectContract('listPositions', positions);
    expect(positions.body).toMatchObject({ items: [{ mark: '2440', value: '4880', unrealised: '19' }] });
    const first = await get('ledger?limit=1');
    expectContract('listEntries', first);
    const { items, nextCursor } = first.body as Page<EntryView>;
    expect(items).toMatchObject([{ kind: 'fill', tradeId: 'paper:one', legs: { length: 6 } }]);
    expect(await body(`ledger?limit=1&cursor=${nextCursor}`)).toMatchObject({
      items: [{ kind: 'deposit', source: 'opening:1' }],
      nextCursor: null,
    });
    expect(await body('ledger?kind=deposit')).toMatchObject({ items: { length: 1 } });
    expect(await body('ledger?instrument=USCOMP')).toMatchObject({ items: [] });
  });

  test('shows each day at its close, and only what was known then', async () => {
    await db.database.query(`SELECT move_clock('paper', '2017-06-16T12:00:00Z', false)`).catch(() => undefined);
    await db.database.query(`UPDATE account_clocks SET market_time = '2017-06-16T14:00:00Z' WHERE account = 'paper'`);
    await bookEntry(db.database, {
      ...{ account: 'paper', kind: 'interest', source: 'interest:1', marketAt: '2017-06-15T20:00:00.000Z' as never },
      legs: [
        { ledgerAccount: 'cash:USD', asset: 'USD', amount: d('1.25') },
        { ledgerAccount: 'income', asset: 'USD', amount: d('-1.25') },
      ],
    });
    const { rows } = await db.database.query<{ close: string }>(
      `SELECT plain(close) AS close FROM daily_bars WHERE instrument = 'US500' AND date IN ('2017-06-14', '2017-06-15') ORDER BY date`,
    );
    const [wednesday, thursday] = rows.map(({ close }) => Number(close));
    const response = await get('pnl?from=2017-06-14');
    expectContract('showProfit', response);
    const { days, total } = response.body as ProfitView;
    const [first, second, third] = days;
    expect(days.map(({ date }) => date)).toEqual(['2017-06-14', '2017-06-15', '2017-06-16']);
    expect(Number(first?.equity)).toBeCloseTo(95134.139 + 2 * (wednesday ?? 0), 6);
    expect(Number(second?.unrealised)).toBeCloseTo(2 * ((thursday ?? 0) - (wednesday ?? 0)), 6);
    expect(second).toMatchObject({ income: '1.25', realised: '0', fees: '0', deposited: '0' });
    // The last mark that the watcher saw is the price of the day that goes on.
    expect(third).toMatchObject({ equity: '100015.389' });
    expect(total).toMatchObject({
      equity: '100015.389',
      profit: '15.389',
      fees: '4.861',
      income: '1.25',
      deposited: '100000',
    });
  });

  test('refuses what is not there or the wrong way round', async () => {
    expect((await test_.as('viewer').get('/v1/accounts/nobody/portfolio')).status).toBe(404);
    const turned = await get('pnl?from=2017-06-15&to=2017-06-14');
    expect(turned.status).toBe(422);
    expect(turned.body).toMatchObject({ errors: [{ field: 'from', message: 'must not be after the last day' }] });
    expect(await body('pnl?from=2001-01-01&to=2017-06-14')).toMatchObject({
      detail: expect.stringContaining('ten years') as string,
    });
    expect((await get('ledger?kind=gift')).status).toBe(422);
    expect((await test_.request.get(`${PATH}/portfolio`)).status).toBe(401);
  });

  test('the command line shows the same', async () => {
    const shown = await command('portfolio', 'show');
    expect(shown.stdout).toMatch(/equity: +100015\.389/);
    expect(shown.stdout).toMatch(/US500 +2 +2430\.5 +2440 +4880 +19/);
    expect(JSON.parse((await command('portfolio', 'show', '--json')).stdout)).toMatchObject({ profit: '15.389' });
    expect((await command('portfolio', 'positions', '--all')).stdout).toMatch(
      /US500 +2017-06-14 14:00:00 +2 +4861 +USD/,
    );
    expect((await command('portfolio', 'pnl', '--from', '2017-06-14', '--to', '2017-06-15')).stdout).toMatch(/^all /m);
    const ledger = await command('portfolio', 'ledger', '--limit', '2');
    expect(ledger.stdout).toMatch(/fill .*position:US500 +2 +US500 +paper:one/);
    expect(ledger.stdout).toContain('There are more');
    expect((await command('portfolio', 'show', '--account', 'nobody')).code).toBe(1);
  });

  test('another passage of the same days begins with what the one before left', async () => {
    await db.database.query(
      `INSERT INTO fills (venue, account, instrument, venue_order_id, venue_fill_id, side, quantity, price, fee, fee_asset,
         liquidity, market_at, position_change, cash_change)
       VALUES ('paper', 'paper', 'US500', 'x', '1', 'sell', 2, 2445, 0, 'USD', 'taker', '2017-06-16T14:00:00Z', -2, 4890)`,
    );
    await db.database.query(`UPDATE trades SET phase = 'ended', outcome = 'completed' WHERE phase <> 'ended'`);
    expect(await resetClock(db.database, 'paper', REPLAY_START)).toBe('moved');
    // 100000 + 2 × (2445 − 2430.5) − 4.861 + 1.25
    expect(await body('pnl?from=2017-06-14&to=2017-06-16')).toMatchObject({
      days: [{ date: '2017-06-14', equity: '100025.389', profit: '0' }],
      total: { profit: '0' },
    });
    expect(await body('portfolio')).toMatchObject({ realised: '29', profit: '25.389', positions: [] });
  });
});
