import { Client } from 'pg';
import { createTestDatabase } from '../../support/database';
import { prepareDatabase } from './controlled-database';
import { WORKERS } from './run';
import type { WorkerName } from './run';
import { weaken } from './weakening';
import type { Weakening } from './weakening';
import type { Lab } from './world';

/** Works in a database of its own, weakened or as it is, which is deleted afterwards. */
export async function inLab<Result>(
  weakening: Weakening | undefined,
  work: (lab: Lab) => Promise<Result>,
): Promise<Result> {
  const { url, drop } = await createTestDatabase();
  const clients: Client[] = [];
  const connect = async (): Promise<Client> => {
    const client = new Client({ connectionString: url });
    clients.push(client);
    await client.connect();
    return client;
  };
  try {
    const first = await connect();
    await prepareDatabase(first);
    if (weakening) await weaken(first, weakening);
    // The clock counts for connections that are opened now.
    const workers = await Promise.all(WORKERS.map(async (name) => [name, await connect()] as const));
    return await work({
      control: await connect(),
      workers: Object.fromEntries(workers) as Record<WorkerName, Client>,
    });
  } finally {
    await Promise.all(clients.map((client) => client.end()));
    await drop();
  }
}

/** Version of the server that the labs are on. */
export async function serverVersion(): Promise<string> {
  return inLab(undefined, async ({ control }) => {
    const { rows } = await control.query<{ version: string }>(`SELECT current_setting('server_version') AS version`);
    return rows[0]?.version ?? 'unknown';
  });
}
