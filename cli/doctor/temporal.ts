import type { Connection } from '@temporalio/client';
import { loadSettings, type Settings } from '../../config/settings';
import { attributeCommand, connectTemporal } from '../../infra/local/prepare-temporal';
import { readRunningStack } from '../../infra/local/stack-state';
import { missingSearchAttributes } from '../../infra/local/temporal-search-attributes';
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
    connection = await connectTemporal({ temporal: { address, ...tlsOf(context) } }, WITHIN_MS);
    const { serverVersion } = await connection.workflowService.getSystemInfo({});
    return [
      { name: NAME, state: 'found', detail: `${address}, server ${serverVersion}` },
      ...(await namespaceFindings(connection, namespace)),
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

/** The TLS settings, if they can be read at all: whether they are right is found elsewhere. */
function tlsOf(context: CliContext): Pick<Settings['temporal'], 'tls'> {
  try {
    const { tls } = loadSettings(context.env).temporal;
    return tls === undefined ? {} : { tls };
  } catch {
    return {};
  }
}

async function namespaceFindings(connection: Connection, namespace: string): Promise<Finding[]> {
  const name = 'namespace';
  try {
    await connection.workflowService.describeNamespace({ namespace });
    return [{ name, state: 'found', detail: namespace }, await attributesFinding(connection, namespace)];
  } catch {
    const next = `temporal operator namespace create -n ${namespace}`;
    return [{ name, state: 'missing', detail: `${namespace} is not on the server`, next }];
  }
}

/** Without them no trade starts. */
async function attributesFinding(connection: Connection, namespace: string): Promise<Finding> {
  const name = 'search attributes';
  const missing = await missingSearchAttributes(connection, namespace).catch(() => undefined);
  if (missing === undefined) return { name, state: 'off', detail: 'the server does not list them to us' };
  if (missing.length === 0) return { name, state: 'found', detail: 'all are registered' };
  const detail = `not registered: ${missing.map(([attribute]) => attribute).join(', ')}`;
  return { name, state: 'missing', detail, next: attributeCommand(missing, namespace) };
}
