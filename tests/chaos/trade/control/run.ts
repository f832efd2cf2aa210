import { Client, Connection } from '@temporalio/client';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PROJECT_ROOT } from '../../../../config/project';
import { openDatabase } from '../../../../database/pool';
import { seed } from '../../../../database/seed';
import { dec, text } from '../../../../domain/money/decimal';
import type { ChaosStack } from '../stack';
import { readVenue } from '../venue-record';
import { BLIND_WORKFLOW, CONTROL_ACCOUNT, CONTROL_QUEUE, runOfBlindId } from './messages';

/** What the venue has of trades that journal nothing and retry blindly. */
export interface ControlResult {
  readonly runs: number;
  /** Orders beyond the one that each run wanted. */
  readonly duplicates: number;
  /** Runs without any order. */
  readonly missing: number;
}

const WITHIN_MS = 60_000;

/**
 * The same venue, Temporal server and kind of process, with a worker that does it the usual way. Its answers get lost
 * and it dies behind a send, as the product's worker does: should this show no duplicates, the suite could not see any.
 */
export async function runControl(stack: ChaosStack, runs: number): Promise<ControlResult> {
  await seed(stack.databaseUrl, {
    dataDir: join(PROJECT_ROOT, 'data'),
    clock: { kind: 'live' },
    paperAccounts: [{ name: CONTROL_ACCOUNT, openingCash: text(dec('10000000')), currency: 'USD' }],
  });
  await stack.startControl('tests/chaos/trade/control/worker');
  const ids = Array.from({ length: runs }, (_, index) => `blind-${String(index).padStart(3, '0')}`);
  const connection = await Connection.connect({ address: stack.temporalAddress });
  try {
    const client = new Client({ connection, namespace: stack.namespace });
    const handles = await Promise.all(
      ids.map((id) => client.workflow.start(BLIND_WORKFLOW, { workflowId: id, taskQueue: CONTROL_QUEUE, args: [id] })),
    );
    const over = new AbortController();
    const late = sleep(WITHIN_MS, undefined, { signal: over.signal }).catch(() => undefined);
    await Promise.race([Promise.all(handles.map((handle) => handle.result())), late]);
    over.abort();
  } finally {
    await connection.close();
  }
  return judgeControl(stack.databaseUrl, ids);
}

async function judgeControl(databaseUrl: string, ids: readonly string[]): Promise<ControlResult> {
  const database = openDatabase(databaseUrl, { max: 1 });
  const { orders } = await readVenue(database, [CONTROL_ACCOUNT]);
  await database.end();
  const counts = ids.map((id) => orders.filter((order) => runOfBlindId(order.clientOrderId) === id).length);
  return {
    runs: ids.length,
    duplicates: counts.reduce((sum, count) => sum + Math.max(0, count - 1), 0),
    missing: counts.filter((count) => count === 0).length,
  };
}
