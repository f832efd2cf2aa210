import { ActivityFailure } from '@temporalio/workflow';
import { describeOrder } from '../domain/trade/describe';
import { entryOf, nextEntryAttempt, nextStep, reasonToStopEntering, termsOf } from '../domain/trade/next-step';
import type { Ending, Step, WantedOrder } from '../domain/trade/next-step';
import type { TradePhase } from '../domain/trade/phase';
import type { DecimalString } from '../domain/money/decimal';
import type { TradeInput, TradeResult } from '../temporal/messages/trade';
import { enterTrade } from './enter-trade';
import { ledger, orders, risk, safety } from './trade-activities';
import { TradeRun } from './trade-run';

/** Real milliseconds before a refused or failed order of this leg is tried again. */
const RETRY_MS = { entry: 1_000, stop: 1_000, exit: 5_000 } as const;

/**
 * One trade, from its acceptance to its end: analyse, check risk, wait for the open and for people, enter, protect,
 * manage, exit, reconcile. After the entry is approved every step is decided from the journal (`nextStep`), so a run
 * that starts anywhere in the middle goes on where the journal stands.
 */
export async function trade(input: TradeInput): Promise<TradeResult> {
  const run = new TradeRun(input);
  await run.refresh();
  if (run.facts.outcome === null && !entryOf(run.facts)) {
    const ending = await enterTrade(run);
    if (ending && (await end(run, ending))) return result(run);
  }
  let last = '';
  let repeats = 0;
  while (run.facts.outcome === null) {
    await run.continueIfLong();
    if (run.haltPending) await run.acknowledgeHalt();
    const step = nextStep(run.facts, run.memory());
    // The same step twice in a row made no progress: go slower, so that a stubborn venue is not hammered.
    repeats = sameStep(step) === last && step.kind !== 'wait' ? repeats + 1 : 0;
    last = sameStep(step);
    if (repeats > 0)
      await run.rest(Date.now() + Math.min(10_000, 100 * 2 ** repeats), 'the last step changed nothing; trying again');
    await perform(run, step);
  }
  return result(run);
}

function result(run: TradeRun): TradeResult {
  const { tradeId, outcome, outcomeCode } = run.facts;
  return { tradeId, outcome: outcome ?? 'needs-attention', code: outcomeCode };
}

function sameStep(step: Step): string {
  return JSON.stringify(step.kind === 'wait' ? { kind: 'wait' } : step);
}

/** One call to the outside; afterwards the facts are newer. A call that failed leaves its doubt in the journal. */
async function perform(run: TradeRun, step: Step): Promise<void> {
  const { tradeId, account } = run.input;
  const instrument = run.facts.instrument.id;
  const guard = safety(account);
  switch (step.kind) {
    case 'submit':
      return submit(run, step.order);
    case 'resolve': {
      const summary = `Find out what became of the ${step.leg} order`;
      const found = await guard.resolveOrder.executeWithOptions({ summary }, [
        { tradeId, instrument, clientOrderId: step.clientOrderId },
      ]);
      run.resolveAfter[step.clientOrderId] = found.verdict === 'again' ? Date.now() + found.waitMs : 0;
      run.learn(found.facts);
      return;
    }
    case 'cancel': {
      const summary = `Cancel the ${step.leg} order: ${step.why}`;
      run.retryAfter[`cancel:${step.clientOrderId}`] = Date.now() + 1_000;
      // Replacing a stop is managing; taking it away for the exit is exiting.
      const phase = step.why === 'exit' && run.facts.phase !== 'exiting' ? 'exiting' : null;
      run.learn(
        await guard.cancelOrder.executeWithOptions({ summary }, [
          { tradeId, instrument, clientOrderId: step.clientOrderId, phase },
        ]),
      );
      return;
    }
    case 'close':
      return close(run, step.clientOrderId, step.why);
    case 'emulate-stop': {
      const protection = run.facts.protection;
      if (protection)
        run.learn(
          await ledger.advanceTrade(tradeId, null, {
            protection: { ...protection, emulated: true },
            attention: 'stop_emulated',
          }),
        );
      return;
    }
    case 'check-risk-again':
      return checkAgain(run);
    case 'wait':
      await run.rest(step.until, step.why);
      if (!run.haltPending) await run.refresh();
      return;
    case 'end':
      await end(run, step.ending);
      return;
  }
}

async function submit(run: TradeRun, order: WantedOrder): Promise<void> {
  const { tradeId, account } = run.input;
  const kind = order.leg === 'entry' ? 'entry' : order.leg === 'exit' ? 'exit' : 'stop';
  const phase: TradePhase = kind === 'entry' ? 'executing' : kind === 'exit' ? 'exiting' : 'managing';
  const { instrument, market } = run.facts;
  const summary = describeOrder(order, instrument.id);
  const queue = kind === 'entry' ? orders(account) : safety(account);
  try {
    const sent = await queue.submitOrder.executeWithOptions({ summary }, [
      { tradeId, instrument: instrument.id, order, phase, arrivalPrice: market.price },
    ]);
    if (sent.result === 'refused' || sent.result === 'rejected' || sent.result === 'not-sent') {
      run.retryAfter[order.leg] = Date.now() + RETRY_MS[kind];
    }
    run.learn(sent.facts);
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    // What the activity did, if anything, stands in the journal: an attempt without an answer is in doubt.
    run.retryAfter[order.leg] = Date.now() + RETRY_MS[kind];
    await run.refresh();
  }
}

async function close(run: TradeRun, clientOrderId: string, why: string): Promise<void> {
  const order = run.facts.orders.find((o) => o.clientOrderId === clientOrderId);
  if (!order) return;
  const wanted: WantedOrder = {
    leg: order.leg,
    revision: order.revision,
    side: order.side,
    quantity: order.quantity,
    terms: termsOf(order),
    timeInForce: order.timeInForce,
    attempt: order.attempts,
  };
  const summary = `Give the ${order.leg} order up: ${why}`;
  run.learn(
    await safety(run.input.account).closeIntent.executeWithOptions({ summary }, [
      { tradeId: run.input.tradeId, instrument: run.facts.instrument.id, order: wanted },
    ]),
  );
}

/** Price, limits and session are asked again; the entry goes out only if risk still agrees to its quantity. */
async function checkAgain(run: TradeRun): Promise<void> {
  const verdict = await risk.checkRisk(run.input.tradeId);
  run.learn(verdict.facts);
  const entry = entryOf(run.facts);
  if (verdict.kind === 'approved') {
    const attempt = nextEntryAttempt(run.facts);
    if (attempt && reasonToStopEntering(run.facts) === undefined) await submit(run, attempt);
  } else if (entry) {
    await close(run, entry.clientOrderId, verdict.code);
  } else {
    await end(run, { outcome: 'rejected', code: verdict.code, detail: verdict.detail, dust: '0' as DecimalString });
  }
}

/** Compares the books with the venue and ends the trade if they agree; false when it goes on. */
async function end(run: TradeRun, ending: Ending): Promise<boolean> {
  const summary = `Compare the books with the venue and end: ${ending.outcome}`;
  const answer = await safety(run.input.account).reconcileAndEnd.executeWithOptions({ summary }, [
    { tradeId: run.input.tradeId, ending },
  ]);
  run.learn(answer.facts);
  if (answer.result === 'differs') await run.rest(null, 'the books differ from the venue: waiting for a correction');
  return run.facts.outcome !== null;
}
