import { generateIdentity, identityToRecipient } from 'age-encryption';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { BackupFolder } from '../database/backup/folder';
import { openSealed } from '../database/backup/seal';
import { openDatabase } from '../database/pool';
import { createEmptyDatabase } from '../tests/support/database';
import { answers, runCli } from '../tests/support/cli';
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
  /** What the archive of settings holds for whoever has the identity: path and text of each file. */
  const settingsIn = async (id: string): Promise<readonly (readonly [string, string])[]> => {
    const folder = new BackupFolder(join(root, 'backups'));
    const found = await folder.find(id);
    const file = found.kind === 'whole' ? found.manifest.config : null;
    if (file === null) throw new Error('there is no archive of settings');
    expect(readFileSync(folder.fileOf(id, file.name)).subarray(0, 21).toString()).toBe('age-encryption.org/v1');
    const identity = readFileSync(join(root, 'identity'), 'utf8').trim();
    const { stream, checked } = await openSealed(await folder.open(id, file.name), file, identity);
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    await checked;
    const { files } = JSON.parse(gunzipSync(Buffer.concat(chunks)).toString()) as {
      files: { path: string; base64: string }[];
    };
    return files.map(({ path, base64 }) => [path, Buffer.from(base64, 'base64').toString()]);
  };
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
    expect(await settingsIn(id)).toContainEqual(['.env', 'SECRET=very-secret\n']);
    const { rows } = await source.database.query<{ actor: string; status: number }>(
      `SELECT actor, status FROM audit_events WHERE method = 'CLI' AND path = 'backup run'`,
    );
    expect(rows).toEqual([{ actor: 'local:tester', status: 0 }]);
  });

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
  });

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
  });

  it('needs attention for a damaged one, and restores none', async () => {
    const id = idOf(await cli(['run', '--json']));
    writeFileSync(join(root, 'backups', id, 'manifest.json'), '{}');
    expect(await cli(['list'])).toMatchObject({
      code: EXIT.attention,
      stdout: expect.stringContaining('bad: its manifest is not one of Tradewind') as string,
    });
    expect(await cli(['restore', id, '--into', source.url])).toMatchObject({ code: EXIT.refused });
  });
});

describe('tradewind backup, while the API answers', () => {
  const ID = '2026-01-05T02-00-00Z';
  const backup = (verifiedAt: string | null, verifyProblem: string | null = null) => ({
    id: ID,
    copies: [
      {
        ...{ place: 's3', usable: true, reason: null, rows: 7, bytes: 9, encrypted: true, writer: 'pg_dump 15.18' },
        ...{ seenAt: '2026-01-05T02:00:03.000Z', verifiedAt, verifyProblem },
      },
    ],
  });

  it('lets the workers take and list them', async () => {
    const running = answers([202, { workflowId: 'backup-by-hand' }]);
    const run = await runCli(['backup', 'run'], running);
    expect(run).toMatchObject({
      code: EXIT.done,
      stdout: expect.stringContaining('backup-by-hand is started') as string,
    });
    expect(running.asked.map(({ url, init }) => `${init.method} ${url}`)).toEqual(['POST http://api.test/v1/backups']);
    const list = await runCli(['backup', 'list'], answers([200, { items: [backup(null)], nextCursor: null }]));
    expect(list).toMatchObject({
      code: EXIT.done,
      stdout: expect.stringMatching(/2026-01-05T02-00-00Z +s3 +7 +9 +yes +pg_dump 15\.18 +whole +-/) as string,
    });
  });

  it('waits until every copy was read, and needs attention for one that is wrong', async () => {
    const later = '2026-01-05T03:00:00.000Z';
    const reading = [
      [200, backup(null)],
      [202, { workflowId: `verify-backup:${ID}` }],
      [200, backup(null)],
    ] as const;
    const good = await runCli(['backup', 'verify', ID], answers(...reading, [200, backup(later)]));
    expect(good).toMatchObject({ code: EXIT.done, stdout: expect.stringContaining('2026-01-05 03:00:00') as string });
    const damaged = await runCli(['backup', 'verify', ID], answers(...reading, [200, backup(later, 'it is damaged')]));
    expect(damaged).toMatchObject({ code: EXIT.attention, stdout: expect.stringContaining('it is damaged') as string });
    const never = await runCli(['backup', 'verify', ID], answers(...reading));
    expect(never).toMatchObject({
      code: EXIT.failed,
      stderr: expect.stringContaining('not read to its end') as string,
    });
  });

  it('keeps what the API refuses refused, and goes to this machine when that is wished or nobody answers', async () => {
    const root = mkdtempSync(join(tmpdir(), 'tradewind-cli-backup-'));
    const env = { TRADEWIND_API_URL: 'http://api.test', TRADEWIND_API_KEY: 'tw_test', BACKUP_DIR: root };
    const forbidden = { status: 403, code: 'forbidden', detail: 'That needs the role operator.' };
    const refused = await runCli(['backup', 'run'], { env, ...answers([403, forbidden]) });
    expect(refused).toMatchObject({ code: EXIT.failed, stderr: expect.stringContaining('role operator') as string });
    const unasked = answers([500, {}]);
    const here = await runCli(['backup', 'list', '--local'], { env, ...unasked });
    expect([here.stdout, unasked.asked]).toEqual(['No backups.\n', []]);
    const away = await runCli(['backup', 'list'], { env });
    expect(away).toMatchObject({
      stdout: 'No backups.\n',
      stderr: expect.stringContaining('the backup folder of this machine') as string,
    });
    rmSync(root, { recursive: true });
  });
});
