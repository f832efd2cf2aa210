import type { TradingCycle } from '../../domain/cycle/cycle';
import type { HaltScope } from '../../domain/halt/halt';
import { OPERATIONS_QUEUE } from '../messages/task-queues';
import { TRADING_CYCLE_WORKFLOW, tradingCycleWorkflowId } from '../messages/trading-cycle';
import type { TradingCycleInput } from '../messages/trading-cycle';
import type { ScheduleDefinition } from './definition';

/**
 * A schedule for each trading cycle: its workflow begins right after midnight of its market, and waits there for the moment
 * that the calendar says, which an early close moves.
 */
export function cycleSchedules(
  cycles: readonly TradingCycle[],
  timeZoneOf: (calendar: string) => string,
): readonly ScheduleDefinition[] {
  return cycles.map(({ name, account, strategy, calendar }) => {
    const input: TradingCycleInput = { cycle: name };
    return {
      id: `cycle-${name}`,
      tag: 'trading',
      scopes: [`account:${account}`, `strategy:${strategy}`] as HaltScope[],
      times: { cronExpressions: ['5 0 * * *'] },
      timeZone: timeZoneOf(calendar),
      workflow: {
        type: TRADING_CYCLE_WORKFLOW,
        taskQueue: OPERATIONS_QUEUE,
        input,
        idPrefix: tradingCycleWorkflowId(name),
        timeout: '26h',
      },
      overlap: 'skip',
      catchupWindow: '1d',
      purpose: `Trades the watch list of the cycle ${name} on account ${account}, at its moment of the session.`,
      failureMeans: 'The cycle has started no trade, or not all, in this session; what it started goes on.',
    };
  });
}
