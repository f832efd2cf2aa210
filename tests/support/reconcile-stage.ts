import type { Harness } from './harness';
import type { DecimalString } from '../../domain/money/decimal';
import { openAlerts } from '../../database/alerts';
import { acceptDifference, beginReconciliation } from '../../database/reconciliations';
import type { AcceptanceAnswer } from '../../database/reconciliations';
import { requestReconciliation } from '../../temporal/start-workflows';
import type { ReconcileAccountResult } from '../../temporal/messages/reconcile-account';
import { reconcileAccountWorkflowId } from '../../temporal/messages/reconcile-account';

/** A difference as a test looks at it. */
export interface SeenDifference {
  readonly id: number;
  readonly kind: string;
  readonly subject: string;
  readonly ours: string | null;
  readonly venue: string | null;
  readonly state: string;
}

/** Compares an account as a person asks for it, and waits for the end. */
export async function reconcile(harness: Harness, account: string): Promise<ReconcileAccountResult> {
  const id = await beginReconciliation(harness.database, account, 'request', 'tester');
  await requestReconciliation(harness.client, account, 'tester');
  const handle = harness.client.workflow.getHandle(reconcileAccountWorkflowId(account));
  const result = (await handle.result()) as ReconcileAccountResult;
  if (result.reconciliation < id) throw new Error('another comparison was answered');
  return result;
}

/** All differences of an account, oldest first. */
export async function differencesOf(harness: Harness, account: string): Promise<readonly SeenDifference[]> {
  const { rows } = await harness.database.query<SeenDifference>(
    `SELECT id, kind, subject, ours, venue, state FROM reconciliation_differences WHERE account = $1 ORDER BY id`,
    [account],
  );
  return rows;
}

/** `kind state` of each, for a comparison at one glance. */
export async function differenceLines(harness: Harness, account: string): Promise<readonly string[]> {
  return (await differencesOf(harness, account)).map(({ kind, state }) => `${kind} ${state}`);
}

/** Takes the venue's side, as an operator does. */
export function accept(harness: Harness, id: number, price?: DecimalString): Promise<AcceptanceAnswer> {
  const why = { id, actor: 'tester', reason: 'planted by a test' };
  return acceptDifference(harness.database, price === undefined ? why : { ...why, price });
}

/** Causes of the open alerts that comparisons raised. */
export async function reconciliationAlerts(harness: Harness): Promise<readonly string[]> {
  const open = await openAlerts(harness.database);
  return open
    .filter(({ cause }) => cause.startsWith('reconciliation'))
    .map(({ cause, severity }) => `${severity} ${cause}`);
}
