import { recordAudit } from '../database/audit';
import { generateKey, storeKey } from '../database/keys';
import { openDatabase, transaction } from '../database/pool';
import type { Role } from '../domain/access/role';
import type { KeyView } from '../api/contract/views';
import { readRunningStack } from '../infra/local/stack-state';
import { CliError, EXIT } from './context';
import type { CliContext } from './context';

/** Where the database is: DATABASE_URL, else that of the local stack; undefined when there is neither. */
export function databaseUrl(context: CliContext): string | undefined {
  const named = context.env['DATABASE_URL'];
  return named !== undefined && named !== '' ? named : readRunningStack(context.stateDir)?.databaseUrl;
}

/**
 * Makes a key in the database itself, with its line in the audit log. Whoever can read the database's password may do
 * anything anyway. @throws CliError when the database cannot be reached
 */
export async function createKeyLocally(context: CliContext, wanted: { name: string; role: Role }): Promise<KeyView> {
  const url = databaseUrl(context);
  if (url === undefined)
    throw new CliError(EXIT.failed, 'There is no database: run `npm start` once, or set DATABASE_URL.');
  const database = openDatabase(url, { max: 1 });
  const started = context.now();
  try {
    const key = generateKey();
    const id = await transaction(database, async (client) => {
      const made = await storeKey(client, key, wanted.name, wanted.role);
      await recordAudit(client, {
        actor: `local:${context.user}`,
        method: 'CLI',
        path: 'key create',
        status: EXIT.done,
        durationMs: context.now() - started,
        metadata: { made, role: wanted.role },
      });
      return made;
    });
    return { id, ...wanted, key };
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(
      EXIT.failed,
      'The database does not take the key: `tradewind doctor` says whether it is reachable and up to date.',
    );
  } finally {
    await database.end();
  }
}
