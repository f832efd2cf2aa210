import { ActivityFailure, isCancellation } from '@temporalio/workflow';
import { abstain } from '../domain/analysis/abstention';
import type { DecimalString } from '../domain/money/decimal';
import { millisOf } from '../domain/clock/instant';
import { asksModel } from '../domain/signal/model-strategy';
import { MANUAL } from '../domain/trade/spec';
import { momentOfOpen } from '../domain/trade/waiting';
import { reasonToStopEntering } from '../domain/trade/entering';
import type { EntryMarket } from '../domain/trade/facts';
import type { Ending } from '../domain/trade/step';
import type { TradeOutcome } from '../domain/trade/phase';
import { analysis, ledger, models, risk } from './trade-activities';
import type { TradeRun } from './trade-run';

/** Everything before the first order: the view, the sizing, the open, the agreement. Undefined when the entry is approved. */
export async function enterTrade(run: TradeRun): Promise<Ending | undefined> {
  const ending = await prepareEntry(run);
  // Whoever halted the trade learns from its row that the halt arrived, however the trade ends.
  if (ending) await run.acknowledgeHalt(ending);
  return ending;
}

async function prepareEntry(run: TradeRun): Promise<Ending | undefined> {
  const withoutView = await analyse(run);
  if (withoutView) return withoutView;
  for (;;) {
    const stopped = stopReason(run);
    if (stopped) return stopped;
    const verdict = await risk.checkRisk(run.input.tradeId);
    run.learn(verdict.facts);
    switch (verdict.kind) {
      case 'rejected':
        return ending('rejected', verdict.code, verdict.detail);
      case 'expired':
        return ending('expired', verdict.code, verdict.detail);
      case 'closed':
        await waitForOpen(run);
        break;
      case 'approved': {
        if (run.facts.spec.approvalDeadlineSeconds === undefined || run.facts.requests.approve) return stopReason(run);
        const refused = await waitForApproval(run, run.facts.spec.approvalDeadlineSeconds);
        if (refused) return refused;
        break;
      }
    }
  }
}

function ending(outcome: TradeOutcome, code: string | null, detail: string | null): Ending {
  return { outcome, code, detail, dust: '0' as DecimalString };
}

/** A cancel, a halt or the end of the trade's validity, as an ending. */
function stopReason(run: TradeRun): Ending | undefined {
  if (run.haltPending) return ending('halted', 'halted', null);
  const why = reasonToStopEntering(run.facts);
  switch (why) {
    case undefined:
    // The risk check says so itself, with the day and the moment.
    case 'contract_ending':
      return undefined;
    case 'halted':
      return ending('halted', 'halted', null);
    case 'approval_refused':
      return ending('rejected', why, `refused by ${run.facts.requests.reject?.by ?? 'a person'}`);
    case 'cancelled':
      return ending('cancelled', 'cancelled', null);
    default:
      return ending('expired', why, 'nothing was sent');
  }
}

/** Asks the strategy, once: a view that is stored is not asked for again. An analysis that failed for good is no view. */
async function analyse(run: TradeRun): Promise<Ending | undefined> {
  const { strategy } = run.facts.spec;
  if (strategy === MANUAL) return undefined;
  if (run.facts.signal === null) {
    await run.enter('analysing');
    try {
      const asked = asksModel(strategy) ? models : analysis;
      const facts = await run.interruptibly(() => asked.analyse(run.input.tradeId));
      if (!facts) return stopReason(run) ?? ending('cancelled', 'cancelled', null);
      run.learn(facts);
    } catch (error) {
      if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
      if (!asksModel(strategy)) return ending('no-trade', 'analysis_failed', error.cause?.message ?? null);
      const signal = abstain('model_unavailable');
      run.learn(await ledger.advanceTrade(run.input.tradeId, null, { signal }));
    }
  }
  const signal = run.facts.signal;
  if (signal?.kind === 'neutral') return ending('no-trade', 'neutral', signal.reasons.join('; '));
  if (signal?.kind === 'abstained') return ending('no-trade', signal.code, signal.reasons.join('; '));
  return undefined;
}

/** Longest sleep while the market is closed: a wait of days must not fill the history. */
const LONGEST_CLOSED_MS = 600_000;

/** Sleeps until the market opens, by the account's clock: read it, sleep, compare. */
async function waitForOpen(run: TradeRun): Promise<void> {
  await run.enter('awaiting-open');
  while (!entryMarketOf(run).open && stopReason(run) === undefined) {
    await run.continueIfLong();
    const { market } = run.facts;
    const { nextOpen } = entryMarketOf(run);
    const until = nextOpen === null ? null : momentOfOpen(millisOf(nextOpen), market, run.memory());
    const why = `waiting for the market to open at ${nextOpen ?? 'an unknown time'}`;
    await run.look(until, why, LONGEST_CLOSED_MS);
  }
}

/** The market as it is for the entry; facts of older histories know only regular hours. */
function entryMarketOf(run: TradeRun): EntryMarket {
  return run.facts.market.entry ?? run.facts.market;
}

/** Waits for a person; the deadline is real time and counts as a refusal. */
async function waitForApproval(run: TradeRun, seconds: number): Promise<Ending | undefined> {
  await run.enter('awaiting-approval');
  // From the first question on, whichever run asked it.
  const asked = run.facts.approvalAskedAt;
  const deadline = (asked === null ? Date.now() : millisOf(asked)) + seconds * 1000;
  for (;;) {
    await run.continueIfLong();
    const stopped = stopReason(run);
    if (stopped) return stopped;
    if (run.facts.requests.approve) return undefined;
    if (Date.now() >= deadline) return ending('rejected', 'approval_timeout', `nobody agreed within ${seconds} s`);
    await run.look(deadline, 'waiting for a person to approve or reject', seconds * 1000);
  }
}
