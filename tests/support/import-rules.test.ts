import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PROJECT_ROOT } from '../../config/project';

interface Cruise {
  readonly summary: {
    readonly violations: readonly {
      readonly rule: { readonly name: string };
      readonly from: string;
      readonly to: string;
    }[];
  };
}

/** Everything that the fixtures import from, so that each import resolves. */
const TARGETS = [
  'domain/money',
  'workflows/trade',
  'activities/submit',
  'brokers/venue',
  'simulators/exchange',
  'temporal/messages/trade',
  'temporal/connection',
  'workers/main',
  'api/contract',
  'api/server',
  'database/pool',
  'cli/main',
  'telemetry/logger',
  'config/settings',
  'infra/local/stack',
];

const PACKAGES = ['decimal.js', 'luxon', 'pg', '@temporalio/workflow'];

let project: string;

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'import-rules-'));
  for (const name of ['.dependency-cruiser.cjs', 'tsconfig.json'])
    cpSync(join(PROJECT_ROOT, name), join(project, name));
  write(
    'package.json',
    JSON.stringify({ name: 'fixture', dependencies: Object.fromEntries(PACKAGES.map((name) => [name, '1.0.0'])) }),
  );
  for (const name of PACKAGES) {
    const exports = { '.': { import: './index.mjs', require: './index.js' } };
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', exports }));
    write(`node_modules/${name}/index.js`, 'exports.value = 1;');
    write(`node_modules/${name}/index.mjs`, 'export const value = 1;');
  }
  for (const target of TARGETS) write(`${target}.ts`, 'export const value = 1;');
});
afterAll(() => rmSync(project, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(project, path)), { recursive: true });
  writeFileSync(join(project, path), text);
}

/** The violations, as `file rule target`, that the project's own rules find in files with these imports. */
async function violations(files: Readonly<Record<string, string>>): Promise<string[]> {
  for (const [path, text] of Object.entries(files)) write(path, text);
  const cli = join(PROJECT_ROOT, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');
  const output = await new Promise<string>((resolve) => {
    const args = [cli, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', '.'];
    execFile(process.execPath, args, { cwd: project, maxBuffer: 64 * 1024 * 1024 }, (_, stdout) => resolve(stdout));
  });
  for (const path of Object.keys(files)) rmSync(join(project, path));
  return (JSON.parse(output) as Cruise).summary.violations
    .map(({ rule, from, to }) => `${from} ${rule.name} ${to}`)
    .sort();
}

describe('the import rules', () => {
  it('find a forbidden import of every room', async () => {
    const found = await violations({
      'domain/x.ts': "import '../database/pool';",
      'workflows/x.ts': "import '../database/pool';",
      'activities/x.ts': "import '../brokers/venue';",
      'brokers/x.ts': "import '../database/pool';",
      'brokers/paper/x.ts': "import '../../config/settings';",
      'models/x.ts': "import '../database/pool';",
      'feeds/x.ts': "import '../database/pool';",
      'channels/x.ts': "import '../database/pool';",
      'simulators/x.ts': "import '../brokers/venue';",
      'temporal/x.ts': "import '../database/pool';",
      'workers/x.ts': "import '../api/server';",
      'api/x.ts': "import '../activities/submit';",
      'database/x.ts': "import '../telemetry/logger';",
      'cli/x.ts': "import '../api/server';",
      'telemetry/x.ts': "import '../config/settings';",
      'config/x.ts': "import '../domain/money';",
      'infra/local/x.ts': "import '../../workers/main';",
    });
    expect(found).toEqual([
      'activities/x.ts activities-imports brokers/venue.ts',
      'api/x.ts api-imports activities/submit.ts',
      'brokers/paper/x.ts paper-broker-imports config/settings.ts',
      'brokers/x.ts brokers-imports database/pool.ts',
      'channels/x.ts channels-imports database/pool.ts',
      'cli/x.ts cli-imports api/server.ts',
      'config/x.ts config-imports domain/money.ts',
      'database/x.ts database-imports telemetry/logger.ts',
      'domain/x.ts domain-imports database/pool.ts',
      'feeds/x.ts feeds-imports database/pool.ts',
      'infra/local/x.ts infra-imports workers/main.ts',
      'models/x.ts models-imports database/pool.ts',
      'simulators/x.ts simulators-imports brokers/venue.ts',
      'telemetry/x.ts telemetry-imports config/settings.ts',
      'temporal/x.ts temporal-imports database/pool.ts',
      'workers/x.ts workers-imports api/server.ts',
      'workflows/x.ts workflows-imports database/pool.ts',
    ]);
  });

  it('let workflows see activities as types only', async () => {
    const found = await violations({
      'workflows/types.ts': "import type { value } from '../activities/submit';\nexport type T = typeof value;",
      'workflows/code.ts': "import { value } from '../activities/submit';\nexport const twice = value * 2;",
    });
    expect(found).toEqual(['workflows/code.ts workflows-import-activity-types-only activities/submit.ts']);
  });

  it('let domain and workflows have their few libraries and no built-in of Node', async () => {
    const found = await violations({
      'domain/x.ts': "import 'decimal.js';\nimport 'luxon';\nimport 'pg';\nimport 'node:fs';",
      'workflows/x.ts': "import '@temporalio/workflow';\nimport 'decimal.js';\nimport 'crypto';",
    });
    expect(found).toEqual([
      'domain/x.ts domain-libraries fs',
      'domain/x.ts domain-libraries node_modules/pg/index.mjs',
      'workflows/x.ts workflows-libraries crypto',
      'workflows/x.ts workflows-libraries node_modules/decimal.js/index.mjs',
    ]);
  });

  it('find cycles, product code that needs a test, and imports that lead nowhere', async () => {
    const found = await violations({
      'domain/a.ts': "import { b } from './b';\nexport const a = b;",
      'domain/b.ts': "import { a } from './a';\nexport const b = a;",
      'domain/c.test.ts': 'export const c = 1;',
      'api/x.ts': "import '../domain/c.test';\nimport '../domain/gone';",
    });
    expect(found).toEqual([
      'api/x.ts no-tests-in-product domain/c.test.ts',
      'api/x.ts resolvable ../domain/gone',
      'domain/a.ts no-cycles domain/b.ts',
    ]);
  });

  it('let pass what the table allows, tests of every kind, and cycles of types', async () => {
    const found = await violations({
      'workflows/x.ts': "import '../domain/money';\nimport '../temporal/messages/trade';",
      'activities/x.ts': "import '../database/pool';\nimport '../telemetry/logger';",
      'brokers/paper/x.ts': "import '../../database/pool';",
      'cli/x.ts': "import '../api/contract';\nimport '../infra/local/stack';\nimport '../simulators/exchange';",
      'domain/x.test.ts': "import '../database/pool';\nimport 'pg';",
      'domain/one.ts': "import type { Two } from './two';\nexport type One = Two | 1;",
      'domain/two.ts': "import type { One } from './one';\nexport type Two = { one: One };",
    });
    expect(found).toEqual([]);
  });
});
