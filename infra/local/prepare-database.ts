import { migrate } from '../../database/migrate';

/** Brings the database to this version's schema and fills in the bundled data. May be repeated. */
export async function prepareDatabase(databaseUrl: string): Promise<void> {
  await migrate(databaseUrl);
}
