import fc from 'fast-check';
import type { Instant } from '../clock/instant';
import { dec, decimalString as d, text, ZERO } from '../money/decimal';
import type { Decimal, DecimalString } from '../money/decimal';
import { bookOf } from './book';
import type { Book } from './book';
import type { BookedEntry, EntryKind, LedgerLeg } from './entry';
import { COST_BASES } from './lots';
import { worthOf } from './worth';

const ASSETS = new Map([
  ['EXA', { baseAsset: 'EXA', quoteAsset: 'USD' }],
  ['EXB', { baseAsset: 'EXB', quoteAsset: 'USD' }],
]);
const at = (minute: number): Instant => new Date(Date.UTC(2026, 0, 5, 15, minute)).toISOString() as Instant;

/** One thing that happens at a venue, from which entries follow. */
type Happening =
  | { kind: 'trade'; instrument: 'EXA' | 'EXB'; units: number; cents: number; fee: number; feeAsset: 'USD' | 'base' }
  | { kind: 'income' | 'deposit'; cents: number };
/** A trade may be told in parts: its fee later, or first with other figures and corrected afterwards. */
type Told = { happening: Happening; minute: number; way: 'whole' | 'late-fee' | 'corrected' };

const trade = fc.record({
  kind: fc.constant('trade' as const),
  instrument: fc.constantFrom('EXA' as const, 'EXB' as const),
  units: fc.integer({ min: -500, max: 500 }).filter((units) => units !== 0),
  cents: fc.integer({ min: 1, max: 100_000 }),
  fee: fc.integer({ min: 0, max: 30 }),
  feeAsset: fc.constantFrom('USD' as const, 'base' as const),
});
const money = fc.record({
  kind: fc.constantFrom('income' as const, 'deposit' as const),
  cents: fc.integer({ min: -90_000, max: 90_000 }).filter((cents) => cents !== 0),
});
const told = fc.record({
  happening: fc.oneof({ weight: 5, arbitrary: trade }, { weight: 1, arbitrary: money }),
  minute: fc.integer({ min: 0, max: 20 }),
  way: fc.constantFrom('whole' as const, 'late-fee' as const, 'corrected' as const),
});

const hundredths = (n: number): Decimal => dec(n).div(100);
type LegOrNot = LedgerLeg | undefined;
const leg = (ledgerAccount: LedgerLeg['ledgerAccount'], asset: string, amount: Decimal): LegOrNot =>
  amount.isZero() ? undefined : { ledgerAccount, asset, amount: text(amount) };
const legs = (...all: LegOrNot[]): readonly LedgerLeg[] => all.filter((one) => one !== undefined);

function execution(
  { instrument, units, cents }: Extract<Happening, { kind: 'trade' }>,
  factor = 1,
): readonly LedgerLeg[] {
  const [quantity, value] = [hundredths(units).mul(factor), hundredths(units).mul(hundredths(cents)).mul(factor)];
  return legs(
    leg(`position:${instrument}`, instrument, quantity),
    leg(`trading:${instrument}`, instrument, quantity.neg()),
    leg('cash:USD', 'USD', value.neg()),
    leg(`trading:${instrument}`, 'USD', value),
  );
}

function feeLegs({ instrument, fee, feeAsset }: Extract<Happening, { kind: 'trade' }>): readonly LedgerLeg[] {
  const amount = hundredths(fee);
  return feeAsset === 'USD'
    ? legs(leg('cash:USD', 'USD', amount.neg()), leg('fees', 'USD', amount))
    : legs(leg(`position:${instrument}`, instrument, amount.neg()), leg('fees', instrument, amount));
}

/** The ledger's entries of what happened; `whole` in one entry each, otherwise as it was told. */
function entriesOf(all: readonly Told[], asTold: boolean): readonly BookedEntry[] {
  const entries: BookedEntry[] = [];
  const book = (n: number, part: number, kind: EntryKind, parts: readonly LedgerLeg[]): void => {
    const happening = all[n]?.happening;
    if (parts.length === 0 || happening === undefined) return;
    entries.push({
      id: n * 10 + part,
      kind,
      source: `${String(n).padStart(4, '0')}:${part}`,
      instrument: happening.kind === 'trade' ? happening.instrument : null,
      tradeId: null,
      corrects: part === 0 ? null : n * 10,
      passage: 0,
      marketAt: at(all[n]?.minute ?? 0),
      actor: null,
      reason: null,
      legs: parts,
    });
  };
  all.forEach(({ happening, way }, n) => {
    if (happening.kind !== 'trade') {
      const [amount, other] = [
        hundredths(happening.cents),
        happening.kind === 'income' ? 'income' : 'external',
      ] as const;
      book(
        n,
        0,
        happening.kind === 'income' ? 'interest' : 'deposit',
        legs(leg('cash:USD', 'USD', amount), leg(other, 'USD', amount.neg())),
      );
    } else if (!asTold || way === 'whole') book(n, 0, 'fill', [...execution(happening), ...feeLegs(happening)]);
    else if (way === 'late-fee') {
      book(n, 0, 'fill', execution(happening));
      book(n, 1, 'fee', feeLegs(happening));
    } else {
      // Told with three times the units first: the correction takes two thirds back.
      book(n, 0, 'fill', execution(happening, 3));
      book(n, 1, 'correction', [...execution(happening, -2), ...feeLegs(happening)]);
    }
  });
  return entries;
}

