import type { Command } from 'commander';
import type { SecretView } from '../api/contract/secret-routes';
import type { Page } from '../api/contract/views';
import { ApiClient } from './api-client';
import type { CliContext } from './context';
import { leaf } from './leaf';
import { show, table } from './output';
import type { OutputOptions } from './output';

/** Adds `secret` with its verbs. */
export function addSecret(program: Command, context: CliContext): void {
  const secret = program.command('secret').description('When secrets are to be changed; it knows names and no value.');
  leaf(secret, 'list', 'List the secrets in use, those that are due first.').action(async (options: OutputOptions) => {
    const page = await new ApiClient(context).get<Page<SecretView>>('/v1/secrets');
    show(context, options, page, ({ items }) => secretTable(items));
  });
  leaf(secret, 'rotated <name>', 'Note that a secret was changed.')
    .option('--at <date>', 'on that day, YYYY-MM-DD; now unless told')
    .action(async (name: string, options: OutputOptions & { at?: string }) => {
      const path = `/v1/secrets/${encodeURIComponent(name)}/rotations`;
      const body = options.at === undefined ? {} : { at: options.at };
      const noted = (await new ApiClient(context).post<SecretView>(path, { body })).body;
      show(context, options, noted, (one) => secretTable([one]));
    });
}

/** Who tells when a secret was changed. */
const TOLD_BY = {
  own: 'the key itself',
  venue: 'the venue',
  'venue-silent': 'a note: the venue cannot tell',
  noted: 'a note',
} as const satisfies Record<SecretView['ageFrom'], string>;

function secretTable(secrets: readonly SecretView[]): string {
  return table(
    ['NAME', 'OWNER', 'LAST CHANGED', 'TOLD BY', 'DUE', 'DAYS LEFT', 'PROCEDURE'],
    secrets.map(({ name, owner, lastRotation, ageFrom, dueAt, daysLeft, procedure }) => [
      name,
      owner,
      lastRotation.slice(0, 10),
      TOLD_BY[ageFrom],
      dueAt.slice(0, 10),
      daysLeft < 0 ? `overdue by ${-daysLeft}` : String(daysLeft),
      procedure,
    ]),
    'No secrets are in use.',
  );
}
