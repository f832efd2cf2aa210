import { readFileSync } from 'node:fs';
import type { BackupView } from '../api/contract/backup-routes';
import { VERSION } from '../config/project';
import { loadSettings, SettingsError } from '../config/settings';
import type { Settings } from '../config/settings';
import { AccountRestores } from '../database/account-restores';
import type { AccountRestore } from '../database/account-restores';
import { recordAudit } from '../database/audit';
import { configArchive } from '../database/backup/config-archive';
import { BackupFolder } from '../database/backup/folder';
import { deleteExpired, tellFailure, tellHealth } from '../database/backup/keep';
import { BadBackup } from '../database/backup/manifest';
import type { Manifest } from '../database/backup/manifest';
import { summaryOf } from '../database/backup/place';
import type { BackupPlace, FoundBackup } from '../database/backup/place';
import { NotEmpty, restoreBackup } from '../database/backup/restore';
import type { PlaceName } from '../database/backup/record';
import { S3Backups, StorageFailed } from '../database/backup/s3';
import { shipBackups } from '../database/backup/ship';
import type { Shipped } from '../database/backup/ship';
import { BackupRunning, takeBackup } from '../database/backup/take';
import { verifyBackup } from '../database/backup/verify';
import type { Verified } from '../database/backup/verify';
import { openDatabase } from '../database/pool';
import { ScheduleStore } from '../database/schedules';
import type { Database } from '../database/pool';
import { openRestoreTemporal } from '../infra/local/restore-temporal';
import type { PausedSchedule, RestoreTemporal } from '../infra/local/restore-temporal';
import { readRunningStack } from '../infra/local/stack-state';
import { CliError, EXIT } from './context';
import type { CliContext } from './context';
import { databaseUrl } from './local-key';

/** What `backup run` did. */
export interface BackupRun {
  readonly manifest: Manifest;
  readonly deleted: readonly string[];
  /** Null where there is no object storage. */
  readonly storage: Shipped | null;
  /** What a person should look at. */
  readonly faults: readonly string[];
}

/** What `--config` archives below the project's folder; it is written encrypted or not at all. */
const CONFIG_PATHS = ['.env', 'data'];

/** Backups on this machine, straight on folder and database, with the API down as well. */
export class LocalBackups {
  private readonly settings: Settings;
  private readonly folder: BackupFolder;
  private readonly storage: S3Backups | undefined;

  constructor(private readonly context: CliContext) {
    try {
      this.settings = loadSettings(context.env);
    } catch (error) {
      if (error instanceof SettingsError) throw new CliError(EXIT.usage, error.message);
      throw error;
    }
    const { dir, s3 } = this.settings.backup;
    this.folder = new BackupFolder(dir);
    this.storage = s3 === undefined ? undefined : new S3Backups(s3);
  }

  /** Takes a backup, deletes what is too old, copies it to object storage, and tells the health of what there is. */
  async run(config: boolean): Promise<BackupRun> {
    const { recipient } = this.settings.backup;
    if (config && recipient === undefined)
      throw new CliError(EXIT.usage, '--config archives secrets, and only encrypted: set BACKUP_AGE_RECIPIENT.');
    const url = this.url();
    return this.audited(url, 'backup run', {}, async (database) => {
      const manifest = await tellFailure(database, () =>
        takeBackup({
          ...{ databaseUrl: url, folder: this.folder, software: VERSION },
          now: () => new Date(this.context.now()),
          ...(recipient === undefined ? {} : { recipient }),
          ...(config ? { config: () => configArchive(this.context.projectRoot, CONFIG_PATHS) } : {}),
        }),
      );
      const deleted = await deleteExpired(this.folder);
      const faults = await tellHealth(database, this.folder, this.context.now());
      const { storage: to } = this;
      const storage = to === undefined ? null : await shipBackups(database, this.folder, to, this.context.now());
      const problem = storage?.problem ?? null;
      return { manifest, deleted, storage, faults: [...faults.values(), ...(problem === null ? [] : [problem])] };
    });
  }

