import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DYNAMIC_PROCEDURES, SECRETS, secretsInUse } from './registry';
import { reminderStep, reminderTitle, standingOf } from './reminders';

const DAY = 86_400_000;
const age = {
  name: 'model-key',
  owner: 'trading',
  periodDays: 90,
  procedure: 'model-keys',
  lastRotation: 0,
  expiresAt: null,
};
const stepOn = (day: number) => reminderStep(standingOf(age, day * DAY));

it('reminds at 14, 7 and 1 days and on each day overdue, whatever the hour', () => {
  expect([0, 75, 75.99].map(stepOn)).toEqual([undefined, undefined, '14d']);
  expect([76, 82.9, 83, 88.9, 89, 90].map(stepOn)).toEqual(['14d', '7d', '7d', '1d', '1d', '1d']);
  expect([90.1, 91.5, 120].map(stepOn)).toEqual(['overdue-1', 'overdue-2', 'overdue-30']);
});

it('a key that ends by itself is due before it does', () => {
  expect(standingOf({ ...age, expiresAt: 20 * DAY }, 8 * DAY)).toMatchObject({ dueAt: 20 * DAY, daysLeft: 12 });
  expect(standingOf({ ...age, expiresAt: 200 * DAY }, 8 * DAY)).toMatchObject({ dueAt: 90 * DAY });
});

it('looked at once a day, each step comes once and in its order', () => {
  const steps = Array.from({ length: 95 }, (_, day) => stepOn(day + 0.1)).filter((step) => step !== undefined);
  const changes = steps.filter((step, n) => step !== steps[n - 1]);
  expect(changes).toEqual(['14d', '7d', '1d', 'overdue-1', 'overdue-2', 'overdue-3', 'overdue-4', 'overdue-5']);
});

it('says when, who and how', () => {
  expect(reminderTitle(standingOf(age, 83 * DAY))).toBe(
    'The rotation of the secret model-key (trading) is due in 7 days: docs/secrets-rotation.md#model-keys',
  );
  expect(reminderTitle(standingOf(age, 90 * DAY))).toContain('is due today');
  expect(reminderTitle(standingOf(age, 92 * DAY))).toContain('is overdue by 2 days');
});

describe('the registry', () => {
  it('has each secret once, and only what is set is in use', () => {
    expect(new Set(SECRETS.map(({ name }) => name)).size).toBe(SECRETS.length);
    expect(SECRETS.every(({ name }) => /^[a-z0-9-]{1,60}$/.test(name))).toBe(true);
    expect(secretsInUse((name) => name === 'SLACK_CRITICAL_WEBHOOK_URL').map(({ name }) => name)).toEqual([
      'slack-webhooks',
    ]);
  });

  it('leads to a procedure that is there', () => {
    const file = join(__dirname, '../../docs/secrets-rotation.md');
    expect(existsSync(file)).toBe(true);
    const headings = [...readFileSync(file, 'utf8').matchAll(/^## (.+)$/gm)].map(([, heading = '']) =>
      heading.toLowerCase().replace(/ /g, '-'),
    );
    const named = [...SECRETS.map(({ procedure }) => procedure), ...Object.values(DYNAMIC_PROCEDURES)];
    expect(named.filter((procedure) => !headings.includes(procedure))).toEqual([]);
  });
});
