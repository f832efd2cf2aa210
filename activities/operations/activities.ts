import { Context } from '@temporalio/activity';
import type { CycleState } from '../../domain/cycle/cycle';
import type { RemindSecretRotationResult } from '../../temporal/messages/remind-secret-rotation';
import type { TradingCycleResult } from '../../temporal/messages/trading-cycle';
import type { DailyReportResult } from '../../temporal/messages/daily-report';
import { makeReport, sendReport } from './daily-report';
import type { ReportDeps } from './daily-report';
import { remindOfRotation } from './remind-of-rotation';
import type { RotationDeps } from './remind-of-rotation';
import { endCycle, lookAtCycle, startCycleTrades } from './run-cycle';
import type { CycleAnswer, CycleDeps, CycleQuestion } from './run-cycle';

/** What the scheduled operations work with. */
export interface OperationsDeps extends RotationDeps, CycleDeps, ReportDeps {
  /** Real time of this process in milliseconds since 1970. */
  readonly now: () => number;
}

/** The steps of scheduled operations. Each may run any number of times. */
export function createOperationsActivities(deps: OperationsDeps) {
  return {
    remindOfRotation: (): Promise<RemindSecretRotationResult> => remindOfRotation(deps, deps.now()),
    makeReport: (day: string): Promise<DailyReportResult> => makeReport(deps, day),
    sendReport: (day: string): Promise<void> => sendReport(deps, day),
    lookAtCycle: (question: CycleQuestion): Promise<CycleAnswer> => lookAtCycle(deps, question),
    endCycle: (
      question: CycleQuestion,
      state: Extract<CycleState, 'missed' | 'closed' | 'halted'>,
    ): Promise<TradingCycleResult> => endCycle(deps, question, state, workflowId()),
    startCycleTrades: (question: CycleQuestion): Promise<TradingCycleResult> =>
      startCycleTrades(deps, question, workflowId()),
  };
}

function workflowId(): string {
  return Context.current().info.workflowExecution?.workflowId ?? 'unknown';
}

export type OperationsActivities = ReturnType<typeof createOperationsActivities>;
