import type { CliContext } from '../context';
import { databaseFindings } from './database';
import { accountFindings } from './accounts';
import { apiFindings } from './api';
import type { Finding } from './finding';
import { machineFindings } from './machine';
import { settingsFindings } from './settings';
import { temporalFindings } from './temporal';

/** No look may keep the others waiting longer. */
const PATIENCE_MS = 8_000;

type Look = (context: CliContext) => Finding[] | Promise<Finding[]>;

/** Looks at everything at once; a look that fails is a finding itself, so that the doctor works with everything down. */
export async function examine(context: CliContext): Promise<readonly Finding[]> {
  const looks: readonly (readonly [string, Look])[] = [
    ['machine', machineFindings],
    ['settings', settingsFindings],
    ['PostgreSQL', databaseFindings],
    ['Temporal', temporalFindings],
    ['API', apiFindings],
    ['accounts', accountFindings],
  ];
  return (await Promise.all(looks.map(([name, look]) => patiently(context, name, look)))).flat();
}

async function patiently(context: CliContext, name: string, look: Look): Promise<readonly Finding[]> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<Finding[]>((resolve) => {
    timer = setTimeout(() => resolve([failed(name, `no answer within ${PATIENCE_MS / 1_000} s`)]), PATIENCE_MS);
  });
  try {
    return await Promise.race([look(context), tooLong]);
  } catch (error) {
    return [failed(name, error instanceof Error ? error.name : 'it cannot be examined')];
  } finally {
    clearTimeout(timer);
  }
}

function failed(name: string, detail: string): Finding {
  return { name, state: 'missing', detail, next: 'run `npm start`, and look into var/log when that does not help' };
}
