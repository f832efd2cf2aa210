import { isCovered } from '../../domain/calendar/answers';
import type { CalendarId, MarketCalendar } from '../../domain/calendar/calendar';
import { openTime } from '../../domain/calendar/open-time';
import { millisOf } from '../../domain/clock/instant';
import type { EpochMillis } from '../../domain/clock/instant';
import { leaveAt } from '../../domain/instrument/expiry';
import { assessRisk } from '../../domain/risk/assess-risk';
import type { RiskDecision } from '../../domain/risk/assess-risk';
import { RISK_CODES } from '../../domain/risk/codes';
import type { RiskIntent } from '../../domain/risk/intent';
import type { ProposedEntry, RiskInput } from '../../domain/risk/proposal';
import { verdictOf } from '../../domain/risk/verdict';
import type { RiskVerdict } from '../../domain/risk/verdict';
import type { MarketData } from '../../domain/signal/market-data';
import { entryHours, entryMarket } from '../../domain/trade/entry-market';
import type { EntryMarket } from '../../domain/trade/facts';
import { viewPortfolio } from './portfolio';
import type { PortfolioSources } from './portfolio';

/** What a risk decision is made with. */
export interface AssessDeps extends PortfolioSources {
  readonly marketOf: (account: string) => MarketData;
  readonly calendarOf: (id: CalendarId) => MarketCalendar;
}

/** An entry with the moment and the market that it is judged in. */
export interface Question {
  readonly account: string;
  readonly strategy: string;
  readonly entry: ProposedEntry;
  readonly at: EpochMillis;
  readonly market: EntryMarket;
}

/** A decision with what it was made from. */
export interface Assessment {
  readonly input: RiskInput;
  readonly decision: RiskDecision;
  readonly verdict: RiskVerdict;
  /** The scope of the kill switch that is engaged, if one of the entry's is. */
  readonly halted: string | null;
}

/** Reads the account and decides; stores nothing and reserves nothing. */
export async function assess(deps: AssessDeps, question: Question): Promise<Assessment> {
  const { account, strategy, entry, at, market } = question;
  const { calendar: calendarId, future, id } = entry.instrument;
  const calendar = deps.calendarOf(calendarId);
  const feed = deps.marketOf(account);
  const scope = { account, strategy, instrument: id, tradeId: entry.tradeId };
  const { portfolio, policy, averageTrueRange, halted } = await viewPortfolio(deps, feed, scope, at);
  const quote = await feed.quote(id, at);
  const maxQuoteAge = feed.maxPrintGap(id);
  const rests = market.rests === true && quote !== undefined;
  const input: RiskInput = {
    entry,
    market: {
      at,
      open: market.open,
      covered: isCovered(calendar, at),
      ...(market.nextOpen === null ? {} : { nextOpen: millisOf(market.nextOpen) }),
      ...(future === undefined ? {} : { leaveAt: leaveAt(calendar, future) }),
      quote,
      maxQuoteAge,
      ...(rests ? { quoteAge: openTime(calendar, quote.at, at, maxQuoteAge + 1) } : {}),
      ...(averageTrueRange === undefined ? {} : { averageTrueRange }),
    },
    portfolio,
    policy,
  };
  const decision = assessRisk(input);
  return { input, decision, verdict: verdictOf(input, decision), halted };
}

/**
 * The verdict that a trade of this intent would get now: limits, calendar, price and kill switch.
 * @throws when there is no such account or instrument
 */
export async function assessIntent(deps: AssessDeps, intent: RiskIntent): Promise<RiskVerdict> {
  const place = await deps.risk.place(intent.account, intent.instrument);
  if (place === undefined) throw new Error(`no account ${intent.account} or no instrument ${intent.instrument}`);
  const { instrument } = place;
  const at = millisOf(place.now);
  const { takeProfitPrice, maxQuantity, maxNotional, stopDistance, stopPrice } = intent;
  const { verdict, halted } = await assess(deps, {
    account: intent.account,
    strategy: intent.strategy,
    entry: {
      tradeId: '',
      instrument,
      side: intent.direction === 'long' ? 'buy' : 'sell',
      terms: intent.entry,
      ...(stopPrice === undefined ? {} : { stopPrice }),
      ...(stopDistance === undefined ? {} : { stopDistance }),
      ...(takeProfitPrice === undefined ? {} : { takeProfit: takeProfitPrice }),
      ...(maxQuantity === undefined ? {} : { maxQuantity }),
      ...(maxNotional === undefined ? {} : { maxNotional }),
    },
    at,
    market: entryMarket(deps.calendarOf(instrument.calendar), at, entryHours(intent, instrument)),
  });
  if (halted === null) return verdict;
  const refusal = { approved: false, code: 'halted', quantity: null, referencePrice: null, binding: null } as const;
  return { ...verdict, ...refusal, message: RISK_CODES.halted.description, detail: { scope: halted } };
}
