import { createRequire } from 'node:module';
import { Option } from 'commander';
import type { Command } from 'commander';
import type { BackupView } from '../api/contract/backup-routes';
import type { AccountRestore } from '../database/account-restores';
import type { Manifest } from '../database/backup/manifest';
import { EXIT } from './context';
import type { CliContext, ExitCode } from './context';
import { leaf } from './leaf';
import type { PlaceName } from '../database/backup/record';
import { apiOrHere, backupsTable } from './backup-api';
import type { ApiBackups } from './backup-api';
import type { LocalBackups } from './local-backup';
import { fields, show, table } from './output';
import type { OutputOptions } from './output';
import { withProgress } from './progress';

interface RestoreOptions extends OutputOptions {
  readonly into?: string;
  readonly force?: boolean;
  readonly from?: PlaceName;
  readonly operator?: string;
  readonly identity?: string;
}

interface VerifyOptions extends OutputOptions {
  readonly local?: boolean;
  readonly from?: PlaceName;
  readonly identity?: string;
}

/**
 * Adds `backup` with its verbs. Taking, listing and verifying go through the API while it answers; everything works without
 * it too, since a backup is wanted most when it is down. A restore never goes through it: it replaces what the API stands on.
 */
export function addBackup(program: Command, context: CliContext, exit: (code: ExitCode) => void): void {
  const noun = program.command('backup').description('Save the database, prove what was saved, and restore it.');
  leaf(noun, 'run', 'Take a backup now, by the workers, or on this machine when the API is down.')
    .option('--local', 'on this machine, without the API')
    .option('--config', 'archive .env and data/ of this machine too, encrypted; implies --local')
    .action(async (options: OutputOptions & { config?: boolean; local?: boolean }) => {
      const { config = false, local: here = false } = options;
      const started = async (backups: ApiBackups): Promise<void> => {
        const run = await backups.run();
        const text = `${run.workflowId} is started; \`tradewind backup list\` shows what came of it.`;
        show(context, options, run, () => text);
      };
      const taken = async (): Promise<void> => {
        const run = await withProgress(context, 'taking the backup', local(context).run(config));
        show(context, options, run, () => manifestText(run.manifest, run.storage?.uploaded));
        for (const fault of run.faults) context.stderr(`Warning: ${fault}.\n`);
        if (run.faults.length > 0) exit(EXIT.attention);
      };
      await apiOrHere(context, here || config, started, taken);
    });
  leaf(noun, 'list', 'List the backups and where each copy lies, newest first.')
    .option('--local', 'look into the folder of this machine and the object storage, without the API')
    .action(async (options: OutputOptions & { local?: boolean }) => {
      const found = await apiOrHere(
        context,
        options.local === true,
        async (backups) => ({ items: await backups.list(), problem: null }),
        () => withProgress(context, 'looking', local(context).list()),
      );
      show(context, options, found, ({ items }) => backupsTable(items));
      const { items, problem } = found;
      if (problem !== null) context.stderr(`Warning: what is in the object storage is not known: ${problem}.\n`);
      if (problem !== null || items.some(isDoubtful)) exit(EXIT.attention);
    });
  leaf(noun, 'verify <id>', 'Read every byte of every copy of a backup and compare its checksums.')
    .option('--local', 'on this machine, without the API')
    .addOption(fromOption())
    .option('--identity <file>', 'file with the age identity, to look inside; with it or --from the work is done here')
    .action(async (id: string, options: VerifyOptions) => {
      const { from, identity, local: here = false } = options;
      const byWorkers = async (backups: ApiBackups): Promise<void> => {
        const backup = await withProgress(context, 'the workers read the backup', backups.verify(id));
        show(context, options, backup, (found) => backupsTable([found]));
        if (isDoubtful(backup)) exit(EXIT.attention);
      };
      const onThisMachine = async (): Promise<void> => {
        const work = local(context).verify(id, from, identity);
        const verified = await withProgress(context, 'reading the backup', work);
        const inside = verified.opened
          ? 'every checksum agrees'
          : 'its files agree; what is inside is encrypted and was not read';
        show(context, options, verified, ({ manifest }) => `${manifestText(manifest)}\n${inside}`);
      };
      await apiOrHere(context, here || from !== undefined || identity !== undefined, byWorkers, onThisMachine);
    });
  leaf(noun, 'restore <id>', 'Restore a backup; the system then wakes up halted and reads its venues first.')
    .option('--into <dsn>', "postgres://USER:PASSWORD@HOST:PORT/DATABASE; this installation's own unless told")
    .addOption(fromOption())
    .option('--force', 'replace what the database holds')
    .option('--operator <name>', 'who answers for it; needed with --force')
    .option('--identity <file>', 'file with the age identity of an encrypted backup')
    .action(async (id: string, options: RestoreOptions) => {
      const { into, force = false, from, operator, identity } = options;
      const ask = {
        ...(into === undefined ? {} : { into }),
        force,
        ...(from === undefined ? {} : { from }),
        ...(operator === undefined ? {} : { operator }),
        ...(identity === undefined ? {} : { identityFile: identity }),
      };
      const manifest = await withProgress(context, 'restoring', local(context).restore(id, ask));
      show(context, options, manifest, () => `${manifestText(manifest)}\n${AFTERWARDS}`);
    });
  leaf(noun, 'restored', 'Show what each account still waits for after a restore.').action(
    async (options: OutputOptions) => {
      const accounts = await local(context).restored();
      show(context, options, accounts, restoredTable);
      if (accounts.some(({ caughtUpAt }) => caughtUpAt === null)) exit(EXIT.attention);
    },
  );
  leaf(noun, 'accept <account>', 'Let an account trade again in spite of what was found at its venue after a restore.')
    .requiredOption('--reason <text>', 'why; kept in the audit log')
    .action(async (account: string, options: OutputOptions & { reason: string }) => {
      await local(context).accept(account, options.reason);
      show(context, options, { account, accepted: true }, () => `${account} is free once its venue has answered.`);
    });
}

