import { condition, setCurrentDetails, setHandler } from '@temporalio/workflow';
import { assertNever } from '../domain/assert-never';
import { cycleHaltSignal } from '../temporal/messages/trading-cycle';
import type { TradingCycleInput, TradingCycleResult } from '../temporal/messages/trading-cycle';
import { operations, scheduledAt } from './upkeep';

/** The clock of the account is asked again at least so often. */
const LONGEST_WAIT_MS = 3_600_000;

/**
 * Waits for the moment of a session and starts a trade for each instrument of the watch list that has room. A day without a
 * session, a start that comes too late and a halt end it without a trade.
 */
export async function tradingCycle({ cycle }: TradingCycleInput): Promise<TradingCycleResult> {
  let stopped = false;
  const halted = (): boolean => stopped;
  setHandler(
    cycleHaltSignal,
    ({ epoch, reason }) => {
      stopped = true;
      setCurrentDetails(`Stopped by halt ${epoch} (${reason}).`);
    },
    { description: 'Ends the cycle: it starts no trade' },
  );
  let from = scheduledAt() ?? null;
  for (;;) {
    const look = await operations.lookAtCycle({ cycle, from });
    from = look.from;
    const question = { cycle, from };
    if (halted()) return operations.endCycle(question, 'halted');
    switch (look.kind) {
      case 'closed':
      case 'missed':
        return operations.endCycle(question, look.kind);
      case 'go': {
        const run = await operations.startCycleTrades(question);
        if (!halted()) setCurrentDetails(describe(run));
        return run;
      }
      case 'wait': {
        const summary = `Wait for the moment of ${cycle} on ${look.date}`;
        await condition(halted, Math.min(look.waitMs, LONGEST_WAIT_MS), { summary });
        break;
      }
      default:
        assertNever(look.kind);
    }
  }
}

function describe({ date, state, results }: TradingCycleResult): string {
  const lines = results.map(
    ({ instrument, result, code, tradeId }) => `- ${instrument}: ${result} ${tradeId ?? code ?? ''}`,
  );
  return [`Session ${date}: ${state}`, ...lines].join('\n');
}
