import { generateIdentity, identityToRecipient } from 'age-encryption';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../database/pool';
import { createEmptyDatabase } from '../tests/support/database';
import { runCli } from '../tests/support/cli';
import type { CliResult } from '../tests/support/cli';
import { createSeededDatabase, type SeededDatabase } from '../tests/support/seeded-database';
import { EXIT } from './context';

describe('tradewind backup, with the API down', () => {
  let source: SeededDatabase;
  let root: string;
  let env: Record<string, string>;
  let now = Date.UTC(2026, 0, 5, 2);
  beforeAll(async () => {
    source = await createSeededDatabase();
    root = mkdtempSync(join(tmpdir(), 'tradewind-cli-backup-'));
    const identity = await generateIdentity();
    writeFileSync(join(root, 'identity'), `${identity}\n`);
    writeFileSync(join(root, '.env'), 'SECRET=very-secret\n');
    env = {
      DATABASE_URL: source.url,
      BACKUP_DIR: join(root, 'backups'),
      BACKUP_AGE_RECIPIENT: await identityToRecipient(identity),
    };
  });
  afterAll(async () => {
    await source.close();
    rmSync(root, { recursive: true });
  });
  const cli = (line: readonly string[], changes: Record<string, string> = {}): Promise<CliResult> =>
    runCli(['backup', ...line], { env: { ...env, ...changes }, projectRoot: root, now: () => (now += 1_000) });
  const idOf = ({ stdout }: CliResult): string => (JSON.parse(stdout) as { manifest: { id: string } }).manifest.id;

  it('takes, lists and verifies one, encrypted with the settings in it, and writes a line into the audit log', async () => {
    const taken = await cli(['run', '--config', '--json']);
    const id = idOf(taken);
    const list = await cli(['list']);
    expect(list).toMatchObject({
      code: EXIT.done,
      stdout: expect.stringMatching(new RegExp(`${id}.*yes.*whole`)) as string,
    });
    const outside = await cli(['verify', id]);
    expect(outside).toMatchObject({
      code: EXIT.done,
      stdout: expect.stringContaining('encrypted and was not read') as string,
    });
    const inside = await cli(['verify', id, '--identity', join(root, 'identity')]);
    expect(inside.stdout).toContain('every checksum agrees');
    expect(readFileSync(join(root, 'backups', id, 'config.json.gz.age'))).not.toContain('very-secret');
    const { rows } = await source.database.query<{ actor: string; status: number }>(
      `SELECT actor, status FROM audit_events WHERE method = 'CLI' AND path = 'backup run'`,
    );
    expect(rows).toEqual([{ actor: 'local:tester', status: 0 }]);
  }, 120_000);

  it('archives settings only encrypted, and names what is missing or wrong', async () => {
    const plain = { BACKUP_AGE_RECIPIENT: '' };
    expect(await cli(['run', '--config'], plain)).toMatchObject({
      code: EXIT.usage,
      stderr: expect.stringContaining('only encrypted') as string,
    });
    expect(await cli(['run'], { DATABASE_URL: '' })).toMatchObject({
      code: EXIT.failed,
      stderr: expect.stringContaining('no database') as string,
    });
    expect((await cli(['run'], { BACKUP_AGE_RECIPIENT: 'x' })).stderr).toContain(
      'BACKUP_AGE_RECIPIENT: must be an age recipient',
    );
    expect((await cli(['list'], { BACKUP_DIR: join(root, 'none') })).stdout).toBe('No backups.\n');
    expect(await cli(['verify', '2020-01-01T00-00-00Z'])).toMatchObject({ code: EXIT.refused });
    expect((await cli(['verify', 'x', '--identity', join(root, 'none')])).stderr).toContain('cannot be read');
  }, 120_000);

  it('restores into an empty database, guarded; into another one only with --force and an operator', async () => {
    const id = idOf(await cli(['run', '--json'], { BACKUP_AGE_RECIPIENT: '' }));
    const target = await createEmptyDatabase();
    expect((await cli(['restore', id, '--into', 'nowhere'])).code).toBe(EXIT.usage);
    const restored = await cli(['restore', id, '--into', target.url]);
    expect(restored).toMatchObject({
      code: EXIT.done,
      stdout: expect.stringContaining('Restored, and halted') as string,
    });
    expect(restored.stderr).toContain('There is no Temporal server');
    const again = ['restore', id, '--into', target.url];
    expect(await cli(again)).toMatchObject({
      code: EXIT.refused,
      stderr: expect.stringContaining('not empty') as string,
    });
    expect(await cli([...again, '--force'])).toMatchObject({
      code: EXIT.usage,
      stderr: expect.stringContaining('--operator') as string,
    });
    expect(await cli([...again, '--force', '--operator', 'boss'])).toMatchObject({ code: EXIT.done });
    const held = await cli(['restored'], { DATABASE_URL: target.url });
    expect(held).toMatchObject({
      code: EXIT.attention,
      stdout: expect.stringMatching(/paper .*looks for orders since the dump/) as string,
    });
    expect(await cli(['accept', 'paper', '--reason', 'x'], { DATABASE_URL: target.url })).toMatchObject({
      code: EXIT.refused,
    });
    const database = openDatabase(target.url, { max: 1 });
    const { rows } = await database.query<{ actor: string }>(
      `SELECT actor FROM kill_switch WHERE scope = 'global' AND engaged`,
    );
    expect(rows).toEqual([{ actor: 'boss' }]);
    await database.end();
    await target.drop();
    expect((await cli(['restored'])).stdout).toBe('Nothing was restored.\n');
  }, 120_000);

  it('needs attention for a damaged one, and restores none', async () => {
    const id = idOf(await cli(['run', '--json']));
    writeFileSync(join(root, 'backups', id, 'manifest.json'), '{}');
    expect(await cli(['list'])).toMatchObject({
      code: EXIT.attention,
      stdout: expect.stringContaining('bad: its manifest is not one of Tradewind') as string,
    });
    expect(await cli(['restore', id, '--into', source.url])).toMatchObject({ code: EXIT.refused });
  }, 120_000);
});
