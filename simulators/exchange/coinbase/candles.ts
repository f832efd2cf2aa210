import type { KlineBook } from '../klines';
import type { SimListing } from '../ledger';

/** More candles than these are refused, and not cut. */
const MOST = 350;
const MINUTE = 60_000;
const GRANULARITIES: Readonly<Record<string, number>> = {
  ONE_MINUTE: MINUTE,
  FIVE_MINUTE: 5 * MINUTE,
  FIFTEEN_MINUTE: 15 * MINUTE,
  THIRTY_MINUTE: 30 * MINUTE,
  ONE_HOUR: 60 * MINUTE,
  TWO_HOUR: 120 * MINUTE,
  SIX_HOUR: 360 * MINUTE,
  ONE_DAY: 1_440 * MINUTE,
};

/** `.../candles`: what opens from `start` to `end`, both included and in seconds, the newest first, or why it is refused. */
export function candlesView(klines: KlineBook, listing: SimListing, query: URLSearchParams): object | string {
  const { instrument, source } = listing;
  const length = GRANULARITIES[query.get('granularity') ?? ''];
  const [from, to] = [Number(query.get('start')) * 1_000, Number(query.get('end')) * 1_000];
  if (length === undefined) return 'granularity is invalid';
  if (!(from >= 0 && to >= from)) return 'start and end argument is invalid';
  if ((to - from) / length >= MOST)
    return `start and end argument is invalid - number of candles requested should be less than ${MOST}`;
  const page = klines.page({ instrument: instrument.id, source, length, from, to: to + 1, limit: MOST });
  const candles = page.map(({ openAt, open, high, low, close, volume }) => ({
    start: String(openAt / 1_000),
    ...{ low, high, open, close, volume },
  }));
  return { candles: candles.reverse() };
}
