import { clearAlert, openAlerts, raiseAlert, replaceAlert } from '../../database/alerts';
import type { Database } from '../../database/pool';
import { readSecretAges } from '../../database/secrets';
import { instant } from '../../domain/clock/instant';
import type { EpochMillis } from '../../domain/clock/instant';
import type { SecretEntry } from '../../domain/secret/registry';
import { reminderCause, reminderStep, reminderTitle, standingOf } from '../../domain/secret/reminders';
import type { RemindSecretRotationResult } from '../../temporal/messages/remind-secret-rotation';

/** What reminding needs. */
export interface RotationDeps {
  readonly database: Database;
  /** Secrets by settings that are in use in this installation. */
  readonly secrets: readonly SecretEntry[];
}

/** Raises the reminder that is due for each secret; one that was changed clears its own, and a newer step takes the place of the last. */
export async function remindOfRotation(
  { database, secrets }: RotationDeps,
  now: EpochMillis,
): Promise<RemindSecretRotationResult> {
  const ages = await readSecretAges(database, secrets);
  const due = ages.flatMap((age) => {
    const standing = standingOf(age, now);
    const step = reminderStep(standing);
    return step === undefined ? [] : [{ standing, cause: `${reminderCause(age.name)}${step}` }];
  });
  for (const { standing, cause } of due) {
    const { name, owner, dueAt, lastRotation } = standing;
    const detail = { secret: name, owner, lastRotation: instant(lastRotation), dueAt: instant(dueAt) };
    await raiseAlert(database, { cause, severity: 'warning', title: reminderTitle(standing), detail });
  }
  const causes = new Set(due.map(({ cause }) => cause));
  for (const { cause } of await openAlerts(database)) {
    if (!cause.startsWith(reminderCause('').slice(0, -1)) || causes.has(cause)) continue;
    const goesOn = due.some(({ standing }) => cause.startsWith(reminderCause(standing.name)));
    await (goesOn ? replaceAlert(database, cause) : clearAlert(database, cause));
  }
  return { secrets: ages.length, reminded: due.map(({ standing }) => standing.name) };
}
