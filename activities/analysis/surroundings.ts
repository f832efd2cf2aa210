import type { MarketCalendar } from '../../domain/calendar/calendar';
import { instant } from '../../domain/clock/instant';
import type { Bar, HeldPosition, Known, Surroundings } from '../../domain/signal/signal';
import type { TradeFacts } from '../../domain/trade/facts';
import type { AnalysisDeps } from './activities';

/** News items that are asked for; an analyst may read fewer. */
const NEWS = 20;

/** Everything around a trade that an analyst may want to read, each piece with its source and since when it is known. */
export async function surroundingsOf(
  deps: Pick<AnalysisDeps, 'trades' | 'calendarOf' | 'news'>,
  facts: TradeFacts,
  bars: readonly Bar[],
): Promise<Surroundings> {
  const { instrument, account, tradeId, market } = facts;
  const { positions } = await deps.trades.portfolio(account, tradeId);
  const held = positions.find((position) => position.instrument === instrument.id);
  const value: HeldPosition = { quantity: held?.quantity ?? ZERO, mark: held?.mark ?? null };
  const news = (await deps.news?.news({ account, instrument: instrument.id, at: market.now, count: NEWS })) ?? [];
  return {
    description: instrument.description,
    quoteAsset: instrument.quoteAsset,
    bars: knownBars(bars, deps.calendarOf(instrument.calendar)),
    position: { source: `books of account ${account}`, knownAt: market.now, value },
    news,
  };
}

const ZERO = '0' as HeldPosition['quantity'];

/**
 * Bars with the close of their session, from which on they are known: asked of the calendar, not of the feed, so that a
 * feed that shows a bar too early is found out. A bar without a session is never known.
 */
export function knownBars(bars: readonly Bar[], calendar: MarketCalendar): readonly Known<Bar>[] {
  const [first, last] = [bars[0], bars.at(-1)];
  if (first === undefined || last === undefined) return [];
  const closes = new Map(calendar.sessions(first.date, last.date).map(({ date, close }) => [date, close]));
  return bars.flatMap((value) => {
    const close = closes.get(value.date);
    return close === undefined ? [] : [{ source: 'daily bars of the market', knownAt: instant(close), value }];
  });
}
