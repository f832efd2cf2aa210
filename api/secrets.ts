import type { Database } from '../database/pool';
import { noteRotation, readSecretAges } from '../database/secrets';
import type { KnownSecret } from '../database/secrets';
import { instant } from '../domain/clock/instant';
import type { EpochMillis } from '../domain/clock/instant';
import type { SecretEntry } from '../domain/secret/registry';
import { standingOf } from '../domain/secret/reminders';
import { ROUTES } from './contract/routes';
import type { SecretView } from './contract/secret-routes';
import { answer, mount } from './mount';
import type { Gate } from './mount';
import { ApiProblem, notFound } from './problem';

/** What the routes of secrets need. */
export interface SecretRoutes {
  readonly database: Database;
  /** Secrets by settings that are in use. */
  readonly secrets: readonly SecretEntry[];
  /** Real time. */
  readonly now: () => EpochMillis;
}

/** Mounts the list of secrets, and noting that one was changed. */
export function mountSecrets(gate: Gate, { database, secrets, now }: SecretRoutes): void {
  mount(gate, ROUTES.listSecrets, async () => {
    const items = (await readSecretAges(database, secrets)).map((secret) => view(secret, now()));
    return answer(200, { items: items.sort((a, b) => a.daysLeft - b.daysLeft), nextCursor: null });
  });
  mount(gate, ROUTES.noteRotation, async ({ params, body, caller, audit }) => {
    const find = async (): Promise<KnownSecret | undefined> =>
      (await readSecretAges(database, secrets)).find(({ name }) => name === params.name);
    const secret = await find();
    if (secret === undefined) throw notFound('secret');
    if (secret.ageFrom === 'own' || secret.ageFrom === 'venue') {
      const who = secret.ageFrom === 'own' ? 'An API key is as old as it is' : 'The venue tells how old the key is';
      throw new ApiProblem('reports_own_age', `${who}: make a new one, change to it, and revoke this one.`);
    }
    const at = body?.at === undefined ? now() : Date.parse(`${body.at}T00:00:00Z`);
    if (at > now()) throw inTheFuture();
    audit({ secret: params.name, at: instant(at) });
    await noteRotation(database, params.name, new Date(at), caller.actor);
    return answer(200, view((await find()) ?? secret, now()));
  });
}

function view(secret: KnownSecret, now: EpochMillis): SecretView {
  const { name, owner, periodDays, lastRotation, dueAt, daysLeft, procedure } = standingOf(secret, now);
  return {
    ...{ name, owner, periodDays, daysLeft, ageFrom: secret.ageFrom },
    lastRotation: instant(lastRotation),
    dueAt: instant(dueAt),
    procedure: `docs/secrets-rotation.md#${procedure}`,
  };
}

function inTheFuture(): ApiProblem {
  const message = 'must not be in the future';
  return new ApiProblem('invalid_request', `at ${message}.`, { errors: [{ field: 'at', rule: 'past', message }] });
}
