import type { EpochMillis } from '../../../domain/clock/instant';
import type { KlineBook } from '../klines';
import type { SimListing } from '../ledger';
import { Refused } from './views';

const MOST = 300;
/** `market/candles` shows so many of the newest; what is older is in `market/history-candles`. */
const RECENT = 1_440;
const MINUTE = 60_000;
const BARS: Readonly<Record<string, number>> = {
  '1m': MINUTE,
  '5m': 5 * MINUTE,
  '15m': 15 * MINUTE,
  '30m': 30 * MINUTE,
  '1H': 60 * MINUTE,
  '4H': 240 * MINUTE,
  // Without the ending a day begins at midnight in Hong Kong.
  '1Dutc': 1_440 * MINUTE,
};

/** The newest candles that open between `before` and `after`, neither of them included; the newest first. @throws Refused. */
export function candlesView(
  klines: KlineBook,
  { instrument, source }: SimListing,
  query: URLSearchParams,
  now: EpochMillis,
  history: boolean,
): readonly unknown[] {
  const length = BARS[query.get('bar') ?? '1m'];
  const limit = Number(query.get('limit') ?? 100);
  if (length === undefined) throw new Refused('51000', 'Parameter bar error');
  if (!(limit >= 1 && limit <= MOST)) throw new Refused('51000', 'Parameter limit error');
  const to = Math.min(Number(query.get('after') ?? Infinity), now + 1);
  const newest = Math.floor((to - 1) / length) * length;
  const oldest = history ? 0 : (Math.floor(now / length) - RECENT + 1) * length;
  const from = Math.max(Number(query.get('before') ?? -1) + 1, newest - (limit - 1) * length, oldest);
  return klines
    .page({ instrument: instrument.id, source, length, from, to, limit })
    .map(({ openAt, open, high, low, close, volume }) => [
      ...[String(openAt), open, high, low, close, volume, '0', '0'],
      openAt + length <= now ? '1' : '0',
    ])
    .reverse();
}
