import type { IngestView, SeriesDetailView, SeriesView } from '../api/contract/data-routes';
import { fields, table } from './output';
import { moment } from './trade-views';

const orDash = (at: string | null): string | null => (at === null ? null : moment(at));

/** Series with what is stored of them. */
export function seriesTable(items: readonly SeriesView[]): string {
  return table(
    ['series', 'candles', 'from', 'to', 'missing', 'corrected', 'followed', 'state'],
    items.map((row) => [
      row.id,
      String(row.candles),
      orDash(row.oldest),
      orDash(row.newest),
      String(row.missing),
      String(row.corrections),
      row.followed ? 'yes' : 'no',
      stateOf(row),
    ]),
    'There are no series: `tradewind data fetch` brings one.',
  );
}

function stateOf({ delayed, followed, problem, stale }: SeriesView): string {
  if (problem !== null) return problem;
  const age = stale ? (followed ? 'stale' : 'not up to date') : 'fresh';
  return delayed ? `${age}, of delayed prices` : age;
}

/** One series with its gaps and latest corrections. */
export function seriesText(row: SeriesDetailView): string {
  const gaps = table(
    ['gap from', 'to', 'missing', 'asked again'],
    row.gaps.map((gap) => [moment(gap.from), moment(gap.to), String(gap.missing), String(gap.tries)]),
    'No gap is known.',
  );
  const corrections = table(
    ['corrected candle', 'close before', 'after', 'noticed', 'by'],
    row.lastCorrections.map((one) => [
      moment(one.openAt),
      one.before.close,
      one.after.close,
      moment(one.noticedAt),
      one.sources[1] ?? null,
    ]),
    'No candle was corrected.',
  );
  const facts = fields([
    ['Series', row.id],
    ['Calendar', row.calendar],
    ['Candles', String(row.candles)],
    ['From', orDash(row.oldest)],
    ['To', orDash(row.newest)],
    ['Missing', String(row.missing)],
    ['State', stateOf(row)],
  ]);
  return `${facts}\n\n${gaps}\n\n${corrections}`;
}

/** How an ingestion ended. */
export function ingestText(view: IngestView): string {
  return fields([
    ['Series', view.series],
    ['State', view.state],
    ['Stored', `${view.stored} candles`],
    ['Corrected', String(view.corrected)],
    ['Missing', String(view.missing)],
    ['Up to', orDash(view.through)],
    ['Note', view.message],
  ]);
}

const BAR = 30;

/** One line that says how far an ingestion has come. */
export function progressLine({ from, phase, through, to }: IngestView): string {
  if (from === null || to === null || through === null) return phase ?? 'waiting for a worker';
  const [start, end, now] = [from, to, through].map((at) => Date.parse(at)) as [number, number, number];
  const share = end <= start ? 1 : Math.min(1, Math.max(0, (now - start) / (end - start)));
  const filled = Math.round(share * BAR);
  return `[${'#'.repeat(filled)}${'.'.repeat(BAR - filled)}] ${Math.floor(share * 100)} % ${phase ?? ''} ${moment(through)}`;
}
