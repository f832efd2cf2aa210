import { join } from 'node:path';
import { PROJECT_ROOT } from '../../config/project';
import type { Settings } from '../../config/settings';
import { migrate } from '../../database/migrate';
import { clockSetting, seed } from '../../database/seed';

/** Brings the database to this version's schema and fills in what is bundled. May be repeated. */
export async function prepareDatabase(databaseUrl: string, settings: Settings): Promise<void> {
  await migrate(databaseUrl);
  await seed(databaseUrl, { dataDir: join(PROJECT_ROOT, 'data'), clock: clockSetting(settings.paper) });
}
