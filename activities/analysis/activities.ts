import { Context } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { abstain } from '../../domain/analysis/abstention';
import type { CalendarId, MarketCalendar } from '../../domain/calendar/calendar';
import { millisOf } from '../../domain/clock/instant';
import type { Millis } from '../../domain/clock/instant';
import type { MarketData } from '../../domain/signal/market-data';
import { asksModel } from '../../domain/signal/model-strategy';
import type { AnalysisInput, Analyst, NewsFeed, Signal } from '../../domain/signal/signal';
import type { TradeFacts } from '../../domain/trade/facts';
import type { AnalysisStore } from '../../database/analyses';
import type { TradeStore } from '../../database/trades';
import type { AnalyseAgain, AnalysedAgain } from '../../temporal/messages/repeat-analysis';
import type { Failpoint } from '../execution/ports';
import type { FactsReader } from '../ledger/read-facts';
import { ModelCallAborted, ModelFailed } from './call-model';
import type { ModelAnalyst } from './model-analyst';
import { surroundingsOf } from './surroundings';

export interface AnalysisDeps {
  readonly trades: TradeStore;
  readonly analyses: AnalysisStore;
  readonly facts: FactsReader;
  readonly marketOf: (account: string) => MarketData;
  readonly calendarOf: (id: CalendarId) => MarketCalendar;
  readonly strategies: ReadonlyMap<string, Analyst>;
  /** Absent where no language model is set up: its strategy then abstains. */
  readonly model?: ModelAnalyst;
  /** Absent where there is none: analysts are shown no news. */
  readonly news?: NewsFeed;
  readonly failpoint: (name: Failpoint) => void;
}

/** Well within the activities' heartbeat timeouts, so that an analyst may take its time and learns soon of a cancellation. */
const HEARTBEAT_MS = 1_000;
/** A try that could only begin with less time than this before the end of all tries is not waited for. */
const LEAST_TIME_MS = 5_000;

/** Asking strategies for their views. A view is stored once and never asked for again, whatever restarts. */
export function createAnalysisActivities(deps: AnalysisDeps) {
  return {
    /** Shows the trade's strategy what was known at market time and stores its view. */
    async analyse(tradeId: string): Promise<TradeFacts> {
      const facts = await deps.facts.read(tradeId);
      if (facts.signal !== null) return facts;
      const signal = await alive(() => view(deps, facts));
      deps.failpoint('before-analysis-stored');
      return deps.facts.complete(await deps.trades.advance(tradeId, null, { signal }));
    },

    /** Asks a trade's question to the model once more, for a person who wants to know how far its answers lie apart. */
    async analyseAgain({ repeatId, n }: AnalyseAgain): Promise<AnalysedAgain> {
      const { model } = deps;
      if (model === undefined) throw ApplicationFailure.nonRetryable('no language model is set up', 'NoModel');
      const { repeat, asked } = await deps.analyses.questionOf(repeatId);
      const { cancellationSignal } = Context.current();
      const signal = await alive(() =>
        untilLastTry(
          () => model.repeat(repeat, asked, n, cancellationSignal),
          (reason) => model.giveUp(`${repeatId}/${n}`, abstain(reason)),
        ),
      );
      return { n, kind: signal.kind, code: signal.kind === 'abstained' ? signal.code : null };
    },

    /** Stores that a person's repeat is over. */
    async endRepeat(repeatId: string, state: 'completed' | 'stopped'): Promise<void> {
      await deps.analyses.endRepeat(repeatId, state);
    },
  };
}

/** What the trade's analyst concludes. */
async function view(deps: AnalysisDeps, facts: TradeFacts): Promise<Signal> {
  const { tradeId, spec, instrument, market } = facts;
  const { model } = deps;
  const asked = asksModel(spec.strategy);
  const analyst = deps.strategies.get(spec.strategy) ?? (asked ? model : undefined);
  if (!analyst && asked) return abstain('model_not_configured');
  if (!analyst) throw ApplicationFailure.nonRetryable(`no strategy ${spec.strategy}`, 'UnknownStrategy');
  const bars = await deps.marketOf(facts.account).bars(instrument.id, millisOf(market.now), analyst.lookback);
  const plain: AnalysisInput = { instrument: instrument.id, marketTime: market.now, bars };
  const question =
    analyst.readsSurroundings === true ? { ...plain, surroundings: await surroundingsOf(deps, facts, bars) } : plain;
  const occasion = { tradeId, abort: Context.current().cancellationSignal };
  return untilLastTry(
    () => analyst.analyse(question, occasion),
    (reason) => model?.giveUpTrade(tradeId, market.now, abstain(reason)) ?? Promise.resolve(abstain(reason)),
  );
}

/** Tries a model: a failure that may pass is tried again when the endpoint says, and after the last try is given up. */
async function untilLastTry(
  ask: () => Promise<Signal>,
  giveUp: (reason: ModelFailed['reason']) => Promise<Signal>,
): Promise<Signal> {
  try {
    return await ask();
  } catch (error) {
    // Told by the promise of the cancellation, which rejects with the failure that Temporal knows.
    if (error instanceof ModelCallAborted) return Context.current().cancelled;
    if (!(error instanceof ModelFailed)) throw error;
    const { reason, retryAfterMs } = error;
    if (isLastTry(retryAfterMs ?? 0)) return giveUp(reason);
    throw ApplicationFailure.create({
      type: 'ModelFailed',
      message: error.message,
      category: ApplicationFailureCategory.BENIGN,
      ...(retryAfterMs === null ? {} : { nextRetryDelay: Math.max(1, retryAfterMs) }),
    });
  }
}

/** Whether no further try would come, or none in time after a wait. */
function isLastTry(waitMs: Millis): boolean {
  const { attempt, retryPolicy, scheduledTimestampMs, scheduleToCloseTimeoutMs } = Context.current().info;
  const most = retryPolicy?.maximumAttempts ?? 0;
  const end = scheduleToCloseTimeoutMs > 0 ? scheduledTimestampMs + scheduleToCloseTimeoutMs : Infinity;
  return (most > 0 && attempt >= most) || Date.now() + waitMs + LEAST_TIME_MS > end;
}

/** Tells the server that we live for as long as the work takes; ends at once when nobody wants its answer any more. */
async function alive<T>(work: () => Promise<T>): Promise<T> {
  const context = Context.current();
  const beats = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
  try {
    return await Promise.race([work(), context.cancelled]);
  } finally {
    clearInterval(beats);
  }
}

export type AnalysisActivities = ReturnType<typeof createAnalysisActivities>;
