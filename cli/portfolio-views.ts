import type { EntryView, PortfolioView, PositionsView, ProfitView } from '../api/contract/portfolio-views';
import type { Page } from '../api/contract/views';
import { more } from './leaf';
import { fields, table } from './output';
import { moment } from './trade-views';

type Position = PositionsView['items'][number];
type Head = Pick<PortfolioView, 'account' | 'currency' | 'marketTime' | 'costBasis'>;

function head({ account, currency, marketTime, costBasis }: Head): readonly (readonly [string, string | null])[] {
  return [
    ['account', `${account}, in ${currency}`],
    ['market time', moment(marketTime)],
    ['lots', costBasis === 'fifo' ? 'first in, first out' : 'average cost'],
  ];
}

function positionTable(positions: readonly Position[]): string {
  // A stock's notional is its value: the column is there where a future is.
  const futures = positions.some(({ future }) => future !== undefined);
  return table(
    [
      ...['INSTRUMENT', 'QUANTITY', 'AVERAGE', 'MARK', ...(futures ? ['NOTIONAL'] : [])],
      ...['VALUE', 'UNREALISED', 'REALISED', 'FEES IN UNITS', 'CURRENCY'],
    ],
    positions.map((p) => [
      p.instrument,
      p.quantity,
      short(p.averagePrice),
      p.mark,
      ...(futures ? [p.notional ?? p.value] : []),
      p.value,
      p.unrealised,
      p.realised,
      p.feesInKind,
      p.quoteAsset,
    ]),
    'No positions.',
  );
}

/** An average has 18 digits; a table shows eight. */
function short(price: string | null): string | null {
  return price === null ? null : price.replace(/(\.\d{8})\d+$/, '$1');
}

/** Equity, what it is made of, and what is held. */
export function portfolioText(portfolio: PortfolioView): string {
  const { today, rates, unvalued } = portfolio;
  const cash = Object.entries(portfolio.cashByAsset).map(([asset, amount]) => `${amount} ${asset}`);
  const sums = fields([
    ...head(portfolio),
    ['equity', portfolio.equity],
    ['cash', cash.join(', ') || '0'],
    ['positions', portfolio.positionsValue],
    ['deposited', portfolio.deposited],
    ['profit', portfolio.profit],
    ['  realised', portfolio.realised],
    ['  unrealised', portfolio.unrealised],
    ['  fees', portfolio.fees],
    ['  income', portfolio.income],
    ['  found', portfolio.found],
    ['today', today === null ? null : `${today.profit} (${today.date})`],
    [
      'rates',
      rates.map(({ asset, currency, rate, name }) => `1 ${asset} = ${rate} ${currency} (${name})`).join(', ') || null,
    ],
    ['without a price', unvalued.join(', ') || null],
  ]);
  return [sums, positionTable(portfolio.positions)].join('\n\n');
}

/** Positions and their lots. */
export function positionsText(view: PositionsView): string {
  const lots = view.items.flatMap((p) =>
    p.lots.map((lot) => [p.instrument, moment(lot.openedAt), lot.units, lot.cost, p.quoteAsset]),
  );
  return [
    fields(head(view)),
    positionTable(view.items),
    table(['LOT OF', 'OPENED (MARKET TIME)', 'UNITS', 'COST', 'CURRENCY'], lots, 'No open lots.'),
  ].join('\n\n');
}

/** What each day made, and the sum. */
export function profitText(view: ProfitView): string {
  const columns = ['profit', 'realised', 'unrealised', 'fees', 'income', 'found', 'deposited'] as const;
  const rows = [...view.days, { date: 'all', ...view.total }].map((day) => [
    day.date,
    day.equity,
    ...columns.map((column) => day[column]),
  ]);
  return [
    fields([...head(view), ['days', `${view.from} to ${view.to}`]]),
    table(['DATE', 'EQUITY', ...columns.map((column) => column.toUpperCase())], rows, ''),
  ].join('\n\n');
}

/** Entries with their legs, one line each. */
export function ledgerText({ items, nextCursor }: Page<EntryView>): string {
  const rows = items.flatMap((entry) =>
    entry.legs.map(({ ledgerAccount, asset, amount }, n) =>
      n === 0
        ? [String(entry.id), entry.kind, moment(entry.marketAt), ledgerAccount, amount, asset, note(entry)]
        : ['', '', '', ledgerAccount, amount, asset, ''].map((text) => text || ' '),
    ),
  );
  const headings = ['ENTRY', 'KIND', 'MARKET TIME', 'LEDGER ACCOUNT', 'AMOUNT', 'ASSET', 'FROM'];
  return table(headings, rows, 'No entries.') + more(nextCursor);
}

function note({ tradeId, source, corrects, actor, reason }: EntryView): string {
  const parts = [tradeId ?? source, corrects === null ? '' : `corrects ${corrects}`, reason ?? '', actor ?? ''];
  return parts.filter((part) => part !== '').join('; ');
}
