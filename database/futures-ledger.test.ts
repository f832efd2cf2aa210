import fc from 'fast-check';
import { worthOf as notionalOf } from '../domain/instrument/worth';
import { dec, decimalString as d, text, ZERO } from '../domain/money/decimal';
import type { Decimal, DecimalString } from '../domain/money/decimal';
import type { Fill } from '../domain/order/order';
import type { Book } from '../domain/portfolio/book';
import { worthOf } from '../domain/portfolio/worth';
import type { Worth } from '../domain/portfolio/worth';
import { addFutures, MULTIPLIERS, termsOf } from '../tests/support/futures';
import type { FutureName } from '../tests/support/futures';
import { JournalLab } from '../tests/support/journal-desk';
import type { Desk } from '../tests/support/journal-desk';
import { bookEntry } from './ledger';
import { readLedger } from './ledger-reader';
import { readAccounts } from './registry-accounts';

let lab: JournalLab;
beforeAll(async () => {
  lab = await JournalLab.open();
  await addFutures(lab.database);
});
afterAll(() => lab.close());

const DEPOSITED = dec(100_000);
const NAMES = Object.keys(MULTIPLIERS) as FutureName[];

/** One execution; a venue may tell its fee later, or correct what it told first. */
interface Told {
  readonly contracts: number;
  readonly cents: number;
  readonly fee: number;
  readonly way: 'whole' | 'late-fee' | 'corrected';
}

const told: fc.Arbitrary<Told> = fc.record({
  contracts: fc.integer({ min: -9, max: 9 }).filter((contracts) => contracts !== 0),
  cents: fc.integer({ min: 1, max: 900_000 }),
  fee: fc.integer({ min: 1, max: 999 }),
  way: fc.constantFrom('whole' as const, 'late-fee' as const, 'corrected' as const),
});

const priceOf = ({ cents }: Pick<Told, 'cents'>): DecimalString => text(dec(cents).div(100));
const feeOf = ({ fee }: Told): DecimalString => text(dec(fee).div(100));

/** What the venue says of an execution, in the order in which it says it. */
function reportsOf(instrument: string, one: Told, n: number): readonly Fill[] {
  const fill = {
    ...{ venueFillId: String(n), venueOrderId: 'elsewhere', instrument, feeAsset: 'USD', liquidity: 'taker' },
    ...{ side: one.contracts > 0 ? 'buy' : 'sell', quantity: text(dec(Math.abs(one.contracts))), price: priceOf(one) },
    ...{ fee: feeOf(one), marketAt: `2026-01-05T15:00:${String(n).padStart(2, '0')}.000Z` },
  } as Fill;
  if (one.way === 'whole') return [fill];
  if (one.way === 'late-fee') return [{ ...fill, fee: d('0') }, fill];
  return [
    { ...fill, quantity: text(dec(fill.quantity).plus(1)), price: d('77.77') },
    { ...fill, revision: 1 },
  ];
}

async function bookAll(desk: Desk, instrument: string, all: readonly Told[]): Promise<Book> {
  for (const [n, one] of all.entries()) for (const fill of reportsOf(instrument, one, n)) await desk.report([], [fill]);
  const book = await readLedger(lab.database, desk.account);
  if (book === undefined) throw new Error('no book');
  return book;
}

const at = (book: Book, price: DecimalString): Worth =>
  worthOf(book, 'USD', { assetsOf: new Map(), priceOf: () => price });
const sum = (all: readonly Told[], of: (one: Told) => Decimal): Decimal =>
  all.reduce((total, one) => total.plus(of(one)), ZERO);

test('the database values a quantity as the domain does, to the last digit', async () => {
  const amount = fc.bigInt(-(10n ** 12n), 10n ** 12n).map((digits) => text(dec(digits.toString()).div(10_000)));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...NAMES), amount, amount, async (name, quantity, price) => {
      const { rows } = await lab.database.query<{ worth: string }>(
        'SELECT plain(worth_of(i, $2, $3)) AS worth FROM instruments i WHERE id = $1',
        [name, quantity, price],
      );
      expect(rows[0]?.worth).toBe(text(notionalOf({ future: termsOf(name) }, quantity, price)));
    }),
    { numRuns: 60 },
  );
});

test('the value is written into the plan of whoever asks for it: the fence calls no function for each row', async () => {
  const { rows } = await lab.database.query<{ 'QUERY PLAN': string }>(
    'EXPLAIN (VERBOSE) SELECT sum(worth_of(i, p.quantity, 2)) FROM account_positions p JOIN instruments i ON i.id = p.instrument',
  );
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  expect(plan).toContain('i.multiplier');
  expect(plan).not.toContain('worth_of');
});

test('a multiplier without a last trading day is refused: nothing but a future has one', async () => {
  await expect(lab.database.query("UPDATE instruments SET last_trading_day = NULL WHERE id = 'EXF50'")).rejects.toThrow(
    'instruments_future_check',
  );
  await expect(lab.database.query("UPDATE instruments SET multiplier = 'NaN' WHERE id = 'EXF50'")).rejects.toThrow(
    'multiplier_check',
  );
});

