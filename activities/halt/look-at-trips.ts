import { millisOf } from '../../domain/clock/instant';
import type { CalendarId, MarketCalendar } from '../../domain/calendar/calendar';
import type { HaltScope } from '../../domain/halt/halt';
import { lookAtTrip, readTrip, tripReason, TRIPS } from '../../domain/halt/trips';
import type { AccountEvidence, Trip, TripRules } from '../../domain/halt/trips';
import { worthOf } from '../../domain/instrument/worth';
import { dec, Decimal, text } from '../../domain/money/decimal';
import type { DecimalString } from '../../domain/money/decimal';
import type { MarketData } from '../../domain/signal/market-data';
import type { Engagement, HaltWish } from '../../database/halts';
import type { StoredEvidence, TripStore } from '../../database/trips';
import { heldVar } from '../risk/held-var';
import { viewPortfolio } from '../risk/portfolio';
import type { PortfolioSources } from '../risk/portfolio';

/** What looking at the automatic trips needs. */
export interface TripDeps extends PortfolioSources {
  readonly trips: TripStore;
  readonly marketOf: (account: string) => MarketData;
  readonly calendarOf: (id: CalendarId) => MarketCalendar;
  readonly rules: TripRules;
  readonly engage: (wish: HaltWish) => Promise<Engagement>;
  /** Share of the language models' budget of the day that is spent; absent where no model is set up. */
  readonly modelBudget?: () => Promise<DecimalString>;
  /** Real time of this process in milliseconds since 1970. */
  readonly now: () => number;
}

/** A halt that a trip engaged. */
export interface Tripped {
  readonly trip: Trip;
  readonly account: string;
  readonly reason: string;
}

/** A portfolio that nobody is about to trade in. */
const NOBODY = { strategy: '', instrument: '', tradeId: '' } as const;

/** One look at every trip of an account: what is too much for long enough halts it. Answers the halts that it made. */
export async function lookAtTrips(deps: TripDeps, account: string): Promise<readonly Tripped[]> {
  const evidence = await gather(deps, account);
  const tripped: Tripped[] = [];
  for (const trip of TRIPS) {
    const rule = deps.rules[trip];
    const reading = rule.enabled ? readTrip(trip, evidence, rule) : undefined;
    const before = await deps.trips.state(trip, account);
    const look =
      reading === undefined ? { state: before, trips: false } : lookAtTrip(before, reading, rule, deps.now());
    if (look.trips && reading !== undefined) {
      const reason = tripReason(trip, reading);
      const { mode, flatten } = rule;
      const scope = `account:${account}` as HaltScope;
      const wish = { scope, mode, flatten, everything: false, source: 'trip', trip, reason, evidence } as const;
      // First the halt, then the memory of it: a crash in between halts once more, which changes nothing.
      const { result } = await deps.engage({ ...wish, actor: `trip:${trip}`, limited: false });
      if (result === 'engaged') tripped.push({ trip, account, reason });
    }
    await deps.trips.keep(trip, account, { ...look.state, reading: reading ?? null, enabled: rule.enabled });
  }
  return tripped;
}

/** All that this installation knows of an account. */
async function gather(deps: TripDeps, account: string): Promise<AccountEvidence> {
  // Half of the way there and back is the error of the comparison.
  const asked = deps.now();
  const stored = await deps.trips.evidence(account);
  const middle = (asked + deps.now()) / 2;
  const at = millisOf(stored.marketNow);
  const market = deps.marketOf(account);
  const view = await viewPortfolio(deps, market, { account, ...NOBODY }, at);
  const { portfolio, policy } = view;
  const atRisk = dec(await heldVar(market, view, at));
  const notionals = portfolio.exposures.map((one) => worthOf(one, one.quantity, one.mark).abs());
  const peakEquity = await deps.trips.peak(account, portfolio.equity, stored.rewoundAt, (a, b) => dec(a).gt(b));
  const { attempts, slippage, rejectedInARow, oldestUnknown, mismatches } = stored;
  return {
    ...{ account, day: stored.marketNow.slice(0, 10), attempts, slippage, rejectedInARow, oldestUnknown, mismatches },
    equity: portfolio.equity,
    peakEquity,
    profitToday: text(dec(portfolio.realisedToday).add(portfolio.unrealisedToday)),
    maxDailyLoss: policy.maxDailyLoss,
    gross: text(notionals.reduce((sum, notional) => sum.add(notional), new Decimal(0))),
    largest: text(Decimal.max(0, ...notionals)),
    ...(dec(portfolio.equity).gt(0) ? { valueAtRisk: text(atRisk.div(portfolio.equity)) } : {}),
    ...(deps.modelBudget === undefined ? {} : { modelBudget: await deps.modelBudget() }),
    staleBy: staleBy(deps, account, stored, at),
    clockSkew: middle - millisOf(stored.now),
    silentFor: stored.trading.some((id) => deps.calendarOf(id).isOpen(at)) ? stored.silentFor : 0,
  };
}

/** Real milliseconds by which the oldest mark of an open market is older than its feed's longest gap; at least 0. */
function staleBy(deps: TripDeps, account: string, { marks, speed }: StoredEvidence, at: number): number {
  const market = deps.marketOf(account);
  const ages = marks.flatMap(({ instrument, calendar, at: seen }) => {
    const session = deps.calendarOf(calendar).sessionOf(at);
    if (session === undefined || !deps.calendarOf(calendar).isOpen(at) || seen === null) return [];
    // Right after the open the last price is of the session before.
    return [at - Math.max(millisOf(seen), session.open) - market.maxPrintGap(instrument)];
  });
  return Math.max(0, ...ages) / speed;
}
