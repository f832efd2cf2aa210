import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { openAlerts } from '../../database/alerts';
import { recordedBackups } from '../../database/backup/record';
import { restoreBackup } from '../../database/backup/restore';
import { S3Backups } from '../../database/backup/s3';
import { shipBackups, STORAGE_CAUSE } from '../../database/backup/ship';
import { differences } from '../../database/backup/tables';
import { verifyBackup } from '../../database/backup/verify';
import type { Manifest } from '../../database/backup/manifest';
import type { BackupDatabaseResult } from '../../temporal/messages/back-up-database';
import { startBackup, startVerifyBackup } from '../../temporal/start-backups';
import { EXIT } from '../../cli/context';
import { backupProcess } from '../support/backup-process';
import { BackupStage, tablesOf } from '../support/backup-stage';
import { runCli } from '../support/cli';
import type { CliResult } from '../support/cli';
import { createEmptyDatabase } from '../support/database';
import { Harness } from '../support/harness';
import { S3Server } from '../support/s3-server';
import { createSeededDatabase, type SeededDatabase } from '../support/seeded-database';

const DAY = 86_400_000;
/** Above one part of an upload. */
const LARGE_BYTES = 17 * 1024 * 1024;
const BUILD_WITHIN_MS = 900_000;

/**
 * Passes everything on to a storage that does not encrypt, and says of what it was asked to encrypt that it did, as one does that
 * can; keeps what that was.
 */
