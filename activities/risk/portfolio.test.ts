import { millisOf } from '../../domain/clock/instant';
import { decimalString as d } from '../../domain/money/decimal';
import type { Fill } from '../../domain/order/order';
import type { MarketData } from '../../domain/signal/market-data';
import { RiskStore } from '../../database/risk';
import { addFutures, termsOf } from '../../tests/support/futures';
import { JournalLab } from '../../tests/support/journal-desk';
import { viewPortfolio } from './portfolio';

let lab: JournalLab;
beforeAll(async () => {
  lab = await JournalLab.open();
  await addFutures(lab.database);
});
afterAll(() => lab.close());

const NOW = millisOf('2026-01-05T15:00:00.000Z');

/** The price was 101 when the day began, and is 103. */
const market: MarketData = {
  quote: (instrument, at) => {
    const price = d(at < NOW ? '101' : '103');
    return Promise.resolve({ instrument, price, bid: price, ask: price, at });
  },
  bars: () => Promise.resolve([]),
  maxPrintGap: () => 1_000,
  endsAt: () => undefined,
};

const fill = (id: string, side: 'buy' | 'sell', quantity: string, price: string, marketAt: string, fee = '0') =>
  ({
    ...{ venueFillId: id, venueOrderId: 'x', instrument: 'EXF50', side, quantity: d(quantity), price: d(price) },
    ...{ fee: d(fee), feeAsset: 'USD', liquidity: 'taker', marketAt },
  }) as Fill;

test('a future counts its multiplier in what is held, in the day’s profit, and in what was closed today', async () => {
  const desk = await lab.desk();
  const scope = { account: desk.account, strategy: 'manual', instrument: 'EXF50', tradeId: '' };
  const view = async () =>
    (await viewPortfolio({ trades: desk.trades, risk: new RiskStore(lab.database) }, market, scope, NOW)).portfolio;
  await desk.report([], [fill('1', 'buy', '2', '100', '2026-01-04T15:00:00.000Z')]);
  // Two contracts carried in at 101 and now at 103: 2 × 2 × 50 since the day began, 2 × 3 × 50 in all.
  expect(await view()).toMatchObject({
    ...{ equity: '100300', realisedToday: '0', unrealisedToday: '200' },
    exposures: [{ instrument: 'EXF50', quantity: '2', mark: '103', future: termsOf('EXF50') }],
  });
  await desk.report([], [fill('2', 'sell', '2', '103', '2026-01-05T14:00:00.000Z', '1')]);
  // Flat: no position tells the multiplier any more, and the same two hundred less the fee were made today.
  expect(await view()).toMatchObject({ equity: '100299', realisedToday: '-1', unrealisedToday: '200' });
});
