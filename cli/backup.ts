import { createRequire } from 'node:module';
import type { Command } from 'commander';
import type { AccountRestore } from '../database/account-restores';
import type { FoundBackup } from '../database/backup/folder';
import type { Manifest } from '../database/backup/manifest';
import { EXIT } from './context';
import type { CliContext, ExitCode } from './context';
import { leaf } from './leaf';
import type { LocalBackups } from './local-backup';
import { fields, show, table } from './output';
import type { OutputOptions } from './output';
import { withProgress } from './progress';

interface RestoreOptions extends OutputOptions {
  readonly into?: string;
  readonly force?: boolean;
  readonly operator?: string;
  readonly identity?: string;
}

/** Adds `backup` with its verbs. All are local: a backup is wanted most when the API is down. */
export function addBackup(program: Command, context: CliContext, exit: (code: ExitCode) => void): void {
  const noun = program.command('backup').description('Save the database, prove what was saved, and restore it.');
  leaf(noun, 'run', 'Take a backup now, on this machine.')
    .option('--config', 'archive .env and data/ too, encrypted')
    .action(async (options: OutputOptions & { config?: boolean }) => {
      const work = local(context).run(options.config === true);
      const { manifest, deleted, faults } = await withProgress(context, 'taking the backup', work);
      show(context, options, { manifest, deleted, faults }, () => manifestText(manifest));
      for (const fault of faults) context.stderr(`Warning: ${fault}.\n`);
      if (faults.length > 0) exit(EXIT.attention);
    });
  leaf(noun, 'list', 'List the backups of this machine, newest first.').action(async (options: OutputOptions) => {
    const found = await local(context).list();
    show(context, options, found, listTable);
    if (found.some(({ kind }) => kind === 'bad')) exit(EXIT.attention);
  });
  leaf(noun, 'verify <id>', 'Read every byte of a backup and compare its checksums.')
    .option('--identity <file>', 'file with the age identity, to look inside')
    .action(async (id: string, options: OutputOptions & { identity?: string }) => {
      const work = local(context).verify(id, options.identity);
      const verified = await withProgress(context, 'reading the backup', work);
      const inside = verified.opened
        ? 'every checksum agrees'
        : 'its files agree; what is inside is encrypted and was not read';
      show(context, options, verified, ({ manifest }) => `${manifestText(manifest)}\n${inside}`);
    });
  leaf(noun, 'restore <id>', 'Restore a backup; the system then wakes up halted and reads its venues first.')
    .option('--into <dsn>', "postgres://USER:PASSWORD@HOST:PORT/DATABASE; this installation's own unless told")
    .option('--force', 'replace what the database holds')
    .option('--operator <name>', 'who answers for it; needed with --force')
    .option('--identity <file>', 'file with the age identity of an encrypted backup')
    .action(async (id: string, options: RestoreOptions) => {
      const { into, force = false, operator, identity } = options;
      const ask = {
        ...(into === undefined ? {} : { into }),
        force,
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

function manifestText({ id, dump, method, writer, seconds, tables, walPosition, config }: Manifest): string {
  const rows = tables.reduce((sum, one) => sum + one.rows, 0);
  return fields([
    ['backup', id],
    ['holds', `${rows} rows in ${tables.length} tables, at ${walPosition}`],
    ['file', `${dump.name}, ${dump.bytes} bytes, ${dump.encrypted ? 'encrypted' : 'not encrypted'}`],
    ['settings', config === null ? null : `${config.name}, ${config.bytes} bytes, encrypted`],
    ['written by', `${writer} (${method}) in ${seconds} s`],
  ]);
}

function listTable(found: readonly FoundBackup[]): string {
  return table(
    ['ID', 'ROWS', 'BYTES', 'ENCRYPTED', 'WRITTEN BY', 'STATE'],
    found.map((one) => {
      if (one.kind === 'bad') return [one.id, null, null, null, null, `bad: ${one.reason}`];
      const { dump, tables, writer } = one.manifest;
      const rows = tables.reduce((sum, { rows: some }) => sum + some, 0);
      return [one.id, String(rows), String(dump.bytes), dump.encrypted ? 'yes' : 'no', writer, 'whole'];
    }),
    'No backups.',
  );
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
