import { Connection } from '@temporalio/client';
import { readRunningStack } from '../../infra/local/stack-state';
import type { CliContext } from '../context';
import type { Finding } from './finding';

const NAME = 'Temporal';
const WITHIN_MS = 4_000;

/** Whether the server answers and has the namespace. */
export async function temporalFindings(context: CliContext): Promise<Finding[]> {
  const named = context.env['TEMPORAL_ADDRESS'];
  const address = named ?? readRunningStack(context.stateDir)?.addresses.temporalAddress;
  if (address === undefined) {
    return [{ name: NAME, state: 'missing', detail: 'not started', next: 'run `npm start`, or set TEMPORAL_ADDRESS' }];
  }
  const namespace = context.env['TEMPORAL_NAMESPACE'] ?? 'trading';
  let connection: Connection | undefined;
  try {
    connection = await Connection.connect({ address, connectTimeout: WITHIN_MS });
    const { serverVersion } = await connection.workflowService.getSystemInfo({});
    return [
      { name: NAME, state: 'found', detail: `${address}, server ${serverVersion}` },
      await namespaceFinding(connection, namespace),
    ];
  } catch {
    return [
      {
        name: NAME,
        state: 'missing',
        detail: `${address} does not answer`,
        next: 'run `npm start`, or start the server that TEMPORAL_ADDRESS names',
      },
    ];
  } finally {
    await connection?.close();
  }
}

async function namespaceFinding(connection: Connection, namespace: string): Promise<Finding> {
  const name = 'namespace';
  try {
    await connection.workflowService.describeNamespace({ namespace });
    return { name, state: 'found', detail: namespace };
  } catch {
    const next = `temporal operator namespace create -n ${namespace}`;
    return { name, state: 'missing', detail: `${namespace} is not on the server`, next };
  }
}
