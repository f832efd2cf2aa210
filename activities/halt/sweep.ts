import { haltAnswerOf } from '../../domain/halt/answers';
import type { Halt } from '../../domain/halt/halt';
import type { ReportWorkflow } from '../../domain/halt/report';
import { TRADE_WORKFLOW, tradeIdOf } from '../../temporal/messages/trade';
import type { HaltRequest } from '../../temporal/messages/trade';
import { HALT_TRADING_WORKFLOW } from '../../temporal/messages/halt-trading';
import { WATCH_ACCOUNT_WORKFLOW, watchedAccountOf } from '../../temporal/messages/watch-account';
import type { HaltDeps, ListedWorkflow } from './ports';

/**
 * One look at Temporal's own list of open workflows: tells every trade of the halt that the registry says was never
 * reached, and every workflow of another type that the scope concerns. True when no trade had been missed.
 */
export async function sweep(deps: HaltDeps, halt: Halt, request: HaltRequest, heartbeat: () => void): Promise<boolean> {
  const open = await deps.openWorkflows();
  const trades = open.filter(({ type }) => type === TRADE_WORKFLOW);
  const missed = await deps.halts.missed(
    halt.epoch,
    trades.flatMap(({ workflowId }) => tradeIdOf(workflowId) ?? []),
  );
  for (const trade of missed) {
    await deps.tellTrade(trade, request);
    heartbeat();
  }
  const others = open.filter((workflow) => workflow.type !== TRADE_WORKFLOW && isTold(halt, workflow));
  for (const { workflowId } of others) {
    await deps.tellWorkflow(workflowId, request);
    heartbeat();
  }
  await deps.halts.recordSweep(
    halt.epoch,
    missed.length === 0,
    open.map((workflow) => answered(halt, workflow)),
  );
  return missed.length === 0;
}

/** Those that carry halts out need not be told; a narrower halt concerns no one else but its account's watcher. */
function isTold({ scope }: Halt, { type, workflowId }: ListedWorkflow): boolean {
  if (type === HALT_TRADING_WORKFLOW) return false;
  if (scope === 'global') return true;
  return type === WATCH_ACCOUNT_WORKFLOW && scope === `account:${watchedAccountOf(workflowId) ?? ''}`;
}

function answered({ everything }: Halt, { workflowId, type }: ListedWorkflow): ReportWorkflow {
  const { answer, why } = haltAnswerOf(type);
  const said = answer === 'unless-all' ? (everything ? 'stops' : 'goes-on') : answer;
  return { workflowId, type, answer: said, why };
}
