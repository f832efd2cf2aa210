import { CliError, EXIT } from './context';

/** A day as its midnight in UTC, or a moment as it is. @throws CliError */
export function momentOf(option: string, text: string): string {
  const moment = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text;
  if (!Number.isNaN(Date.parse(moment))) return moment;
  throw new CliError(EXIT.usage, `${option} must be a day, YYYY-MM-DD, or a moment such as 2024-07-03T17:00:00Z.`);
}
