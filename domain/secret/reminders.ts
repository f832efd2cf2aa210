import type { EpochMillis } from '../clock/instant';

const DAY_MS = 86_400_000;
/** Days before a secret is due on which its owner is reminded. */
const STEPS = [1, 7, 14] as const;

/** How long ago a secret was changed last. */
export interface SecretAge {
  readonly name: string;
  readonly owner: string;
  readonly periodDays: number;
  readonly procedure: string;
  readonly lastRotation: EpochMillis;
  /** When it ends by itself; null when it does not, or nobody tells. */
  readonly expiresAt: EpochMillis | null;
}

/** When a secret is to be changed. */
export interface SecretStanding extends SecretAge {
  readonly dueAt: EpochMillis;
  /** Whole days that are left; negative when it is overdue. */
  readonly daysLeft: number;
}

/** It is due after its period, and before it ends by itself. */
export function standingOf(age: SecretAge, now: EpochMillis): SecretStanding {
  const dueAt = Math.min(age.lastRotation + age.periodDays * DAY_MS, age.expiresAt ?? Infinity);
  return { ...age, dueAt, daysLeft: Math.floor((dueAt - now) / DAY_MS) };
}

/**
 * Which reminder is due: `14d`, `7d`, `1d`, or `overdue-N` on each day past the date; undefined when none is. A day on
 * which nobody looked loses no reminder: the step holds until the next one.
 */
export function reminderStep({ daysLeft }: Pick<SecretStanding, 'daysLeft'>): string | undefined {
  if (daysLeft < 0) return `overdue-${-daysLeft}`;
  const step = STEPS.find((days) => daysLeft <= days);
  return step === undefined ? undefined : `${step}d`;
}

/** The causes of a secret's reminders begin with this. */
export function reminderCause(name: string): string {
  return `secret-rotation:${name}:`;
}

/** One sentence for its owner. */
export function reminderTitle({ name, owner, daysLeft, procedure }: SecretStanding): string {
  const when =
    daysLeft < 0 ? `is overdue by ${-daysLeft} days` : daysLeft === 0 ? 'is due today' : `is due in ${daysLeft} days`;
  return `The rotation of the secret ${name} (${owner}) ${when}: docs/secrets-rotation.md#${procedure}`;
}