const shuffled = fc
  .array(told, { minLength: 1, maxLength: 25 })
  .chain((all) =>
    fc.tuple(
      fc.constant(all),
      fc.shuffledSubarray(entriesOf(all, true) as BookedEntry[], { minLength: entriesOf(all, true).length }),
    ),
  );

/** Realised and open profit against what cash and marks say. */
function difference(
  book: Book,
  entries: readonly BookedEntry[],
  marks: Readonly<Record<string, DecimalString>>,
): Decimal {
  const worth = worthOf(book, 'USD', { assetsOf: ASSETS, priceOf: (instrument) => marks[instrument] });
  const flat = entries.flatMap((entry) => entry.legs);
  const sum = (of: (one: LedgerLeg) => boolean): Decimal =>
    flat.filter(of).reduce<Decimal>((total, { amount }) => total.plus(amount), ZERO);
  const moved = sum(({ ledgerAccount }) => ledgerAccount === 'cash:USD' || ledgerAccount === 'external');
  const value = ['EXA', 'EXB'].reduce<Decimal>(
    (total, id) => total.plus(sum(({ ledgerAccount }) => ledgerAccount === `position:${id}`).mul(marks[id] ?? 0)),
    ZERO,
  );
  return dec(worth.profit).minus(moved).minus(value);
}

const MARKS = { EXA: d('123.45'), EXB: d('0.07') };

describe.each(COST_BASES)('the book by %s', (basis) => {
  test('is the same in whatever order entries arrive, with late fees and corrections of executions', () => {
    fc.assert(
      fc.property(shuffled, ([all, entries]) => {
        expect(bookOf(entries, ASSETS, basis)).toEqual(bookOf(entriesOf(all, false), ASSETS, basis));
      }),
      { numRuns: 100 },
    );
  });

  test('has realised and open profit that are the cash that moved and the positions at their marks, to the last digit', () => {
    fc.assert(
      fc.property(shuffled, ([, entries]) => {
        expect(difference(bookOf(entries, ASSETS, basis), entries, MARKS).toFixed()).toBe('0');
      }),
      { numRuns: 100 },
    );
  });

  test('has lots that add up to its position, all on its side', () => {
    fc.assert(
      fc.property(shuffled, ([, entries]) => {
        for (const { lots, quantity, cost } of bookOf(entries, ASSETS, basis).positions) {
          const sum = (of: 'units' | 'cost'): string =>
            lots.reduce((total, lot) => total.plus(lot[of]), ZERO).toFixed();
          expect([sum('units'), sum('cost')]).toEqual([quantity, cost]);
          expect(lots.every(({ units }) => dec(units).isNegative() === dec(quantity).isNegative())).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('control: the properties find planted mistakes', () => {
  const finds = (wrong: (entries: readonly BookedEntry[]) => Book): boolean =>
    fc.check(
      fc.property(shuffled, ([all, entries]) => {
        const right = bookOf(entriesOf(all, false), ASSETS, 'fifo');
        return (
          JSON.stringify(wrong(entries)) === JSON.stringify(right) &&
          difference(wrong(entries), entries, MARKS).isZero()
        );
      }),
      { numRuns: 100 },
    ).failed;

  test('none of them without a mistake', () => {
    expect(finds((entries) => bookOf(entries, ASSETS, 'fifo'))).toBe(false);
  });
  test('entries that count in the order in which they arrived', () => {
    const byArrival = (entries: readonly BookedEntry[]): readonly BookedEntry[] =>
      entries.map((entry, n) => ({ ...entry, marketAt: at(n) }));
    expect(finds((entries) => bookOf(byArrival(entries), ASSETS, 'fifo'))).toBe(true);
  });
  test('a late fee that is dropped', () => {
    expect(
      finds((entries) =>
        bookOf(
          entries.filter(({ kind }) => kind !== 'fee'),
          ASSETS,
          'fifo',
        ),
      ),
    ).toBe(true);
  });
  test('a correction that counts as a trade of its own, later', () => {
    const apart = (entries: readonly BookedEntry[]): readonly BookedEntry[] =>
      entries.map((entry) => (entry.kind === 'correction' ? { ...entry, corrects: null, marketAt: at(59) } : entry));
    expect(finds((entries) => bookOf(apart(entries), ASSETS, 'fifo'))).toBe(true);
  });
  test('an entry that is counted twice', () => {
    expect(
      finds((entries) => bookOf([...entries, ...entries.slice(0, 1).map((e) => ({ ...e, id: -1 }))], ASSETS, 'fifo')),
    ).toBe(true);
  });
});
