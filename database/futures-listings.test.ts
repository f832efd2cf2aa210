import { decimalString as d } from '../domain/money/decimal';
import type { Instrument } from '../domain/instrument/instrument';
import { JournalLab } from '../tests/support/journal-desk';
import type { Desk } from '../tests/support/journal-desk';
import { ExchangeAccounts } from './exchange-accounts';
import { RiskStore } from './risk';

let lab: JournalLab;
beforeAll(async () => {
  lab = await JournalLab.open();
});
afterAll(() => lab.close());

const listing = (id: string, future?: Instrument['future']): Instrument => ({
  ...{ id, description: id, calendar: 'CME', baseAsset: id, quoteAsset: 'USD' },
  ...{ tick: d('0.25'), lot: d('1'), minQuantity: d('1'), minNotional: d('0'), maxBaseFeeRate: d('0') },
  extendedHours: false,
  ...(future === undefined ? {} : { future }),
});
const terms = (multiplier: string, lastTradingDay: string) => ({ multiplier: d(multiplier), lastTradingDay });
const store = ({ account }: Desk, ...listed: Instrument[]): Promise<void> =>
  new ExchangeAccounts(lab.database).storeListings(account, listed);
const stored = async (desk: Desk, id: string) =>
  (await new RiskStore(lab.database).place(desk.account, id))?.instrument.future;
const fill = (instrument: string) => ({
  ...{ venueFillId: '1', venueOrderId: 'x', instrument, side: 'buy' as const, quantity: d('1'), price: d('100') },
  ...{ fee: d('0'), feeAsset: 'USD', liquidity: 'taker' as const, marketAt: '2026-01-05T15:00:00.000Z' as never },
});

test('what a venue lists of a future is kept, and read back by whoever reads the instrument', async () => {
  const desk = await lab.desk('ib');
  await store(desk, listing('ESH6', terms('50', '2026-03-20')), listing('AAPL'));
  expect(await stored(desk, 'ESH6')).toEqual({ multiplier: '50', lastTradingDay: '2026-03-20' });
  expect(await stored(desk, 'AAPL')).toBeUndefined();
});

test('a name may be given to another contract while nothing is booked in it', async () => {
  const desk = await lab.desk('ib');
  await store(desk, listing('ROLL', terms('50', '2026-03-20')));
  await store(desk, listing('ROLL', terms('5', '2026-06-19')));
  expect(await stored(desk, 'ROLL')).toEqual({ multiplier: '5', lastTradingDay: '2026-06-19' });
});

test('the multiplier of a contract that was booked never changes: its books would be another account', async () => {
  const desk = await lab.desk('ib');
  await store(desk, listing('KEPT', terms('50', '2026-03-20')));
  await desk.report([], [fill('KEPT')]);
  await expect(store(desk, listing('KEPT', terms('5', '2026-03-20')))).rejects.toThrow(
    'KEPT is booked with a multiplier of 50 and a last trading day of 2026-03-20, and its venue now says 5 and 2026-03-20',
  );
  await expect(store(desk, listing('KEPT'))).rejects.toThrow('now says 1 and none');
});

test('of a contract that is held the earlier last trading day counts; of one that is flat the one that is told', async () => {
  const desk = await lab.desk('ib');
  await store(desk, listing('DAY', terms('50', '2026-03-20')));
  await desk.report([], [fill('DAY')]);
  await store(desk, listing('DAY', terms('50', '2026-06-19')));
  expect((await stored(desk, 'DAY'))?.lastTradingDay).toBe('2026-03-20');
  await store(desk, listing('DAY', terms('50', '2026-03-19')));
  expect((await stored(desk, 'DAY'))?.lastTradingDay).toBe('2026-03-19');
  await desk.report([], [{ ...fill('DAY'), venueFillId: '2', side: 'sell' }]);
  await store(desk, listing('DAY', terms('50', '2026-06-19')));
  expect((await stored(desk, 'DAY'))?.lastTradingDay).toBe('2026-06-19');
});

test('of one name that two accounts list with different days, the earlier counts until both tell the later one', async () => {
  const [one, other] = [await lab.desk('ib'), await lab.desk('ib')];
  await store(one, listing('TWO', terms('50', '2026-03-20')));
  await store(other, listing('TWO', terms('50', '2026-06-19')));
  expect((await stored(other, 'TWO'))?.lastTradingDay).toBe('2026-03-20');
  await store(one, listing('TWO', terms('50', '2026-06-19')));
  expect((await stored(other, 'TWO'))?.lastTradingDay).toBe('2026-06-19');
});
