import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finishReport } from '../database/halt-report';
import type { Role } from '../domain/access/role';
import { createSeededDatabase, storeTrade, type SeededDatabase } from '../tests/support/seeded-database';
import { openTestApi, type TestApi } from '../tests/support/api';
import { runCli, type CliResult } from '../tests/support/cli';

let db: SeededDatabase;
let test: TestApi;
let server: Server;
beforeEach(async () => {
  db = await createSeededDatabase();
  test = await openTestApi(db.url);
  server = createServer(test.api.app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await test.close();
  await db.close();
});

function cli(role: Role, ...line: string[]): Promise<CliResult> {
  const { port } = server.address() as AddressInfo;
  const env = { TRADEWIND_API_URL: `http://127.0.0.1:${port}/`, TRADEWIND_API_KEY: test.keys[role] };
  return runCli(['halt', ...line], { env, fetch: (url, init) => fetch(url, init) });
}

/** The same machine with the API down. */
function withoutApi(databaseUrl: string | undefined, ...line: string[]): Promise<CliResult> {
  const env = {
    TRADEWIND_API_URL: 'http://127.0.0.1:1',
    TRADEWIND_API_KEY: 'tw_none',
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
  };
  return runCli(['halt', ...line], { env, fetch: (url, init) => fetch(url, init) });
}

const REASON = ['--reason', 'prices look wrong'];

describe('halt engage', () => {
  it('says epoch and moment at once; what is left to do is told, and is attention', async () => {
    await storeTrade(db.database, 'open');
    const { code, stdout, stderr } = await cli(
      'operator',
      'engage',
      ...REASON,
      '--mode',
      'halt-all',
      '--flatten',
      '--wait',
      '1s',
    );
    expect(code).toBe(4);
    expect(stdout).toMatch(/^Halted: global \(halt-all, flatten\), epoch \d+, at 20/);
    expect(stderr).toContain('0 of 1 trades acknowledged, 1 not ended; waits for a trade that has not acknowledged');
    expect(stderr).toContain('Not done yet');
  });

  it('follows until the report is written', async () => {
    const engaged = await cli('operator', 'engage', ...REASON, '--wait', '0', '--json');
    const { epoch } = JSON.parse(engaged.stdout) as { epoch: number };
    await finishReport(db.database, epoch);
    const again = await cli('operator', 'engage', ...REASON, '--all', '--scope', 'account:paper');
    expect(again.stdout).toContain('account:paper (reduce-only, all)');
    const repeated = await cli('operator', 'engage', ...REASON);
    expect(repeated.code).toBe(0);
    expect(repeated.stdout).toContain(`Halted before: epoch ${epoch}`);
    expect(repeated.stderr).toContain(`halt ${epoch}: 0 of 0 trades acknowledged, 0 not ended; done`);
  });

  it('needs a reason; a wrong scope and a role that may not are refused', async () => {
    expect((await cli('operator', 'engage')).code).toBe(2);
    expect((await cli('operator', 'engage', ...REASON, '--scope', 'acount:paper')).code).toBe(2);
    expect((await cli('viewer', 'engage', ...REASON)).code).toBe(1);
  });

  it('goes straight to the database when the API is down, with its line in the audit log', async () => {
    const { code, stdout, stderr } = await withoutApi(db.url, 'engage', ...REASON, '--wait', '0');
    expect(code).toBe(0);
    expect(stderr).toContain('Going straight to the database.');
    expect(stdout).toContain('Halted: global (reduce-only)');
    await expect(storeTrade(db.database, 'late')).rejects.toThrow('halted');
    const { rows } = await db.database.query<{ actor: string }>(
      `SELECT actor FROM audit_events WHERE path = 'engage global'`,
    );
    expect(rows).toEqual([{ actor: 'local:tester' }]);
    const strange = await withoutApi(db.url, 'engage', ...REASON, '--scope', 'nothing', '--direct');
    expect([strange.code, strange.stderr]).toEqual([2, expect.stringContaining('scope must be')]);
    const wrong = await withoutApi(db.url, 'engage', ...REASON, '--mode', 'off', '--direct');
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('mode must be')]);
    const nobody = await withoutApi(db.url, 'engage', ...REASON, '--scope', 'account:nobody', '--direct');
    expect([nobody.code, nobody.stderr]).toEqual([2, expect.stringContaining('does not exist')]);
  });

  it('says plainly that nothing is engaged when the database is down too, and why no order leaves', async () => {
    const { code, stderr } = await withoutApi('postgres://nobody@127.0.0.1:1/none', 'engage', ...REASON);
    expect(code).toBe(1);
    expect(stderr).toContain('The halt is NOT engaged');
    expect(stderr).toContain('every send needs its fence');
    expect((await withoutApi(undefined, 'engage', ...REASON)).stderr).toContain('Set DATABASE_URL');
  });
});

describe('a halt of before', () => {
  let epoch: string;
  beforeEach(async () => {
    await storeTrade(db.database, 'open');
    const engaged = await cli('operator', 'engage', ...REASON, '--wait', '0', '--json');
    epoch = String((JSON.parse(engaged.stdout) as { epoch: number }).epoch);
  });

  it.each(['the API', 'the database'])('is listed, shown, reported and released by way of %s', async (way) => {
    const run = (...line: string[]) =>
      way === 'the API' ? cli('admin', ...line) : withoutApi(db.url, ...line, '--direct');
    expect((await run('list', '--limit', '5')).stdout).toContain('prices look wrong');
    const shown = await run('show', epoch);
    expect(shown.stdout).toMatch(/^state: +stands, under way$/m);
    expect(shown.stdout).toContain('a trade that has not acknowledged');
    const report = await run('report', epoch);
    expect(report.code).toBe(0);
    expect(report.stdout).toContain(`# Report of halt ${epoch} of global (reduce-only)`);
    const released = await run('release', epoch, '--reason', 'all is well');
    expect(released.stdout).toContain('1 open trades of before stay halted');
    expect((await run('release', epoch, '--reason', 'again')).code).toBe(3);
    expect((await run('show', '999')).code).toBe(1);
    expect((await run('report', '999')).code).toBe(1);
    expect((await run('show', 'seven')).code).toBe(2);
  });

  it('can write its report to a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'halt-'));
    const file = join(folder, 'report.json');
    expect((await cli('viewer', 'report', epoch, '--json', '--out', file)).code).toBe(0);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ report: { halt: { epoch: Number(epoch) } } });
    expect((await cli('viewer', 'report', epoch, '--out', join(folder, 'none', 'x'))).code).toBe(1);
    rmSync(folder, { recursive: true });
  });

  it('that was replaced is released by the one that stands', async () => {
    await cli('operator', 'engage', ...REASON, '--mode', 'halt-all', '--wait', '0');
    const released = await withoutApi(db.url, 'release', epoch, '--reason', 'x', '--direct');
    expect([released.code, released.stderr]).toEqual([3, expect.stringContaining('was replaced by halt')]);
  });
});
