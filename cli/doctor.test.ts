import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmptyDatabase, createTestDatabase } from '../tests/support/database';
import { answers, runCli, type CliResult } from '../tests/support/cli';
import type { CliContext } from './context';
import { clockFinding } from './doctor/clock-skew';
import type { Finding } from './doctor/finding';
import { node } from './doctor/machine';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'doctor-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const doctor = (changes: Partial<CliContext>): Promise<CliResult> =>
  runCli(['doctor', '--json'], { stateDir: folder, projectRoot: folder, now: () => Date.now(), ...changes });

function findings({ stdout }: CliResult): Record<string, Finding> {
  const { findings: list } = JSON.parse(stdout) as { findings: Finding[] };
  return Object.fromEntries(list.map((finding) => [finding.name, finding]));
}

const ready = [200, { status: 'ready', database: 'reachable', temporal: 'reachable' }] as const;

describe('the doctor', () => {
  it('works with everything down, says what is missing, and ends with 1', async () => {
    const result = await doctor({ env: {} });
    expect(result.code).toBe(1);
    const found = findings(result);
    expect(found).toMatchObject({
      Node: { state: 'found' },
      disk: { state: 'found' },
      LIVE: { state: 'off', detail: '0: no real order is ever sent' },
      settings: { state: 'found' },
      PostgreSQL: { state: 'missing', next: 'run `npm start`, or set DATABASE_URL' },
      Temporal: { state: 'missing' },
      API: { state: 'missing' },
      'API key': { state: 'missing' },
    });
  });

  it('says whether there is a language model, and whether its key travels in the clear', async () => {
    const model = async (env: Record<string, string>) => findings(await doctor({ env }))['language model'];
    expect(await model({})).toMatchObject({ state: 'off' });
    expect(await model({ OPENAI_API_KEY: 'k' })).toMatchObject({ state: 'found' });
    const OPENAI_BASE_URL = 'http://127.0.0.1:4010/v1';
    expect(await model({ OPENAI_API_KEY: 'k', OPENAI_BASE_URL })).toMatchObject({ state: 'found' });
    const far = await model({ OPENAI_API_KEY: 'k-123', OPENAI_BASE_URL: 'http://models.example/v1' });
    expect(far).toMatchObject({ state: 'unsafe', next: 'use https in OPENAI_BASE_URL' });
    expect(JSON.stringify(far)).not.toContain('k-123');
  });

  it('shows a table with the next steps to people', async () => {
    const { stdout } = await runCli(['doctor'], { env: {}, stateDir: folder, projectRoot: folder });
    expect(stdout).toMatch(/^STATE +WHAT +DETAIL/);
    expect(stdout).toContain('Next steps:\nPostgreSQL: run `npm start`');
  });

  it('finds a stack that is in order, and ends with 0', async () => {
    const database = await createTestDatabase();
    try {
      writeFileSync(join(folder, 'api-key'), 'tw_key', { mode: 0o600 });
      const env = {
        DATABASE_URL: database.url,
        TEMPORAL_ADDRESS: process.env['TEST_TEMPORAL_ADDRESS'],
        TEMPORAL_NAMESPACE: process.env['TEST_TEMPORAL_NAMESPACE'],
        TRADEWIND_API_URL: 'http://api.test',
      };
      const date = { date: new Date().toUTCString() };
      const { fetch, asked } = answers([ready[0], ready[1], date], [200, { items: [] }]);
      const result = await doctor({ env, fetch });
      expect(findings(result)).toMatchObject({
        PostgreSQL: { state: 'found', detail: expect.stringMatching(/^version 15/) as string },
        migrations: { state: 'found' },
        'database clock': { state: 'found' },
        'Temporal CLI': { state: 'off' },
        Temporal: { state: 'found' },
        namespace: { state: 'found' },
        'search attributes': { state: 'found' },
        API: { state: 'found' },
        'API key': { state: 'found', detail: 'the API takes it' },
        'API clock': { state: 'found' },
        'first key': { state: 'found' },
      });
      expect(result.code).toBe(0);
      expect(asked[1]?.init.headers).toMatchObject({ Authorization: 'Bearer tw_key' });
      expect(result.stdout).not.toContain('tw_key');
      const password = new URL(database.url).password;
      if (password !== '') expect(result.stdout).not.toContain(password);
    } finally {
      await database.drop();
    }
  });

  it('finds a database without the migrations, and a namespace that is not there', async () => {
    const database = await createEmptyDatabase();
    try {
      const env = {
        DATABASE_URL: database.url,
        TEMPORAL_ADDRESS: process.env['TEST_TEMPORAL_ADDRESS'],
        TEMPORAL_NAMESPACE: 'nowhere',
      };
      const found = findings(await doctor({ env }));
      expect(found['migrations']).toMatchObject({
        state: 'missing',
        detail: expect.stringContaining('0001_registry') as string,
      });
      expect(found['namespace']).toMatchObject({
        state: 'missing',
        next: 'temporal operator namespace create -n nowhere',
      });
    } finally {
      await database.drop();
    }
  });

  it('finds servers that do not answer', async () => {
    const env = {
      DATABASE_URL: 'postgres://u:hidden@127.0.0.1:1/x',
      TEMPORAL_ADDRESS: '127.0.0.1:1',
      TEMPORAL_CLI_PATH: '/none',
    };
    const result = await doctor({ env });
    expect(findings(result)).toMatchObject({
      PostgreSQL: { state: 'missing', detail: '127.0.0.1:1 does not answer' },
      Temporal: { state: 'missing', detail: '127.0.0.1:1 does not answer' },
    });
    expect(result.stdout).not.toContain('hidden');
  });

  it('finds what is unsafe, and ends with 4', async () => {
    for (const file of ['api-key', '.env']) {
      writeFileSync(join(folder, file), 'tw_key');
      chmodSync(join(folder, file), 0o644);
    }
    const env = {
      LIVE: '1',
      PAPER_CLOCK: 'live',
      DATABASE_URL: 'postgres://postgres:postgres@127.0.0.1:1/x',
      API_PORT: 'many',
    };
    const result = await doctor({ env });
    expect(result.code).toBe(4);
    expect(findings(result)).toMatchObject({
      'first key': { state: 'unsafe', next: `chmod 600 ${join(folder, 'api-key')}` },
      '.env': { state: 'unsafe' },
      API_PORT: { state: 'unsafe' },
    });
    const placeholder = findings(await doctor({ env: { ...env, API_PORT: '8080' } }));
    expect(placeholder['DATABASE_URL']).toMatchObject({
      state: 'unsafe',
      detail: expect.stringContaining('sample log-in') as string,
    });
    const paper = findings(await doctor({ env: { ...env, API_PORT: '8080', LIVE: '0' } }));
    expect(paper['placeholders']).toMatchObject({
      state: 'off',
      detail: 'DATABASE_URL: fine while LIVE=0, refused with LIVE=1',
    });
    const live = findings(await doctor({ env: { LIVE: '1', PAPER_CLOCK: 'live' } }));
    expect(live['LIVE']).toMatchObject({ state: 'found' });
  });

  it('finds an API that lacks its servers or refuses the key', async () => {
    const env = { TRADEWIND_API_URL: 'http://api.test', TRADEWIND_API_KEY: 'tw_old', TEMPORAL_CLI_PATH: '/none' };
    const { fetch } = answers(
      [
        503,
        { status: 'not-ready', database: 'unreachable', temporal: 'reachable' },
        { date: new Date(Date.now() - 60_000).toUTCString() },
      ],
      [401, {}],
    );
    const result = await doctor({ env, fetch });
    expect(findings(result)).toMatchObject({
      API: { state: 'missing', detail: 'http://api.test cannot reach: database' },
      'API key': { state: 'missing', detail: 'the API does not take it' },
      'API clock': { state: 'skewed', detail: expect.stringMatching(/^\d+\.\d s behind/) as string },
      'Temporal CLI': { state: 'missing', next: 'correct or unset TEMPORAL_CLI_PATH' },
    });
    expect(result.code).toBe(4);
    const strange = findings(await doctor({ env, fetch: answers([500, 'no json'], [500, {}]).fetch }));
    expect(strange).toMatchObject({
      API: { detail: 'http://api.test answers with 500' },
      'API key': { detail: 'it could not be tried' },
    });
  });
});

describe('a clock', () => {
  it.each([
    ['read in the middle of the exchange', 1_050, 0, 'found'],
    ['a little off', 2_000, 0, 'found'],
    ['far ahead', 5_000, 0, 'skewed'],
    ['far behind', -3_000, 0, 'skewed'],
    ['behind by less than its resolution', -900, 1_000, 'found'],
  ] as const)('%s', (_what, theirs, resolution, state) => {
    expect(clockFinding('clock', theirs, 1_000, 1_100, resolution).state).toBe(state);
  });
});

describe('Node', () => {
  it.each([
    ['20.20.0', 'found'],
    ['24.1.0', 'found'],
    ['20.19.9', 'missing'],
    ['18.20.0', 'missing'],
  ])('%s is %s', (version, state) => expect(node(version).state).toBe(state));
});