const AFTERWARDS = `Restored, and halted. Start the system (or leave it running: it notices and starts anew). It reads each venue for what
happened since the dump; \`tradewind backup restored\` shows how far it is. Then release the halt with \`tradewind halt release\`.`;

/** Loaded when needed: the database driver and its company would slow every other command down. */
function local(context: CliContext): LocalBackups {
  const loaded = createRequire(__filename)('./local-backup') as { readonly LocalBackups: typeof LocalBackups };
  return new loaded.LocalBackups(context);
}

/** Where the bytes come from; the first place that has them unless told. */
function fromOption(): Option {
  return new Option('--from <place>', 'where it is read: here unless it is only in object storage').choices([
    'local',
    's3',
  ]);
}

function manifestText(manifest: Manifest, uploaded: readonly string[] = []): string {
  const { id, dump, method, writer, seconds, tables, walPosition, config } = manifest;
  const rows = tables.reduce((sum, one) => sum + one.rows, 0);
  return fields([
    ['backup', id],
    ['holds', `${rows} rows in ${tables.length} tables, at ${walPosition}`],
    ['file', `${dump.name}, ${dump.bytes} bytes, ${dump.encrypted ? 'encrypted' : 'not encrypted'}`],
    ['settings', config === null ? null : `${config.name}, ${config.bytes} bytes, encrypted`],
    ['written by', `${writer} (${method}) in ${seconds} s`],
    ['copied to s3', uploaded.length === 0 ? null : uploaded.join(', ')],
  ]);
}

/** True when a copy cannot be used, or was found wrong when it was last read. */
function isDoubtful({ copies }: BackupView): boolean {
  return copies.some(({ usable, verifyProblem }) => !usable || verifyProblem !== null);
}

function restoredTable(accounts: readonly AccountRestore[]): string {
  return table(
    ['ACCOUNT', 'BACKUP', 'STATE', 'FOUND AT THE VENUE'],
    accounts.map(({ account, backup, adoptedAt, caughtUpAt, cleanLooks, findings }) => [
      account,
      backup,
      caughtUpAt !== null
        ? 'caught up'
        : adoptedAt === null
          ? 'looks for orders since the dump'
          : `clean looks: ${cleanLooks}`,
      findings
        .map(
          ({ kind, side, quantity, instrument, venueOrderId }) =>
            `${kind} ${venueOrderId}: ${side} ${quantity} ${instrument}`,
        )
        .join('; '),
    ]),
    'Nothing was restored.',
  );
}