async function sayingThatItEncrypts(
  endpoint: string,
): Promise<{ readonly endpoint: string; readonly asked: readonly string[]; readonly close: () => Promise<void> }> {
  const asked: string[] = [];
  const { hostname, port } = new URL(endpoint);
  const proxy = createServer((from, to) => {
    const { method = '', url = '', headers } = from;
    const wish = headers['x-amz-server-side-encryption'];
    if (wish !== undefined) asked.push(`${method} ${url.replace(/\?.*/, '')}`);
    const onwards = request({ hostname, port, method, path: url, headers }, (answer) => {
      to.writeHead(answer.statusCode ?? 502, {
        ...answer.headers,
        ...(wish === undefined ? {} : { 'x-amz-server-side-encryption': wish }),
      });
      answer.pipe(to);
    });
    onwards.once('error', () => to.destroy());
    from.pipe(onwards);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    asked,
    close: async () => {
      proxy.closeAllConnections();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}

describe('backups in object storage', () => {
  let server: S3Server;
  let source: SeededDatabase;
  let stage: BackupStage;
  let storage: S3Backups;
  beforeAll(async () => {
    server = await S3Server.start();
    source = await createSeededDatabase();
  }, BUILD_WITHIN_MS);
  beforeEach(async () => {
    stage = new BackupStage();
    storage = new S3Backups(server.settings);
    for (const { id } of await storage.list()) await storage.remove(id);
  });
  afterEach(() => {
    storage.close();
    stage.close();
  });
  afterAll(async () => {
    await source.close();
    await server.stop();
  });

  const ship = (now = Date.now()) => shipBackups(source.database, stage.folder, storage, now);
  const alert = async (): Promise<string | undefined> =>
    (await openAlerts(source.database)).find(({ cause }) => cause === STORAGE_CAUSE)?.title;
  const objects = async (id: string): Promise<readonly string[]> =>
    (await server.keys()).filter((key) => key.startsWith(`tradewind/${id}/`));
  const takenOn = (at: number): Promise<Manifest> =>
    stage.take(source.url, { method: 'copy', now: () => new Date(at) });

  it('are uploaded once, verified there byte by byte, and restored from there to the same rows', async () => {
    const manifest = await stage.take(source.url, { method: 'copy' });
    expect(await ship()).toEqual({ uploaded: [manifest.id], deleted: [], problem: null });
    expect(await ship()).toEqual({ uploaded: [], deleted: [], problem: null });
    await stage.folder.remove(manifest.id);
    expect(await storage.list()).toEqual([{ id: manifest.id, kind: 'whole', manifest }]);
    expect(await verifyBackup(storage, manifest.id)).toMatchObject({ opened: true });
    const target = await createEmptyDatabase();
    await restoreBackup({ databaseUrl: target.url, place: storage, manifest, guard: null, force: false });
    expect(differences(manifest.tables, await tablesOf(target.url))).toEqual([]);
    await target.drop();
    await expect(storage.find('2020-01-01T00-00-00Z')).rejects.toThrow('there is no backup of this id');
  });

  it('go up in several parts when they are large, and arrive as they left', async () => {
    const manifest = await stage.take(source.url, { method: 'copy' });
    const name = manifest.dump.name;
    const large = Buffer.alloc(LARGE_BYTES, 'tradewind');
    writeFileSync(stage.folder.fileOf(manifest.id, name), large);
    await storage.upload(stage.folder, { ...manifest, dump: { ...manifest.dump, bytes: large.length } });
    const chunks: Buffer[] = [];
    for await (const chunk of await storage.open(manifest.id, name)) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).equals(large)).toBe(true);
    expect(await server.unfinished()).toBe(0);
    await storage.remove(manifest.id);

    // Killed before its last part has arrived, an upload leaves no backup there, and the next one makes it whole.
    const deed = { databaseUrl: source.url, path: stage.folder.path, storage: server.settings };
    const doctored = { ...manifest, dump: { ...manifest.dump, bytes: large.length } };
    const killed = await backupProcess({ ...deed, at: null, manifest: doctored });
    expect(killed).toMatchObject({ signal: 'SIGKILL' });
    expect(await storage.list()).toEqual([]);
    await storage.upload(stage.folder, doctored);
    expect(await storage.find(manifest.id)).toMatchObject({ kind: 'whole' });
    await storage.sweep(new Date(Date.now() + DAY));
    expect(await server.unfinished()).toBe(0);
  });

  it('are copied and read there by the workflows that take and verify them', async () => {
    const harness = await Harness.open({
      databaseUrl: source.url,
      temporalAddress: process.env['TEST_TEMPORAL_ADDRESS'] ?? '',
      clock: { kind: 'live' },
    });
    const backup = { dir: stage.folder.path, s3: server.settings };
    await harness.work(
      ['operations'],
      await harness.wire({ upkeep: { databaseUrl: source.url, software: '9', backup } }),
    );
    const started = await startBackup(harness.client);
    const saved = (await harness.client.workflow.getHandle(started).result()) as BackupDatabaseResult;
    expect(saved.storage).toEqual({ uploaded: [saved.id], deleted: [], problem: null });
    const reading = await startVerifyBackup(harness.client, saved.id);
    const copies = [
      { place: 'local', problem: null },
      { place: 's3', problem: null },
    ];
    expect(await harness.client.workflow.getHandle(reading).result()).toEqual({ copies });
    expect(await recordedBackups(source.database, saved.id)).toMatchObject(copies.map(({ place }) => ({ place })));
    await harness.close();
  });

  it('that are damaged, incomplete or foreign are refused with a reason', async () => {
    const manifest = await stage.take(source.url, { method: 'copy' });
    await ship();
    const path = server.fileOf(`tradewind/${manifest.id}/${manifest.dump.name}`);
    const whole = readFileSync(path);
    const damaged = Buffer.from(whole);
    damaged[100] = (damaged[100] ?? 0) ^ 0xff;
    writeFileSync(path, damaged);
    await expect(verifyBackup(storage, manifest.id)).rejects.toThrow(/damaged/);
    writeFileSync(path, whole.subarray(1));
    expect(await storage.find(manifest.id)).toMatchObject({
      kind: 'bad',
      reason: expect.stringMatching(/instead of/) as string,
    });
    expect((await storage.list()).map(({ kind }) => kind)).toEqual(['bad']);
    // The local one is whole: the next run mends it.
    expect(await ship()).toMatchObject({ uploaded: [manifest.id], problem: null });
    await storage.remove(manifest.id);
    await storage.upload(stage.folder, { ...manifest, installation: 'another' });
    expect((await ship()).problem).toContain('another installation');
    expect(await objects(manifest.id)).toHaveLength(2);
    expect(await alert()).toContain('AWS_S3_BACKUP_PREFIX');
  });

  it('stay 30 days and 12 months there too; what an upload left unfinished goes', async () => {
    const manifest = await takenOn(Date.UTC(2025, 0, 1, 2));
    const { dump } = manifest;
    const ids: string[] = [];
    for (let day = 0; day < 40; day += 1) {
      const id = new Date(Date.UTC(2025, 5, 1, 2) + day * DAY).toISOString().slice(0, 19).replaceAll(':', '-') + 'Z';
      ids.push(id);
      await storage.upload({ open: () => stage.folder.open(manifest.id, dump.name) }, { ...manifest, id });
    }
    const { deleted, uploaded, problem } = await ship();
    expect({ uploaded, problem }).toEqual({ uploaded: [manifest.id], problem: null });
    // Of June the newest stays for its month, and the 30 newest days reach back to the 11th.
    expect([...deleted].sort()).toEqual(ids.slice(0, 10));
    const [gone = ''] = deleted;
    expect(await objects(gone)).toEqual([]);
    const kept = await server.keys();
    await server.leave(`tradewind/2025-01-02T02-00-00Z/${dump.name}`, 'half of a backup');
    await storage.sweep(new Date(0));
    expect([await server.unfinished(), (await server.keys()).length]).toEqual([1, kept.length + 1]);
    await storage.sweep(new Date(Date.now() + DAY));
    expect([await server.unfinished(), await server.keys()]).toEqual([0, kept]);
  });

  it('wait while the storage is down: the local one stands, an alert is raised, and the next run uploads and clears', async () => {
    const first = await takenOn(Date.UTC(2026, 0, 6, 2));
    await server.down();
    const { uploaded, problem } = await ship();
    expect(uploaded).toEqual([]);
    expect(problem).toMatch(/^bucket backups at http:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED/);
    expect(await alert()).toContain('not up to date');
    expect(await stage.folder.find(first.id)).toMatchObject({ kind: 'whole' });
    const second = await takenOn(Date.UTC(2026, 0, 7, 2));
    await server.up();
    expect(await ship()).toEqual({ uploaded: [second.id, first.id], deleted: [], problem: null });
    expect(await alert()).toBeUndefined();
  });

  it('are refused by a storage that does not encrypt when it is asked to, and that leaves nothing there', async () => {
    await stage.take(source.url, { method: 'copy' });
    const asking = new S3Backups({ ...server.settings, encryption: 'AES256' });
    const { problem } = await shipBackups(source.database, stage.folder, asking, Date.now());
    asking.close();
    expect(problem).toContain('S3_SERVER_SIDE_ENCRYPTION=none');
    expect(await server.keys()).toEqual([]);
  });

  it('go to a storage that says that it encrypts, with every file asked to be encrypted', async () => {
    const manifest = await stage.take(source.url, { method: 'copy' });
    const said = await sayingThatItEncrypts(server.settings.endpoint ?? '');
    const asking = new S3Backups({ ...server.settings, endpoint: said.endpoint, encryption: 'AES256' });
    const shipped = await shipBackups(source.database, stage.folder, asking, Date.now());
    asking.close();
    await said.close();
    expect(shipped).toEqual({ uploaded: [manifest.id], deleted: [], problem: null });
    const asked = [manifest.dump.name, 'manifest.json'].map((file) => `PUT /backups/tradewind/${manifest.id}/${file}`);
    expect(said.asked).toEqual(asked);
  });

  it('need the right key, and a refusal shows no secret, on the command line neither', async () => {
    await stage.take(source.url, { method: 'copy' });
    const secretAccessKey = 'wrong-secret-1234567890';
    const wrong = new S3Backups({ ...server.settings, credentials: { accessKeyId: 'tester', secretAccessKey } });
    const { problem } = await shipBackups(source.database, stage.folder, wrong, Date.now());
    wrong.close();
    expect(problem).toContain('SignatureDoesNotMatch');
    const cli = (line: readonly string[], secret: string): Promise<CliResult> =>
      runCli(['backup', ...line], {
        env: {
          ...{ DATABASE_URL: source.url, BACKUP_DIR: stage.folder.path, AWS_S3_BACKUP_BUCKET: 'backups' },
          ...{ S3_ENDPOINT: server.settings.endpoint ?? '', S3_SERVER_SIDE_ENCRYPTION: 'none' },
          ...{ AWS_ACCESS_KEY_ID: 'tester', AWS_SECRET_ACCESS_KEY: secret },
        },
        projectRoot: join(stage.path, 'root'),
      });
    const refused = await cli(['list'], secretAccessKey);
    expect(refused).toMatchObject({ code: EXIT.attention, stdout: expect.stringContaining('local') as string });
    const { rows } = await source.database.query<{ text: string }>(
      `SELECT string_agg(a::text, ' ') AS text FROM alerts a`,
    );
    expect(`${refused.stdout}${refused.stderr}${problem}${rows[0]?.text}`).not.toContain(secretAccessKey);

    const taken = await cli(['run', '--json'], server.settings.credentials.secretAccessKey);
    const { manifest, storage: shipped } = JSON.parse(taken.stdout) as {
      manifest: Manifest;
      storage: { uploaded: string[]; problem: string | null };
    };
    expect(shipped).toMatchObject({ problem: null, uploaded: expect.arrayContaining([manifest.id]) as string[] });
    const list = await cli(['list'], server.settings.credentials.secretAccessKey);
    expect(list.stdout).toMatch(new RegExp(`${manifest.id} +local`));
    expect(list.stdout).toMatch(new RegExp(`${manifest.id} +s3`));
    const verified = await cli(['verify', manifest.id, '--from', 's3'], server.settings.credentials.secretAccessKey);
    expect(verified).toMatchObject({
      code: EXIT.done,
      stdout: expect.stringContaining('every checksum agrees') as string,
    });
    await stage.folder.remove(manifest.id);
    const target = await createEmptyDatabase();
    const restored = await cli(
      ['restore', manifest.id, '--into', target.url],
      server.settings.credentials.secretAccessKey,
    );
    expect(restored).toMatchObject({
      code: EXIT.done,
      stdout: expect.stringContaining('Restored, and halted') as string,
    });
    await target.drop();
  });
});
