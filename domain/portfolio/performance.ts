import { dec, text } from '../money/decimal';
import type { DecimalString } from '../money/decimal';
import type { Book } from './book';
import { worthOf } from './worth';
import type { Prices } from './worth';

/** A book as it stood at the end of a market day (midnight UTC, or now for the day that goes on), and its prices. */
export interface DayEnd {
  /** `YYYY-MM-DD`. */
  readonly date: string;
  readonly book: Book;
  readonly prices: Prices;
}

/**
 * What one day made, in account currency: `profit = realised − fees + income + found + unrealised`, and the equity of the
 * evening is that of the evening before + deposited + profit.
 */
export interface DayResult {
  readonly date: string;
  /** At the end of the day. */
  readonly equity: DecimalString;
  readonly deposited: DecimalString;
  /** Profit of what was closed, before fees. */
  readonly realised: DecimalString;
  /** What open positions and other currencies moved. */
  readonly unrealised: DecimalString;
  readonly fees: DecimalString;
  readonly income: DecimalString;
  readonly found: DecimalString;
  readonly profit: DecimalString;
}

/** What each day made; `opening` is the evening before the first of them. */
export function dailyResults(opening: DayEnd, days: readonly DayEnd[], currency: string): readonly DayResult[] {
  let before = opening;
  return days.map((day) => {
    const result = resultOf(before, day, currency);
    before = day;
    return result;
  });
}

function resultOf(before: DayEnd, day: DayEnd, currency: string): DayResult {
  const evening = worthOf(before.book, currency, before.prices);
  // What was summed up before at the rates of now: its difference to the new sums is what this day added.
  const restated = worthOf(before.book, currency, day.prices);
  const worth = worthOf(day.book, currency, day.prices);
  const added = (of: 'deposited' | 'realised' | 'fees' | 'income' | 'found') => dec(worth[of]).minus(restated[of]);
  const profit = dec(worth.equity).minus(evening.equity).minus(added('deposited'));
  const settled = added('realised').minus(added('fees')).plus(added('income')).plus(added('found'));
  return {
    date: day.date,
    equity: worth.equity,
    deposited: text(added('deposited')),
    realised: text(added('realised')),
    unrealised: text(profit.minus(settled)),
    fees: text(added('fees')),
    income: text(added('income')),
    found: text(added('found')),
    profit: text(profit),
  };
}

/** Sums of several days; the equity is that of the last one, and null without any. */
export function totalOf(
  days: readonly DayResult[],
): Omit<DayResult, 'date' | 'equity'> & { readonly equity: DecimalString | null } {
  const sum = (of: Exclude<keyof DayResult, 'date' | 'equity'>): DecimalString =>
    text(days.reduce((total, day) => total.plus(day[of]), dec(0)));
  return {
    equity: days.at(-1)?.equity ?? null,
    deposited: sum('deposited'),
    realised: sum('realised'),
    unrealised: sum('unrealised'),
    fees: sum('fees'),
    income: sum('income'),
    found: sum('found'),
    profit: sum('profit'),
  };
}
