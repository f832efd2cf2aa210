import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import type { Millis } from '../../domain/clock/instant';
import { connectionOptions, type TemporalPlace } from '../../temporal/connection';
import { addSearchAttributes, missingSearchAttributes } from './temporal-search-attributes';

const CONNECT_WITHIN_MS = 10_000;
/** A server with a visibility store of its own lists new attributes with a delay. */
const LISTED_WITHIN_MS = 30_000;

/**
 * Makes a Temporal server of the user's ready for trades: registers the search attributes that its namespace lacks.
 * May be repeated.
 * @throws Error with the command to give when the server, its namespace or the attributes are missing.
 */
export async function prepareTemporal(place: TemporalPlace, namespace: string): Promise<void> {
  const connection = await connectTemporal(place, CONNECT_WITHIN_MS).catch(() => {
    throw new Error(`the Temporal server of TEMPORAL_ADDRESS, ${place.temporal.address}, does not answer`);
  });
  try {
    await requireNamespace(connection, namespace);
    await registerMissing(connection, namespace);
  } finally {
    await connection.close();
  }
}

/** A connection to a Temporal server. @throws when it does not answer in time. */
export function connectTemporal(place: TemporalPlace, connectTimeout: Millis): Promise<Connection> {
  return Connection.connect({ ...connectionOptions(place), connectTimeout });
}

async function requireNamespace(connection: Connection, namespace: string): Promise<void> {
  try {
    await connection.workflowService.describeNamespace({ namespace });
  } catch {
    const command = `temporal operator namespace create -n ${namespace}`;
    throw new Error(`the Temporal server has no namespace ${namespace}, or does not show it; to make it: ${command}`);
  }
}

async function registerMissing(connection: Connection, namespace: string): Promise<void> {
  const missing = await missingSearchAttributes(connection, namespace);
  if (missing.length === 0) return;
  const deadline = performance.now() + LISTED_WITHIN_MS;
  try {
    await addSearchAttributes(connection, namespace, missing);
    while ((await missingSearchAttributes(connection, namespace)).length > 0) {
      if (performance.now() > deadline) throw new Error('they are not listed');
      await sleep(200);
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(
      `search attributes could not be registered (${why}); to do it: ${attributeCommand(missing, namespace)}`,
    );
  }
}

/** What an operator types to register attributes. */
export function attributeCommand(
  missing: readonly (readonly [name: string, type: string])[],
  namespace: string,
): string {
  const named = missing.map(([name, type]) => `--name ${name} --type ${type}`).join(' ');
  return `temporal operator search-attribute create -n ${namespace} ${named}`;
}
