import type { Database } from '../database/pool';
import { listEntries } from '../database/ledger';
import { pricesNow, readBook, readBooksOf, readDays } from '../database/ledger-reader';
import type { BooksOf } from '../database/ledger-reader';
import { dailyResults, totalOf } from '../domain/portfolio/performance';
import { worthOf } from '../domain/portfolio/worth';
import type { WorthOfPosition } from '../domain/portfolio/worth';
import { requireAccount } from './accounts';
import { ruleSentence } from './contract/problems';
import { ROUTES } from './contract/routes';
import { answer, mount } from './mount';
import type { Gate } from './mount';
import { pageRequest } from './page-request';
import { ApiProblem, notFound } from './problem';

const DAY_MS = 86_400_000;
const MOST_DAYS = 3_660;

/** Mounts what the ledger of an account says. */
export function mountPortfolio(gate: Gate, database: Database): void {
  mount(gate, ROUTES.showPortfolio, async ({ params: { name } }) => {
    const books = await requireBooks(database, name);
    const today = books.now.slice(0, 10);
    const worth = worthOf(await readBook(database, books), books.currency, await pricesNow(database, books));
    const { opening, days } = await readDays(database, books, today, today);
    const { positions, rates, unvalued, ...sums } = worth;
    return answer(200, {
      ...headOf(books),
      ...sums,
      cashByAsset: { ...worth.cashByAsset },
      today: dailyResults(opening, days, books.currency)[0] ?? null,
      positions: positions.filter(isOpen).map(positionView),
      rates: [...rates],
      unvalued: [...unvalued],
    });
  });
  mount(gate, ROUTES.listPositions, async ({ params: { name }, query: { all } }) => {
    const books = await requireBooks(database, name);
    const { positions } = worthOf(await readBook(database, books), books.currency, await pricesNow(database, books));
    const items = positions.filter((position) => all === 'true' || isOpen(position));
    return answer(200, { ...headOf(books), items: items.map(positionView) });
  });
  mount(gate, ROUTES.showProfit, async ({ params: { name }, query }) => {
    const books = await requireBooks(database, name);
    const { from, to } = periodOf(books, query);
    const { opening, days } = await readDays(database, books, from, to);
    const results = dailyResults(opening, days, books.currency);
    return answer(200, { ...headOf(books), from, to, total: totalOf(results), days: [...results] });
  });
  mount(gate, ROUTES.listEntries, async ({ params: { name }, query }) => {
    await requireAccount(database, name);
    const { kind, instrument } = query;
    const filter = { ...(kind === undefined ? {} : { kind }), ...(instrument === undefined ? {} : { instrument }) };
    const { items, nextCursor } = await listEntries(database, name, filter, pageRequest(query));
    return answer(200, { items: items.map((entry) => ({ ...entry, legs: [...entry.legs] })), nextCursor });
  });
}

async function requireBooks(database: Database, name: string): Promise<BooksOf> {
  await requireAccount(database, name);
  const books = await readBooksOf(database, name);
  if (books === undefined) throw notFound('account');
  return books;
}

function headOf({ account, currency, now, basis }: BooksOf) {
  return { account, currency, marketTime: now, costBasis: basis };
}

const isOpen = ({ quantity }: WorthOfPosition): boolean => quantity !== '0';

function positionView(position: WorthOfPosition) {
  return { ...position, lots: position.lots.map((lot) => ({ ...lot })) };
}

/** The days that are asked for. @throws ApiProblem when they are the wrong way round or too many */
function periodOf(
  { now }: BooksOf,
  query: { readonly from?: string | undefined; readonly to?: string | undefined },
): { readonly from: string; readonly to: string } {
  const to = query.to ?? now.slice(0, 10);
  const from = query.from ?? new Date(Date.parse(to) - 30 * DAY_MS).toISOString().slice(0, 10);
  const days = (Date.parse(to) - Date.parse(from)) / DAY_MS;
  const broken =
    days < 0
      ? 'must not be after the last day'
      : days > MOST_DAYS
        ? 'must be within ten years of the last day'
        : undefined;
  if (broken === undefined) return { from, to };
  const errors = [{ field: 'from', rule: 'range', message: broken }];
  throw new ApiProblem('invalid_request', `${ruleSentence('from', broken)}.`, { errors });
}