test('whatever is filled, told late or corrected: equity = deposits + realised + unrealised − fees, by every multiplier', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...NAMES),
      fc.array(told, { minLength: 1, maxLength: 7 }),
      fc.integer({ min: 1, max: 900_000 }),
      async (name, all, cents) => {
        const desk = await lab.desk();
        const book = await bookAll(desk, name, all);
        const mark = priceOf({ cents });
        const { equity, fees, cash, deposited, positionsValue, positions, realised, unrealised } = at(book, mark);
        expect(text(dec(deposited).plus(realised).plus(unrealised).minus(fees))).toBe(equity);
        expect(text(dec(cash).plus(positionsValue))).toBe(equity);
        // Said once more from the executions alone, as the contract pays: every point of every contract, and the fees.
        const paid = sum(all, (one) => dec(feeOf(one)));
        const points = sum(all, (one) => dec(one.contracts).mul(dec(mark).minus(priceOf(one))));
        expect(equity).toBe(text(DEPOSITED.plus(points.mul(MULTIPLIERS[name])).minus(paid)));
        // A future's value is its profit so far, and its notional is apart.
        const [position] = positions;
        expect(position?.value).toBe(position?.unrealised);
        const net = all.reduce((total, { contracts }) => total + contracts, 0);
        expect(position?.notional).toBe(text(dec(net).mul(mark).mul(MULTIPLIERS[name])));
        expect(cash).toBe(text(DEPOSITED.plus(realised).minus(paid)));
      },
    ),
    { numRuns: 25 },
  );
});

test('a multiplier of 1 is booked exactly as a stock is', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(told, { minLength: 1, maxLength: 5 }), async (all) => {
      const [stock, future] = [
        await bookAll(await lab.desk(), 'EXA', all),
        await bookAll(await lab.desk(), 'EXF1', all),
      ];
      const bare = ({ positions, ...book }: Book) => ({
        ...book,
        positions: positions.map(({ cost, lots, quantity, realised }) => ({ cost, lots, quantity, realised })),
      });
      expect(bare(future)).toEqual(bare(stock));
      expect(at(future, d('99.5')).equity).toBe(at(stock, d('99.5')).equity);
    }),
    { numRuns: 8 },
  );
});

test('a round trip of n contracts changes the cash by n × Δprice × multiplier − fees, long or short', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...NAMES),
      told,
      fc.integer({ min: 1, max: 900_000 }),
      async (name, opened, cents) => {
        const closed: Told = { ...opened, contracts: -opened.contracts, cents, way: 'whole' };
        const desk = await lab.desk();
        const { cash, positions } = await bookAll(desk, name, [opened, closed]);
        const made = dec(opened.contracts)
          .mul(dec(priceOf(closed)).minus(priceOf(opened)))
          .mul(MULTIPLIERS[name]);
        expect(cash['USD'] ?? '0').toBe(text(DEPOSITED.plus(made).minus(feeOf(opened)).minus(feeOf(closed))));
        expect(positions[0]).toMatchObject({ quantity: '0', cost: '0', realised: text(made) });
        // What the accounts page reads is the same.
        const [account] = await readAccounts(lab.database, desk.account);
        expect(account).toMatchObject({ cash: cash['USD'] ?? '0', equity: cash['USD'] ?? '0', positions: [] });
      },
    ),
    { numRuns: 20 },
  );
});

test('the accounts page shows cash without the notional, and equity as cash and the profit so far', async () => {
  const desk = await lab.desk();
  await bookAll(desk, 'EXF50', [{ contracts: 3, cents: 500_025, fee: 630, way: 'whole' }]);
  await lab.database.query(`INSERT INTO marks VALUES ($1, 'EXF50', 4990, now())`, [desk.account]);
  const [account] = await readAccounts(lab.database, desk.account);
  // 3 × 4990 × 50 = 748500, which cost 3 × 5000.25 × 50 = 750037.5.
  expect(account).toMatchObject({ cash: '99993.7', equity: '98456.2' });
  expect(account?.positions).toEqual([
    { instrument: 'EXF50', quantity: '3', mark: '4990', notional: '748500', value: '-1537.5' },
  ]);
  // The books hold it gross: the fence's and the risk check's equity is the same.
  const { rows } = await lab.database.query<{ booked: string }>(
    'SELECT plain(cash_of(a)) AS booked FROM accounts a WHERE name = $1',
    [desk.account],
  );
  expect(rows[0]?.booked).toBe('-650043.8');
});

test('contracts that are no trade are no value from outside: an entry that says so is refused', async () => {
  const { account } = await lab.desk();
  const answer = await bookEntry(lab.database, {
    ...{ account, kind: 'deposit', source: 'in:1', instrument: 'EXF50' },
    legs: [
      { ledgerAccount: 'position:EXF50', asset: 'EXF50', amount: d('1'), cost: d('250000') },
      { ledgerAccount: 'external', asset: 'EXF50', amount: d('-1') },
    ],
  });
  expect(answer).toMatchObject({ result: 'refused', code: 'wrong_counterpart' });
});
