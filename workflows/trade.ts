import { ActivityFailure, allHandlersFinished, condition } from '@temporalio/workflow';
import { describeOrder } from '../domain/trade/describe';
import { nextEntryAttempt, reasonToStopEntering } from '../domain/trade/entering';
import { nextStep } from '../domain/trade/next-step';
import { CANCEL_PACE, orderPace, RESOLVE_PACE } from '../domain/trade/pace';
import type { TradePhase } from '../domain/trade/phase';
import { emulationOf } from '../domain/trade/step';
import type { Ending, Step, WantedOrder } from '../domain/trade/step';
import { again, entryOf, openOrders, refIn } from '../domain/trade/trade-orders';
import type { DecimalString } from '../domain/money/decimal';
import type { TradeInput, TradeResult } from '../temporal/messages/trade';
import { enterTrade } from './enter-trade';
import { ledger, orders, risk, safety } from './trade-activities';
import { TradeRun } from './trade-run';

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
    // What was refused before its entry only ends; it must not go on to the entry if the first try to end it fails.
    while (ending && !run.isOver && !(await end(run, ending)))
      await run.look(Date.now() + 1_000, 'the trade could not be ended yet');
  }
  let last = '';
  let repeats = 0;
  while (run.facts.outcome === null) {
    if (run.haltPending) await run.acknowledgeHalt();
    else if (run.isOutdated) await run.refresh();
    await run.continueIfLong();
    let step = nextStep(run.facts, run.memory());
    repeats = sameStep(step) === last && step.kind !== 'wait' ? repeats + 1 : 0;
    if (repeats > 0) {
      // The same step twice in a row made no progress: go slower, so that a stubborn venue is not hammered.
      await run.look(Date.now() + Math.min(10_000, 100 * 2 ** repeats), 'the last step changed nothing; trying again');
      step = nextStep(run.facts, run.memory());
    }
    last = sameStep(step);
    await perform(run, step);
  }
  run.publish();
  // A request that came with the end still gets its answer.
  await condition(allHandlersFinished);
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
  const guard = safety(account);
  switch (step.kind) {
    case 'submit':
      return submit(run, step.order);
    case 'resolve': {
      const summary = `Find out what became of the ${step.leg} order`;
      const found = await run.during(() =>
        guard.resolveOrder.executeWithOptions({ summary }, [{ tradeId, order: refIn(run.facts, step.clientOrderId) }]),
      );
      run.resolveAfter[step.clientOrderId] =
        found.verdict === 'again'
          ? Math.max(Date.now() + found.waitMs, run.paceOf(`resolve:${step.clientOrderId}`, RESOLVE_PACE))
          : 0;
      run.learn(found.facts);
      return;
    }
    case 'cancel': {
      const summary = `Cancel the ${step.leg} order: ${step.why}`;
      const key = `cancel:${step.clientOrderId}`;
      run.retryAfter[key] = run.paceOf(key, CANCEL_PACE);
      // Replacing a stop is managing; taking it away for the exit is exiting.
      const phase = step.why === 'exit' && run.facts.phase !== 'exiting' ? 'exiting' : null;
      run.learn(
        await run.during(() =>
          guard.cancelOrder.executeWithOptions({ summary }, [
            { tradeId, order: refIn(run.facts, step.clientOrderId), phase },
          ]),
        ),
      );
      return;
    }
    case 'close':
      return close(run, step.clientOrderId, step.why);
    case 'emulate-stop': {
      const { emulated } = step;
      const told = run.facts.attention === 'stop_emulated';
      const attention = emulated ? { attention: 'stop_emulated' } : told ? { attention: null } : {};
      run.learn(await ledger.advanceTrade(tradeId, null, { protection: emulationOf(step), ...attention }));
      return;
    }
    case 'check-risk-again':
      return checkAgain(run);
    case 'wait':
      return run.look(step.until, step.why);
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
    const send = (): ReturnType<typeof queue.submitOrder> =>
      queue.submitOrder.executeWithOptions({ summary }, [
        { tradeId, instrument: instrument.id, order, phase, arrivalPrice: market.price },
      ]);
    // An entry that still waits for a worker is taken back by a halt; the fence refuses it in any case.
    const sent = await run.during(send, kind === 'entry');
    run.retryAfter[order.leg] = run.paceOf(order.leg, orderPace(kind, sent.result, sent.code));
    run.learn(sent.facts);
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    // What the activity did, if anything, stands in the journal: an attempt without an answer is in doubt.
    run.retryAfter[order.leg] = run.paceOf(order.leg, orderPace(kind, 'not-sent', null));
    await run.refresh();
  }
}

async function close(run: TradeRun, clientOrderId: string, why: string): Promise<void> {
  const order = run.facts.orders.find((o) => o.clientOrderId === clientOrderId);
  if (!order) return;
  const summary = `Give the ${order.leg} order up: ${why}`;
  const { tradeId, account } = run.input;
  const instrument = run.facts.instrument.id;
  run.learn(
    await run.during(() =>
      safety(account).closeIntent.executeWithOptions({ summary }, [{ tradeId, instrument, order: again(order) }]),
    ),
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
    return;
  }
  if (entry) await close(run, entry.clientOrderId, verdict.code);
  // Whatever an earlier attempt may have left at the venue is settled before the trade ends.
  if (openOrders(run.facts).length > 0) return;
  const outcome = verdict.kind === 'expired' ? 'expired' : 'rejected';
  await end(run, { outcome, code: verdict.code, detail: verdict.detail, dust: '0' as DecimalString });
}

/** Compares the books with the venue and ends the trade if they agree; false when it goes on. */
async function end(run: TradeRun, ending: Ending): Promise<boolean> {
  const summary = `Compare the books with the venue and end: ${ending.outcome}`;
  const { tradeId, account } = run.input;
  const answer = await run.during(() =>
    safety(account).reconcileAndEnd.executeWithOptions({ summary }, [{ tradeId, ending }]),
  );
  run.learn(answer.facts);
  return run.facts.outcome !== null;
}
