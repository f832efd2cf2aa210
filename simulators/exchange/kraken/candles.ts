import type { EpochMillis } from '../../../domain/clock/instant';
import type { KlineBook } from '../klines';
import type { SimListing } from '../ledger';
import { longPairOf, padded, Refused } from './views';

/** Only so many of the newest candles are ever shown, whatever is asked for. */
const KEPT = 720;
const INTERVALS = [1, 5, 15, 30, 60, 240, 1_440, 10_080, 21_600];

/** `OHLC`: the newest candles that open later than `since`, oldest first; the last one is under way. @throws Refused. */
export function candlesView(
  klines: KlineBook,
  { instrument, source }: SimListing,
  query: URLSearchParams,
  now: EpochMillis,
): object {
  const interval = Number(query.get('interval') ?? 1);
  if (!INTERVALS.includes(interval)) throw new Refused('EGeneral:Invalid arguments:interval');
  const length = interval * 60_000;
  const oldest = (Math.floor(now / length) - KEPT + 1) * length;
  const from = Math.max(oldest, Number(query.get('since') ?? 0) * 1_000 + 1);
  const page = klines.page({ instrument: instrument.id, source, length, from, to: now + 1, limit: KEPT });
  const rows = page.map(({ openAt, open, high, low, close, volume }) => [
    openAt / 1_000,
    ...[open, high, low, close].map(padded),
    // The average by volume, then the volume, then how many trades.
    ...[padded(close), padded(volume), 1],
  ]);
  return { [longPairOf(instrument.id)]: rows, last: (page.at(-2)?.openAt ?? 0) / 1_000 };
}
