import { createRiskCommands } from '../../api/risk-commands';
import { viewPortfolio } from '../../activities/risk/portfolio';
import { pricesNow, readBook, readBooksOf, readDays } from '../../database/ledger-reader';
import { RiskStore } from '../../database/risk';
import { instant } from '../../domain/clock/instant';
import { dec, decimalString as d, text } from '../../domain/money/decimal';
import { dailyResults } from '../../domain/portfolio/performance';
import { worthOf } from '../../domain/portfolio/worth';
import type { MarketData } from '../../domain/signal/market-data';
import type { TradeSpec } from '../../domain/trade/spec';
import { exitUpdate } from '../../temporal/messages/trade';
import { ledgerAgainstVenue } from '../support/conservation';
import { Stage } from '../support/stage';

describe('the ledger of an account that trades', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open();
  });
  afterAll(() => stage.close());

  const differences = () => ledgerAgainstVenue(stage.harness.database, stage.harness.account);

  /** A trade that the price alone brings to its end. */
  async function trade(price: number, spec: Partial<TradeSpec> = {}): Promise<void> {
    const scene = stage.scene();
    const tradeId = await stage.start(scene, spec);
    await stage.protected(tradeId);
    expect(await differences()).toEqual([]);
    scene.tape.set(price);
    await stage.ended(tradeId);
  }

  test('agrees with the venue’s own tables to the last digit, after each of its trades', async () => {
    await trade(103, { takeProfitPrice: d('102'), maxQuantity: d('3.37') });
    expect(await differences()).toEqual([]);
    await trade(93.17, { maxQuantity: d('7.91') });
    expect(await differences()).toEqual([]);
    await trade(96.3, {
      direction: 'short',
      stopPrice: d('106.11'),
      takeProfitPrice: d('96.5'),
      maxQuantity: d('0.73'),
    });
    expect(await differences()).toEqual([]);
    const held = await stage.start(stage.scene(), { maxQuantity: d('4.19') });
    await stage.protected(held);
    expect(await differences()).toEqual([]);

    // The judge sees a cent, and a hundred-millionth of a unit.
    const { database, account } = stage.harness;
    await database.query('UPDATE paper.books SET cash = cash + 0.01 WHERE account = $1', [account]);
    expect(await differences()).toMatchObject([{ what: 'cash:USD' }]);
    await database.query('UPDATE paper.books SET cash = cash - 0.01 WHERE account = $1', [account]);
    await database.query(
      'UPDATE paper.positions SET quantity = quantity + 0.00000001 WHERE account = $1 AND quantity <> 0',
      [account],
    );
    expect(await differences()).toHaveLength(1);
    await database.query(
      'UPDATE paper.positions SET quantity = quantity - 0.00000001 WHERE account = $1 AND quantity <> 0',
      [account],
    );
    expect(await differences()).toEqual([]);

    await agreesWithRisk();
    const measured = await createRiskCommands(stage.harness.client).measure(account);
    // 4.19 units near 100 without a history: 1.645 and 2.326 times the assumed 5 % of their value, by every method.
    expect(measured).toMatchObject({
      kind: 'measured',
      risk: { account, days: 0, positions: { length: 2 }, stress: { length: 4 } },
    });
    if (measured.kind !== 'measured') throw new Error('not measured');
    const [tail] = measured.risk.tails;
    expect(Number(tail?.valueAtRisk)).toBeCloseTo(1.6449 * 0.05 * Number(measured.risk.positions[0]?.value), 1);
    // The stop stands at 95; a market that opens 5 % below it closes the position at 90.25.
    const gap = measured.risk.stress.find(({ scenario }) => scenario.includes('beyond its stop'));
    const mark = Number(measured.risk.positions[0]?.value) / 4.19;
    expect(Number(gap?.profit)).toBeCloseTo(4.19 * (90.25 - mark), 6);
    await stage.harness.handle(held).executeUpdate(exitUpdate, { args: [{ by: 'tester' }] });
    await stage.ended(held);
    expect(await differences()).toEqual([]);
  });

  /** Equity and the day's profit are the same where the ledger shows them and where risk measures them, at the same prices. */
  async function agreesWithRisk(): Promise<void> {
    const { database, account } = stage.harness;
    const books = await readBooksOf(database, account);
    if (books === undefined) throw new Error('no books');
    const prices = await pricesNow(database, books);
    const market: MarketData = {
      quote: (instrument, at) => {
        const price = prices.priceOf(instrument) ?? d('100');
        return Promise.resolve({ instrument, price, bid: price, ask: price, at });
      },
      bars: () => Promise.resolve([]),
      maxPrintGap: () => 1_000,
      endsAt: () => undefined,
    };
    const sources = { trades: stage.harness.trades, risk: new RiskStore(database) };
    const scope = { account, strategy: '', instrument: '', tradeId: '' };
    const { portfolio } = await viewPortfolio(sources, market, scope, Date.now());
    const worth = worthOf(await readBook(database, books), books.currency, prices);
    expect(portfolio.equity).toBe(worth.equity);
    // All of it happened today, unless midnight passed: both count from the same one.
    const from = instant(Date.now() - 86_400_000).slice(0, 10);
    const { opening, days } = await readDays(database, books, from, books.now.slice(0, 10));
    const results = dailyResults(opening, days, books.currency);
    expect(results.at(-1)?.equity).toBe(worth.equity);
    expect(text(dec(portfolio.realisedToday).plus(portfolio.unrealisedToday))).toBe(results.at(-1)?.profit);
    expect(worth.profit).toBe(text(dec(worth.equity).minus(worth.deposited)));
    expect(worth.deposited).toBe('100000');
  }
});
