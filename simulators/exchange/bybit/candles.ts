import type { KlineBook } from '../klines';
import type { SimListing } from '../ledger';
import { Refused, symbolOf } from './views';

const MOST = 1_000;
const MINUTE = 60_000;
const INTERVALS: Readonly<Record<string, number>> = {
  '1': MINUTE,
  '5': 5 * MINUTE,
  '15': 15 * MINUTE,
  '30': 30 * MINUTE,
  '60': 60 * MINUTE,
  '240': 240 * MINUTE,
  D: 1_440 * MINUTE,
};

/** `market/kline`: from `start` on, or up to `end`, both included; the newest first. @throws Refused. */
export function candlesView(
  klines: KlineBook,
  { instrument, source }: SimListing,
  query: URLSearchParams,
  now: number,
): Readonly<Record<string, unknown>> {
  const length = INTERVALS[query.get('interval') ?? ''];
  if (length === undefined) throw new Refused(10001, 'Invalid period!');
  const limit = Math.min(MOST, Number(query.get('limit') ?? 200));
  const to = Math.min(Number(query.get('end') ?? Infinity), now) + 1;
  const newest = Math.floor((to - 1) / length) * length;
  const from = Number(query.get('start') ?? newest - (limit - 1) * length);
  const page = klines.page({ instrument: instrument.id, source, length, from, to, limit });
  const list = page.map(({ openAt, open, high, low, close, volume }) => [
    ...[String(openAt), open, high, low, close, volume, '0'],
  ]);
  return { category: 'spot', symbol: symbolOf(instrument.id), list: list.reverse() };
}
