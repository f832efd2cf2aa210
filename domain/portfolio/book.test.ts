import type { Instant } from '../clock/instant';
import { decimalString as d } from '../money/decimal';
import type { DecimalString } from '../money/decimal';
import { bookOf } from './book';
import type { BookedPosition, InstrumentAssets } from './book';
import type { BookedEntry, EntryKind, LedgerLeg } from './entry';
import type { CostBasis } from './lots';
import { worthOf } from './worth';

const ASSETS = new Map<string, InstrumentAssets>([
  ['EXA', { baseAsset: 'EXA', quoteAsset: 'USD' }],
  ['BNB/USD', { baseAsset: 'BNB', quoteAsset: 'USD' }],
  ['USD/CHF', { baseAsset: 'USD', quoteAsset: 'CHF' }],
]);

let sequence = 0;
const entry = (kind: EntryKind, instrument: string | null, legs: readonly LedgerLeg[], day = 1): BookedEntry => {
  sequence += 1;
  return {
    ...{
      id: sequence,
      kind,
      source: `s${String(sequence).padStart(3, '0')}`,
      instrument,
      tradeId: null,
      corrects: null,
    },
    ...{ passage: 0, marketAt: `2026-01-0${day}T15:00:00.000Z` as Instant, actor: null, reason: null, legs },
  };
};
const leg = (ledgerAccount: LedgerLeg['ledgerAccount'], asset: string, amount: string, cost?: string): LedgerLeg => ({
  ...{ ledgerAccount, asset, amount: d(amount) },
  ...(cost === undefined ? {} : { cost: d(cost) }),
});
const opposite = (amount: string): string => (amount.startsWith('-') ? amount.slice(1) : `-${amount}`);
const traded = (units: string, money: string, fee?: LedgerLeg[]): BookedEntry =>
  entry('fill', 'EXA', [
    leg('position:EXA', 'EXA', units),
    leg('trading:EXA', 'EXA', opposite(units)),
    leg('cash:USD', 'USD', money),
    leg('trading:EXA', 'USD', opposite(money)),
    ...(fee ?? []),
  ]);
const position = (entries: readonly BookedEntry[], basis: CostBasis = 'fifo'): Partial<BookedPosition> | undefined =>
  bookOf(entries, ASSETS, basis).positions.find(({ instrument }) => instrument === 'EXA');
const worth = (entries: readonly BookedEntry[], prices: Record<string, string>, currency = 'USD') =>
  worthOf(bookOf(entries, ASSETS, 'fifo'), currency, {
    assetsOf: ASSETS,
    priceOf: (instrument) => prices[instrument] as DecimalString | undefined,
  });

describe('positions by lots', () => {
  const bought = [traded('10', '-1000'), traded('10', '-1200')];

  test('first in, first out: a sale takes the oldest units', () => {
    // 15 sold at 130: 10 had cost 1000, 5 had cost 600.
    expect(position([...bought, traded('-15', '1950')])).toMatchObject({
      quantity: '5',
      cost: '600',
      realised: '350',
      lots: [{ units: '5', cost: '600' }],
    });
  });

  test('average: a sale takes a part of all', () => {
    // 20 had cost 2200: 15 of them 1650.
    expect(position([...bought, traded('-15', '1950')], 'average')).toMatchObject({
      quantity: '5',
      cost: '550',
      realised: '300',
      lots: [{ units: '5', cost: '550' }],
    });
  });

  test('a sale of more than is held closes the long and opens a short at its price', () => {
    // 10 for 1000; 25 sold at 104: 1040 − 1000 realised, 15 short that brought 1560.
    expect(position([traded('10', '-1000'), traded('-25', '2600')])).toMatchObject({
      quantity: '-15',
      cost: '-1560',
      realised: '40',
    });
  });

  test('a short that is bought back lower has gained', () => {
    expect(position([traded('-10', '1000'), traded('4', '-360')])).toMatchObject({
      quantity: '-6',
      cost: '-600',
      realised: '40',
    });
  });

  test('thirds lose nothing: what rounding leaves stays in the lot', () => {
    const sold = position([traded('3', '-1'), traded('-1', '1'), traded('-1', '1'), traded('-1', '1')]);
    expect(sold).toMatchObject({ quantity: '0', cost: '0', realised: '2', lots: [] });
  });

  test('a fee in units is worth the price of its trade, and shrinks the position', () => {
    const fee = [leg('position:EXA', 'EXA', '-0.1'), leg('fees', 'EXA', '0.1')];
    expect(position([traded('10', '-1000', fee)])).toMatchObject({
      quantity: '9.9',
      cost: '990',
      realised: '0',
      feesInKind: '10',
    });
  });

  test('a fee in units without a trade is worth what the units had cost', () => {
    const fee = entry('fee', 'EXA', [leg('position:EXA', 'EXA', '-1'), leg('fees', 'EXA', '1')], 2);
    expect(position([traded('10', '-1000'), fee])).toMatchObject({
      quantity: '9',
      cost: '900',
      realised: '0',
      feesInKind: '100',
    });
  });

  test('units that come from outside are a deposit of their cost', () => {
    const arrived = entry('deposit', 'EXA', [leg('position:EXA', 'EXA', '2', '210'), leg('external', 'EXA', '-2')]);
    expect(position([arrived])).toMatchObject({ quantity: '2', cost: '210', realised: '0' });
    expect(worth([arrived], { EXA: '110' })).toMatchObject({
      equity: '220',
      deposited: '210',
      unrealised: '10',
      profit: '10',
    });
  });

  test('an instrument that nobody knows is an error, not a guess', () => {
    expect(() => bookOf([entry('fill', 'NONE', [])], ASSETS, 'fifo')).toThrow(
      'instrument NONE of the ledger is not known',
    );
  });
});

