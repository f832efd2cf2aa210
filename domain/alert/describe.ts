import { plainText } from '../analysis/plain-text';
import { assertNever } from '../assert-never';
import type { AlertMessage } from './channel';

const MOST_DETAILS = 20;
const LONGEST_TITLE = 300;
const LONGEST_VALUE = 500;

/** One line for a subject or a notification, without control characters. */
export function subjectOf(message: AlertMessage): string {
  return `[${stateOf(message)}] ${plainText(message.title, LONGEST_TITLE)}`;
}

function stateOf({ kind, n, severity }: AlertMessage): string {
  switch (kind) {
    case 'raised':
      return severity;
    case 'worsened':
      return 'now critical';
    case 'repeated':
      return `still ${severity}, told ${n + 1} times`;
    case 'cleared':
      return 'cleared';
    case 'test':
      return 'test';
    default:
      return assertNever(kind);
  }
}

/** What a person reads below the subject: since when, and the facts; plain text of short lines. */
export function linesOf(message: AlertMessage): readonly string[] {
  const { cause, alertId, raisedAt, clearedAt, detail } = message;
  const facts = Object.entries(detail)
    .filter(([, value]) => value !== null && value !== undefined)
    .slice(0, MOST_DETAILS)
    .map(([name, value]) => `${plainText(name, 60)}: ${plainText(factText(value), LONGEST_VALUE)}`);
  return [
    `since ${raisedAt}${clearedAt === null ? '' : `, cleared ${clearedAt}`}`,
    `cause ${cause}, alert ${alertId}`,
    ...facts,
  ];
}

function factText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
