import type { MarketCalendar, Session } from '../../domain/calendar/calendar';
import { instant, type EpochMillis, type Millis } from '../../domain/clock/instant';
import type { Analyst, Bar } from '../../domain/signal/signal';

/** How long before an open the demo's clock is set, in market time: the trade is then seen to wait for the open. */
export const LEAD_MS: Millis = 5 * 60_000;

const DAY_MS: Millis = 86_400_000;

/** The market that the demo looks for an open in. */
export interface DemoMarket {
  readonly instrument: string;
  /** Complete daily bars, oldest first. */
  readonly bars: readonly Bar[];
  readonly calendar: MarketCalendar;
  readonly analyst: Analyst;
}

/** Reads a file of daily prices: a heading, then lines of date, open, high, low, close and volume. */
export function readDailyBars(csv: string): readonly Bar[] {
  return csv
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [date = '', ...numbers] = line.split(',');
      const [open = NaN, high = NaN, low = NaN, close = NaN, volume = 0] = numbers.map(Number);
      return { date, open, high, low, close, volume };
    });
}

/**
 * The first open after a moment before which the analyst has a view with a direction. It is shown what a trade would
 * see: the bars of earlier days only. Days after which the bars do not go on for `heldMs` more are left out.
 * @returns milliseconds since 1970; undefined when no such open is left
 */
export async function nextOpenWithView(
  market: DemoMarket,
  after: EpochMillis,
  heldMs: Millis,
): Promise<EpochMillis | undefined> {
  for (const session of sessionsWithPrices(market, after, heldMs)) {
    const known = market.bars.findLastIndex(({ date }) => date < session.date) + 1;
    const signal = await market.analyst.analyse({
      instrument: market.instrument,
      marketTime: instant(session.open - LEAD_MS),
      bars: market.bars.slice(Math.max(0, known - market.analyst.lookback), known),
    });
    if (signal.kind === 'directional') return session.open;
  }
  return undefined;
}

function sessionsWithPrices({ bars, calendar }: DemoMarket, after: EpochMillis, heldMs: Millis): readonly Session[] {
  const last = bars.at(-1);
  if (last === undefined) return [];
  const priced = new Set(bars.map(({ date }) => date));
  // A day more than the exit needs: it may have to wait for the next open.
  const latest = Date.parse(`${last.date}T00:00:00Z`) - heldMs - DAY_MS;
  return calendar
    .sessions(instant(after).slice(0, 10), last.date)
    .filter(({ date, open }) => open > after && open <= latest && priced.has(date));
}
