import { generateIdentity, identityToRecipient } from 'age-encryption';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { BadBackup } from '../../database/backup/manifest';
import type { BackupMethod, Manifest } from '../../database/backup/manifest';
import { NotEmpty, restoreBackup } from '../../database/backup/restore';
import { differences } from '../../database/backup/tables';
import { ensureAuditPartitions, recordAudit } from '../../database/audit';
import { openDatabase } from '../../database/pool';
import { findPrograms } from '../../database/backup/programs';
import { BackupStage, tablesOf, withClient } from '../support/backup-stage';
import { createEmptyDatabase } from '../support/database';
import { createSeededDatabase, type SeededDatabase } from '../support/seeded-database';

/** Both ways of writing the rows; the first where the machine has PostgreSQL's programs. */
const METHODS: readonly BackupMethod[] = ['pg_dump', 'copy'];

describe('a backup', () => {
  let source: SeededDatabase;
  let stage: BackupStage;
  let programs: boolean;
  beforeAll(async () => {
    stage = new BackupStage();
    source = await createSeededDatabase();
    programs = (await findPrograms(15)) !== undefined;
    const database = openDatabase(source.url, { max: 1 });
    await ensureAuditPartitions(database, new Date());
    for (const path of ["a'b", 'tab\there', 'back\\slash', 'größe\n'])
      await recordAudit(database, { actor: 'tester', method: 'TEST', path, status: 200, durationMs: 1 });
    await database.end();
  });
  afterAll(async () => {
    await source.close();
    stage.close();
  });

  const restored = async (manifest: Manifest, identity?: string): Promise<readonly string[]> => {
    const target = await createEmptyDatabase();
    try {
      await restoreBackup({
        databaseUrl: target.url,
        place: stage.folder,
        manifest,
        guard: null,
        force: false,
        ...(identity === undefined ? {} : { identity }),
      });
      return differences(manifest.tables, await tablesOf(target.url));
    } finally {
      await target.drop();
    }
  };
  const methods = (): readonly BackupMethod[] => METHODS.filter((method) => method === 'copy' || programs);

  it('restores to the same rows of every table, written by pg_dump or without any program', async () => {
    const before = await tablesOf(source.url);
    for (const method of methods()) {
      const manifest = await stage.take(source.url, { method });
      expect(manifest).toMatchObject({ method, dump: { encrypted: false }, config: null });
      expect(manifest.walPosition).toMatch(/^[0-9A-F]+\/[0-9A-F]+$/);
      expect(differences(before, manifest.tables)).toEqual([]);
      expect(manifest.tables.find(({ name }) => name === 'public.daily_bars')?.rows).toBeGreaterThan(1_000);
      expect(await restored(manifest)).toEqual([]);
      expect(await stage.folder.find(manifest.id)).toEqual({ id: manifest.id, kind: 'whole', manifest });
    }
  });

  it('is unreadable without its age identity, and whole with it', async () => {
    const identity = await generateIdentity();
    const recipient = await identityToRecipient(identity);
    for (const method of methods()) {
      const manifest = await stage.take(source.url, { method, recipient });
      const stored = readFileSync(stage.folder.fileOf(manifest.id, manifest.dump.name));
      expect(stored.subarray(0, 21).toString()).toBe('age-encryption.org/v1');
      await expect(restored(manifest)).rejects.toThrow('it is encrypted: name the file with its age identity');
      await expect(restored(manifest, await generateIdentity())).rejects.toThrow('it cannot be decrypted');
      expect(await restored(manifest, identity)).toEqual([]);
    }
  });

  it('sees one snapshot: what is written while it is taken is neither in the dump nor in the manifest', async () => {
    for (const method of methods()) {
      const database = openDatabase(source.url, { max: 1 });
      const pending: Promise<void>[] = [];
      const manifest = await stage.take(source.url, {
        method,
        step: (step) => {
          if (step !== 'dumping') return;
          pending.push(recordAudit(database, { actor: 'x', method: 'TEST', path: 'late', status: 1, durationMs: 0 }));
        },
      });
      await Promise.all(pending);
      await database.end();
      expect(await restored(manifest)).toEqual([]);
      expect(differences(manifest.tables, await tablesOf(source.url))).not.toEqual([]);
    }
  });

  it('that is damaged, cut short, foreign or newer is refused with a reason, and changes nothing', async () => {
    const target = await createEmptyDatabase();
    const restore = (manifest: Manifest): Promise<void> =>
      restoreBackup({ databaseUrl: target.url, place: stage.folder, manifest, guard: null, force: false });
    for (const method of methods()) {
      const manifest = await stage.take(source.url, { method });
      const path = stage.folder.fileOf(manifest.id, manifest.dump.name);
      const whole = readFileSync(path);
      const flipped = Buffer.from(whole);
      flipped[Math.floor(whole.length / 2)] = (flipped[Math.floor(whole.length / 2)] ?? 0) ^ 0xff;
      writeFileSync(path, flipped);
      await expect(restore(manifest)).rejects.toThrow(BadBackup);
      writeFileSync(path, whole.subarray(0, whole.length - 100));
      await expect(restore(manifest)).rejects.toThrow(BadBackup);
      expect(await stage.folder.find(manifest.id)).toMatchObject({
        kind: 'bad',
        reason: `its file ${manifest.dump.name} has ${whole.length - 100} bytes instead of ${whole.length}`,
      });
      writeFileSync(path, whole);
      const [table] = manifest.tables;
      const lying = {
        ...manifest,
        tables: [{ ...table, checksum: '1' } as Manifest['tables'][number], ...manifest.tables.slice(1)],
      };
      await expect(restore(lying)).rejects.toThrow(/restored wrongly: \w+\.\w+ has other content/);
      await expect(restore({ ...manifest, migrations: [...manifest.migrations, '9999_later'] })).rejects.toThrow(
        'another version',
      );
      writeFileSync(stage.folder.fileOf(manifest.id, 'manifest.json'), '{"product": "something else"}');
      expect(await stage.folder.find(manifest.id)).toMatchObject({
        kind: 'bad',
        reason: expect.stringContaining('foreign') as string,
      });
      writeFileSync(stage.folder.fileOf(manifest.id, 'manifest.json'), '{"product"');
      expect(await stage.folder.find(manifest.id)).toMatchObject({
        kind: 'bad',
        reason: expect.stringContaining('no JSON') as string,
      });
    }
    await expect(stage.folder.find('../etc')).rejects.toThrow('there is no backup of this id');
    expect(await tablesOf(target.url)).toEqual([]);
    await target.drop();
  });

  it('goes into a database that holds something only when that is said', async () => {
    const target = await createSeededDatabase();
    await withClient(target.url, (client) =>
      client.query(`INSERT INTO alerts (cause, severity, title) VALUES ('x', 'warning', 'x')`),
    );
    for (const method of methods()) {
      const manifest = await stage.take(source.url, { method });
      const options = { databaseUrl: target.url, place: stage.folder, manifest, guard: null };
      await expect(restoreBackup({ ...options, force: false })).rejects.toThrow(NotEmpty);
      await restoreBackup({ ...options, force: true });
      expect(differences(manifest.tables, await tablesOf(target.url))).toEqual([]);
    }
    await target.close();
  });

  it('leaves nothing under a final name when it fails, and says why', async () => {
    const names = () => readdirSync(stage.folder.path).sort();
    const before = names();
    await expect(stage.take(source.url.replace(/\/[^/]*$/, '/nowhere'))).rejects.toThrow('does not exist');
    await expect(stage.take(source.url, { method: 'copy', recipient: 'age1wrong' })).rejects.toThrow(
      'no age recipient',
    );
    await expect(
      stage.take(source.url, {
        config: () => {
          throw new Error('never asked');
        },
      }),
    ).rejects.toThrow('only encrypted');
    await expect(
      stage.take(source.url, {
        method: 'copy',
        step: (step) => {
          if (step === 'counted') throw new Error('the disk is full');
        },
      }),
    ).rejects.toThrow('the disk is full');
    expect(names()).toEqual(before);
  });
});
