import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import { setTimeout as sleep } from 'node:timers/promises';
import { runCli } from '../../tests/support/cli';
import { prepareTemporal } from './prepare-temporal';
import { missingSearchAttributes } from './temporal-search-attributes';

const address = process.env['TEST_TEMPORAL_ADDRESS'] ?? '';
const place = (where = address) => ({ temporal: { address: where } });

let connection: Connection;
beforeAll(async () => {
  connection = await Connection.connect({ address });
});
afterAll(() => connection.close());

/** A namespace as somebody makes it who knows nothing of us. */
async function makeNamespace(namespace: string): Promise<void> {
  const workflowExecutionRetentionPeriod = msToTs('1 day');
  await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod });
  // The server learns of its new namespace with a delay.
  while ((await missingSearchAttributes(connection, namespace).catch(() => [])).length === 0) await sleep(100);
}

describe("a Temporal server of the user's", () => {
  it('gets the search attributes that its namespace lacks, and the doctor says which', async () => {
    const namespace = `own-${process.pid}`;
    await makeNamespace(namespace);
    const env = { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace };
    const before = await runCli(['doctor'], { env, now: () => Date.now() });
    expect(before.stdout).toContain(
      `temporal operator search-attribute create -n ${namespace} --name TradePhase --type Keyword`,
    );
    await prepareTemporal(place(), namespace);
    expect(await missingSearchAttributes(connection, namespace)).toEqual([]);
    await prepareTemporal(place(), namespace);
  });

  it('without the namespace is refused with the command that makes it', async () => {
    await expect(prepareTemporal(place(), 'nowhere')).rejects.toThrow('temporal operator namespace create -n nowhere');
  });

  it('that does not answer is named', async () => {
    await expect(prepareTemporal(place('127.0.0.1:1'), 'trading')).rejects.toThrow('127.0.0.1:1, does not answer');
  });
});