describe('an account’s worth', () => {
  const deposit = entry('deposit', null, [leg('cash:USD', 'USD', '1000'), leg('external', 'USD', '-1000')]);
  const interest = entry('interest', null, [leg('cash:USD', 'USD', '2.5'), leg('income', 'USD', '-2.5')]);
  const found = entry('correction', null, [leg('cash:USD', 'USD', '-0.75'), leg('suspense', 'USD', '0.75')]);

  test('is its deposits and what was made of them', () => {
    const fee = [leg('cash:USD', 'USD', '-0.4'), leg('fees', 'USD', '0.4')];
    const entries = [deposit, traded('4', '-400', fee), traded('-1', '103'), interest, found];
    // Cash 1000 − 400 − 0.4 + 103 + 2.5 − 0.75 = 704.35, and 3 at 101 are 303.
    expect(worth(entries, { EXA: '101' })).toMatchObject({
      ...{
        equity: '1007.35',
        cash: '704.35',
        positionsValue: '303',
        deposited: '1000',
        realised: '3',
        unrealised: '3',
      },
      ...{ fees: '0.4', income: '2.5', found: '-0.75', profit: '7.35', rates: [], unvalued: [] },
    });
  });

  test('is that of the example in docs/portfolio.md', () => {
    const fee = (amount: string): LedgerLeg[] => [leg('cash:USD', 'USD', `-${amount}`), leg('fees', 'USD', amount)];
    const opening = entry('deposit', null, [leg('cash:USD', 'USD', '100000'), leg('external', 'USD', '-100000')]);
    const entries = [opening, traded('2', '-4861', fee('4.861')), traded('-1.5', '3675', fee('3.675'))];
    expect(worth(entries, { EXA: '2440' })).toMatchObject({
      ...{
        cash: '98805.464',
        equity: '100025.464',
        realised: '29.25',
        unrealised: '4.75',
        fees: '8.536',
        profit: '25.464',
      },
      positions: [{ cost: '1215.25', value: '1220' }],
    });
  });

  test('other currencies count by named rates, either way round', () => {
    const fee = [leg('cash:BNB', 'BNB', '-0.01'), leg('fees', 'BNB', '0.01')];
    const francs = entry('deposit', null, [leg('cash:CHF', 'CHF', '80'), leg('external', 'CHF', '-80')]);
    expect(
      worth([deposit, francs, traded('1', '-100', fee)], { EXA: '100', 'BNB/USD': '600', 'USD/CHF': '0.8' }),
    ).toMatchObject({
      // 900 + 80 / 0.8 − 0.01 × 600 + 100
      ...{ equity: '1094', deposited: '1100', fees: '6', profit: '-6', unvalued: [] },
      rates: [
        { asset: 'BNB', currency: 'USD', rate: '600', name: 'price of BNB/USD' },
        { asset: 'CHF', currency: 'USD', rate: '1.25', name: '1 / price of USD/CHF' },
      ],
    });
  });

  test('what has no price counts as nothing, and is said', () => {
    const fee = [leg('cash:BNB', 'BNB', '-0.01'), leg('fees', 'BNB', '0.01')];
    expect(worth([deposit, traded('1', '-100', fee)], {})).toMatchObject({ equity: '900', unvalued: ['BNB', 'EXA'] });
  });
});
