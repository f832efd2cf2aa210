import { join } from 'node:path';
import { loadAccounts } from '../../config/accounts';
import { PROJECT_ROOT } from '../../config/project';
import type { Settings } from '../../config/settings';
import { ExchangeAccounts } from '../../database/exchange-accounts';
import { exchangeSeed, policyOf } from '../../database/exchange-seed';
import { migrate } from '../../database/migrate';
import { openDatabase } from '../../database/pool';
import { applyPolicyFile } from '../../database/apply-policy-file';
import { readPolicyFile } from '../../config/risk-policy-file';
import { clockSetting, DEFAULT_ACCOUNT, seed } from '../../database/seed';
import { decimalString } from '../../domain/money/decimal';

/**
 * Brings the database to this version's schema and fills in what is bundled, and the accounts of the settings. May be
 * repeated. @throws AccountsError for a file of accounts that cannot be used
 */
export async function prepareDatabase(databaseUrl: string, settings: Settings): Promise<void> {
  const { exchange, ib, paper } = loadAccounts(settings);
  await migrate(databaseUrl);
  // Checked before anything is written: a file that breaks a rule stops the start.
  const { file, document } = readPolicyFile(settings.riskPolicyFile);
  const further = paper.map(({ policy, openingCash, ...account }) => ({
    ...account,
    openingCash: decimalString(openingCash),
    policy: policyOf(policy),
  }));
  await seed(databaseUrl, {
    dataDir: join(PROJECT_ROOT, 'data'),
    clock: clockSetting(settings.paper),
    paperAccounts: [DEFAULT_ACCOUNT, ...further],
  });
  await applyPolicyFile(databaseUrl, file, document);
  const database = openDatabase(databaseUrl, { max: 1 });
  try {
    // What keeps one from being used is found, and told, by the process that opens it.
    for (const account of [...exchange, ...ib]) await new ExchangeAccounts(database).ensure(exchangeSeed(account));
  } finally {
    await database.end();
  }
}
