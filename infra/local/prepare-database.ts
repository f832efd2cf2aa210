import { join } from 'node:path';
import { PROJECT_ROOT } from '../../config/project';
import type { Settings } from '../../config/settings';
import { migrate } from '../../database/migrate';
import { applyPolicyFile } from '../../database/apply-policy-file';
import { readPolicyFile } from '../../config/risk-policy-file';
import { clockSetting, seed } from '../../database/seed';

/** Brings the database to this version's schema and fills in what is bundled. May be repeated. */
export async function prepareDatabase(databaseUrl: string, settings: Settings): Promise<void> {
  await migrate(databaseUrl);
  // Checked before anything is written: a file that breaks a rule stops the start.
  const { file, document } = readPolicyFile(settings.riskPolicyFile);
  await seed(databaseUrl, { dataDir: join(PROJECT_ROOT, 'data'), clock: clockSetting(settings.paper) });
  await applyPolicyFile(databaseUrl, file, document);
}
