import { createRequire } from 'node:module';
import { Option } from 'commander';
import type { Command } from 'commander';
import { ROLES } from '../domain/access/role';
import type { Role } from '../domain/access/role';
import type { KeyView, ListedKeyView, Page } from '../api/contract/views';
import { ApiClient } from './api-client';
import type { CliContext } from './context';
import { leaf } from './leaf';
import type { createKeyLocally } from './local-key';
import { fields, show, table } from './output';
import type { OutputOptions } from './output';
import { moment } from './trade-views';

interface KeyOptions extends OutputOptions {
  readonly role: Role;
  readonly name?: string;
  readonly local?: boolean;
}

/** Adds `key` with its verbs. */
export function addKey(program: Command, context: CliContext): void {
  const key = program.command('key').description('Make, list and revoke API keys.');
  leaf(key, 'create', 'Make a key; it is shown this once.')
    .addOption(new Option('--role <role>', 'what it may do').choices([...ROLES]).makeOptionMandatory())
    .option('--name <name>', 'who or what uses it; the role unless told')
    .option('--local', 'write it to the database directly, for when no admin key is at hand')
    .action(async (options: KeyOptions) => {
      const wanted = { name: options.name ?? options.role, role: options.role };
      const made = options.local === true ? await makeLocally(context, wanted) : await makeOverApi(context, wanted);
      show(context, options, made, ({ id, name, role, key: secret }) =>
        fields([
          ['key', secret],
          ['role', role],
          ['name', name],
          ['id', id],
        ]),
      );
      context.stderr('Keep the key now: it is stored only as a hash.\n');
    });
  leaf(key, 'list', 'List the keys, newest first; never the keys themselves.').action(
    async (options: OutputOptions) => {
      const page = await new ApiClient(context).get<Page<ListedKeyView>>('/v1/keys');
      show(context, options, page, ({ items }) => keyTable(items));
    },
  );
  leaf(key, 'revoke <id>', 'Revoke a key for ever, at once.').action(async (id: string, options: OutputOptions) => {
    const path = `/v1/keys/${encodeURIComponent(id)}/revoke`;
    const revoked = (await new ApiClient(context).post<ListedKeyView>(path, { body: {} })).body;
    show(context, options, revoked, (one) => keyTable([one]));
  });
}

function keyTable(keys: readonly ListedKeyView[]): string {
  return table(
    ['ID', 'NAME', 'ROLE', 'MADE', 'LAST USED', 'REVOKED'],
    keys.map(({ id, name, role, createdAt, lastUsedAt, revokedAt }) => [
      id,
      name,
      role,
      moment(createdAt),
      moment(lastUsedAt),
      moment(revokedAt),
    ]),
    'No keys.',
  );
}

async function makeOverApi(context: CliContext, wanted: { name: string; role: Role }): Promise<KeyView> {
  return (await new ApiClient(context).post<KeyView>('/v1/keys', { body: wanted })).body;
}

/** Loaded when needed: the database driver would slow every other command down. */
function makeLocally(context: CliContext, wanted: { name: string; role: Role }): Promise<KeyView> {
  const loaded = createRequire(__filename)('./local-key') as { readonly createKeyLocally: typeof createKeyLocally };
  return loaded.createKeyLocally(context, wanted);
}