  /** What lies here and in the object storage, newest first; with the storage away, what lies here and why. */
  async list(): Promise<{ readonly items: readonly BackupView[]; readonly problem: string | null }> {
    const copies = viewsOf('local', await this.folder.list(), this.context.now());
    let problem: string | null = null;
    const there = await this.storage?.list().catch((error: unknown) => {
      if (!(error instanceof StorageFailed || error instanceof BadBackup)) throw error;
      problem = error.message;
      return [];
    });
    copies.push(...viewsOf('s3', there ?? [], this.context.now()));
    const ids = [...new Set(copies.map(({ id }) => id))].sort().reverse();
    const of = (wanted: string): BackupView['copies'] =>
      copies.flatMap(({ id, copy }) => (id === wanted ? [copy] : []));
    return { items: ids.map((id) => ({ id, copies: of(id) })), problem };
  }

  verify(id: string, from: PlaceName | undefined, identityFile?: string): Promise<Verified> {
    return told(async () => verifyBackup(await this.placeOf(id, from), id, this.identity(identityFile)));
  }

  /**
   * Restores a backup: schedules pause, the database is replaced in one transaction, workers notice and start anew, and
   * everything is halted until every venue was read.
   */
  async restore(
    id: string,
    ask: {
      readonly into?: string;
      readonly force: boolean;
      readonly from?: PlaceName;
      readonly operator?: string;
      readonly identityFile?: string;
    },
  ): Promise<Manifest> {
    const { into = this.url(), force, operator } = ask;
    if (!/^postgres(ql)?:\/\//.test(into) || !URL.canParse(into))
      throw new CliError(EXIT.usage, '--into must be postgres://USER:PASSWORD@HOST:PORT/DATABASE.');
    if (force && operator === undefined)
      throw new CliError(
        EXIT.usage,
        '--force replaces what the database holds: say who answers for it with --operator.',
      );
    const place = await told(() => this.placeOf(id, ask.from));
    const found = await told(() => place.find(id));
    if (found.kind === 'bad') throw new CliError(EXIT.refused, `The backup ${id} cannot be used: ${found.reason}.`);
    const { manifest } = found;
    const identity = this.identity(ask.identityFile);
    const temporal = await this.temporal();
    const note = `paused by the restore of ${id}`;
    try {
      const paused = (await temporal?.pause(note)) ?? [];
      const ours = paused.filter((one) => one.note === note).map(({ scheduleId }) => scheduleId);
      if (ours.length > 0) this.context.stderr(`Paused the schedules ${ours.join(', ')}.\n`);
      try {
        const seenEpoch = (await temporal?.highestEpoch(manifest.killEpoch)) ?? manifest.killEpoch;
        const guard = { operator: operator ?? `local:${this.context.user}`, seenEpoch };
        const key = identity === undefined ? {} : { identity };
        await told(() => restoreBackup({ databaseUrl: into, place, manifest, guard, force, ...key }));
      } catch (error) {
        await temporal?.resume(paused, note);
        throw error;
      }
      if (temporal !== undefined) await this.handOver(temporal, paused, note, into);
      return manifest;
    } finally {
      await temporal?.close();
    }
  }

  /** Schedules belong to the halt of the restore from here on, or run again. */
  private async handOver(
    temporal: RestoreTemporal,
    paused: readonly PausedSchedule[],
    note: string,
    into: string,
  ): Promise<void> {
    await this.withDatabase(into, async (database) => {
      const epoch = await new AccountRestores(database).epoch();
      const schedules = new ScheduleStore(database);
      const held = (scheduleId: string): Promise<void> => schedules.held(epoch, scheduleId, 'trading');
      const left = await temporal.handOver(paused, note, epoch, held);
      if (left.length > 0)
        this.context.stderr(
          `Still paused by a halt from before the restore: ${left.join(', ')}. Resume them with \`tradewind schedule resume\`.\n`,
        );
    });
  }

  /** Every account of the last restore, and what each still waits for. */
  async restored(): Promise<readonly AccountRestore[]> {
    return this.withDatabase(this.url(), (database) => new AccountRestores(database).list());
  }

  /** A person accepts what was found at an account's venue. */
  async accept(account: string, reason: string): Promise<void> {
    const by = `local:${this.context.user}`;
    await this.audited(this.url(), `backup accept ${account}`, { reason }, async (database) => {
      const result = await new AccountRestores(database).accept({ account, by, reason });
      if (result === 'not_held') throw new CliError(EXIT.refused, `No restore holds the account ${account}.`);
      if (result === 'not_read')
        throw new CliError(
          EXIT.refused,
          `The venue of ${account} is not read to its end yet; \`tradewind backup restored\` shows how far it is.`,
        );
    });
  }

  /** Where a backup is read from: here when it is here, unless another place is named. */
  private async placeOf(id: string, from: PlaceName | undefined): Promise<BackupPlace> {
    const { folder, storage } = this;
    if (from === 's3' && storage === undefined)
      throw new CliError(EXIT.usage, 'There is no object storage: set AWS_S3_BACKUP_BUCKET.');
    if (storage === undefined || from === 'local') return folder;
    if (from === 's3') return storage;
    return (await folder.list()).some((one) => one.id === id && one.kind === 'whole') ? folder : storage;
  }

  private url(): string {
    const url = databaseUrl(this.context);
    if (url === undefined)
      throw new CliError(EXIT.failed, 'There is no database: run `npm start` once, or set DATABASE_URL.');
    return url;
  }

  private identity(file: string | undefined = this.settings.backup.identityFile): string | undefined {
    if (file === undefined) return undefined;
    try {
      return readFileSync(file, 'utf8').trim();
    } catch {
      throw new CliError(EXIT.usage, `The file with the age identity cannot be read: ${file}.`);
    }
  }

  /** The Temporal server, if there is one: with it gone, no workflow remembers a later halt. */
  private async temporal(): Promise<RestoreTemporal | undefined> {
    const address =
      this.settings.temporal.address ?? readRunningStack(this.context.stateDir)?.addresses.temporalAddress;
    if (address === undefined) {
      this.context.stderr('There is no Temporal server: no schedule is paused, and no epoch is read from it.\n');
      return undefined;
    }
    try {
      return await openRestoreTemporal({ temporal: { ...this.settings.temporal, address } });
    } catch {
      throw new CliError(
        EXIT.failed,
        `Temporal at ${address} does not answer. Start it, or unset TEMPORAL_ADDRESS when its store is lost too.`,
      );
    }
  }

  private async withDatabase<T>(url: string, work: (database: Database) => Promise<T>): Promise<T> {
    const database = openDatabase(url, { max: 1 });
    try {
      return await told(() => work(database));
    } finally {
      await database.end();
    }
  }

  private async audited<T>(
    url: string,
    path: string,
    metadata: object,
    work: (database: Database) => Promise<T>,
  ): Promise<T> {
    const started = this.context.now();
    return this.withDatabase(url, async (database) => {
      const note = (status: number): Promise<void> =>
        recordAudit(database, {
          ...{ actor: `local:${this.context.user}`, method: 'CLI', path, status, metadata: { ...metadata } },
          durationMs: this.context.now() - started,
        });
      try {
        const result = await work(database);
        await note(EXIT.done);
        return result;
      } catch (error) {
        await note(error instanceof CliError ? error.exitCode : EXIT.failed).catch(() => undefined);
        throw error;
      }
    });
  }
}

/** What a place holds, as the API would show it; when it was verified is not known here. */
function viewsOf(
  place: PlaceName,
  found: readonly FoundBackup[],
  now: number,
): { readonly id: string; readonly copy: BackupView['copies'][number] }[] {
  const unread = { seenAt: new Date(now).toISOString(), verifiedAt: null, verifyProblem: null };
  return found.map((one) => {
    if (one.kind === 'bad') {
      const { id, reason } = one;
      const nothing = { rows: null, bytes: null, encrypted: null, writer: null };
      return { id, copy: { place, usable: false, reason, ...nothing, ...unread } };
    }
    return { id: one.id, copy: { place, usable: true, reason: null, ...summaryOf(one.manifest), ...unread } };
  });
}

/** What a backup or a database refuses, as a command's error. */
async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CliError) throw error;
    if (error instanceof BadBackup) throw new CliError(EXIT.refused, `The backup cannot be used: ${error.message}.`);
    if (error instanceof StorageFailed) throw new CliError(EXIT.failed, `The object storage failed: ${error.message}.`);
    if (error instanceof NotEmpty || error instanceof BackupRunning)
      throw new CliError(EXIT.refused, `Refused: ${error.message}.`);
    throw new CliError(
      EXIT.failed,
      `It failed, and nothing was changed: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
