import { proxyActivities, setCurrentDetails, setHandler } from '@temporalio/workflow';
import type { ExecutionActivities } from '../activities/execution/activities';
import { safetyQueue } from '../temporal/messages/task-queues';
import { haltSignal } from '../temporal/messages/trade';
import type {
  BrokerFinding,
  CheckBrokerInput,
  FindContractsInput,
  FindContractsResult,
  LookUpOrderInput,
  LookUpOrderResult,
} from '../temporal/messages/venue-tasks';

/** Somebody waits for the answer: what the account's worker cannot begin soon is not worth doing. */
const SOON = {
  scheduleToStartTimeout: '8s',
  startToCloseTimeout: '15s',
  heartbeatTimeout: '5s',
  retry: { maximumAttempts: 1 },
} as const;

/** Asks a venue what harms nobody, for people: does the account work? */
export async function checkBroker(input: CheckBrokerInput): Promise<readonly BrokerFinding[]> {
  goOnThroughHalts();
  const { checkBroker: check } = proxyActivities<ExecutionActivities>({
    ...SOON,
    taskQueue: safetyQueue(input.account),
    summary: `Check the venue of account ${input.account}`,
  });
  return check();
}

/** Asks a venue what a symbol may mean, for people. */
export async function findContracts(input: FindContractsInput): Promise<FindContractsResult> {
  goOnThroughHalts();
  const { findContracts: find } = proxyActivities<ExecutionActivities>({
    ...SOON,
    taskQueue: safetyQueue(input.account),
    summary: `Find contracts for account ${input.account}`,
  });
  return find(input.text, input.kind);
}

/** Looks one order in doubt up now, because a person asked. What it proves is stored as the trade itself would. */
export async function lookUpOrder(input: LookUpOrderInput): Promise<LookUpOrderResult> {
  goOnThroughHalts();
  const { account, order, tradeId } = input;
  const { resolveOrder } = proxyActivities<ExecutionActivities>({
    ...SOON,
    taskQueue: safetyQueue(account),
    summary: `Look order ${order.clientOrderId} up`,
  });
  const { verdict, waitMs } = await resolveOrder({ tradeId, order });
  return { verdict, waitMs };
}

function goOnThroughHalts(): void {
  setHandler(
    haltSignal,
    ({ epoch, reason }) => setCurrentDetails(`Told of halt ${epoch} (${reason}). Goes on: it only asks.`),
    { description: 'Recorded only: a question to a venue sends no order' },
  );
}
