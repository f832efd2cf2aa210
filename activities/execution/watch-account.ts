import { instant, millisOf } from '../../domain/clock/instant';
import type { EpochMillis, Instant, Millis } from '../../domain/clock/instant';
import type { CalendarId, MarketCalendar } from '../../domain/calendar/calendar';
import { leaveAt } from '../../domain/instrument/expiry';
import type { MarketData } from '../../domain/signal/market-data';
import type { DecimalString } from '../../domain/money/decimal';
import type { Protection } from '../../domain/trade/facts';
import { leave, look } from '../../domain/trade/triggers';
import type { WatchedTrade } from '../../database/trades';
import { report } from './settle-order';
import { VenueWatch } from './venue-watch';
import type { VenueWatchDeps } from './venue-watch';

/** What the watcher needs beyond the account's orders. */
export interface WatchDeps extends VenueWatchDeps {
  readonly market: MarketData;
  readonly calendarOf: (id: CalendarId) => MarketCalendar;
  /** Given when the worker is told to stop: the watch then ends at once instead of holding the worker up. */
  readonly stopping: AbortSignal;
  /** Tells a trade's workflow to look at Postgres. A trade that is gone is no error. */
  readonly signalTrade: (tradeId: string) => Promise<void>;
}

/** How the watcher is kept alive and ended. */
export interface WatchControl {
  heartbeat(): void;
  /** Waits, or less when the watch is to end; rejects when it is cancelled. */
  pause(ms: Millis): Promise<void>;
  /** True when the watch has run long enough for one activity. */
  done(): boolean;
}

/** Time between two looks while a trade is open, and while none is. */
const BUSY_MS = 100;
const IDLE_MS = 400;
/** How old the stored place in the venue's changes may be; what came since is read again after a crash. */
const CURSOR_EVERY_MS = 1_000;
/** An open position's mark may be this much older, in market time, than the last print. */
const MARK_AGE_MS = 1_000;
/** That the venue answers is written down this often. */
const NOTE_POLL_MS = 5_000;
/** How far the replay clock may run without a further look. */
const CLOCK_LEASE_MS = 1_000;

/**
 * Watches one account until told to end: books what the venue shows, checks triggers, and wakes the trades concerned. A
 * venue that is polled only now and then is polled beside the looks at the triggers; one that has nothing else to move it
 * along, at each of them.
 */
export async function watchAccount(deps: WatchDeps, control: WatchControl): Promise<void> {
  const beside = deps.broker.timings.pollEvery > 0;
  let cursor = await deps.trades.pollCursor(deps.account);
  let stored = { cursor, at: deps.monotonic() };
  const marks = new Map<string, EpochMillis>();
  let noted = -NOTE_POLL_MS;
  const venue = new VenueWatch(deps);
  try {
    while (!control.done()) {
      control.heartbeat();
      const now = await deps.trades.extendClock(deps.account, CLOCK_LEASE_MS);
      const woken = new Set<string>();
      if (!beside) cursor = await bookChanges(deps, cursor, woken);
      // Stored after the booking: a crash in between reads the same changes again, and booking them twice changes nothing.
      if (cursor !== undefined && cursor !== stored.cursor && deps.monotonic() - stored.at >= CURSOR_EVERY_MS) {
        await deps.trades.storePollCursor(deps.account, cursor);
        stored = { cursor, at: deps.monotonic() };
      }
      if (!beside && deps.monotonic() - noted >= NOTE_POLL_MS) {
        await deps.trades.notePoll(deps.account);
        noted = deps.monotonic();
      }
      const { held, instruments } = await deps.trades.watched(deps.account);
      venue.turn(instruments, woken);
      for (const trade of held) if (await lookAt(deps, trade, now, marks)) woken.add(trade.tradeId);
      for (const tradeId of woken) await deps.signalTrade(tradeId);
      await control.pause(instruments.length > 0 ? BUSY_MS : IDLE_MS);
    }
  } finally {
    await venue.close();
  }
}

async function bookChanges(deps: WatchDeps, cursor: string | undefined, woken: Set<string>): Promise<string> {
  const snapshot = await deps.broker.poll(cursor, () => deps.journal.liveOrders(deps.account));
  if (snapshot.orders.length > 0 || snapshot.fills.length > 0) {
    deps.failpoint('before-poll-booked');
    const effect = await deps.journal.applyReport({ ...report(deps), orders: snapshot.orders, fills: snapshot.fills });
    for (const tradeId of effect.trades) woken.add(tradeId);
  }
  return snapshot.cursor;
}

/** Looks at one position's price; true when something fired that the trade must hear of. */
async function lookAt(
  deps: WatchDeps,
  trade: WatchedTrade,
  now: Instant,
  marks: Map<string, EpochMillis>,
): Promise<boolean> {
  if (await leaves(deps, trade, now)) return true;
  const quote = await deps.market.quote(trade.instrument, millisOf(now));
  if (!quote) return false;
  if (quote.at - (marks.get(trade.instrument) ?? 0) >= MARK_AGE_MS) {
    await deps.trades.mark(deps.account, trade.instrument, quote.price, instant(quote.at));
    marks.set(trade.instrument, quote.at);
  }
  return trade.protection ? checkTriggers(deps, trade, trade.protection, quote.price, now) : false;
}

/** Fires the exit of a contract that is to be left, with or without a price; true when it did. */
async function leaves(
  deps: WatchDeps,
  { calendar, future, protection, tradeId }: WatchedTrade,
  now: Instant,
): Promise<boolean> {
  if (future === null || protection === null) return false;
  const left = leave(protection, leaveAt(deps.calendarOf(calendar), future), now);
  if (left === undefined) return false;
  await deps.trades.updateProtection(tradeId, left);
  return true;
}

/** Moves the high-water mark or fires an exit; true when it fired. */
async function checkTriggers(
  deps: WatchDeps,
  trade: WatchedTrade,
  protection: Protection,
  price: DecimalString,
  now: Instant,
): Promise<boolean> {
  const { position, firstFillAt, timeExitSeconds } = trade;
  const after = look(protection, { position, price, now, firstFillAt, timeExitSeconds });
  if (after.fired === protection.fired && after.best === protection.best) return false;
  await deps.trades.updateProtection(trade.tradeId, after);
  return after.fired !== undefined;
}
