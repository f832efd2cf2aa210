import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { PROJECT_ROOT } from './project';

const text = z.string().min(1).max(500);
const calendarId = z.string().regex(/^[A-Z][A-Z0-9_-]{0,15}$/, 'must be 1 to 16 of A-Z 0-9 _ -, a letter first');
const date = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'must be a date, YYYY-MM-DD');
const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/, 'must be a time of day, HH:MM or HH:MM:SS');
const year = z.number().int().min(1970, 'must be 1970 or later').max(2100, 'must be 2100 or earlier');

const exceptionBase = { calendars: z.array(calendarId).min(1), date, reason: text, source: text };
const exception = z.discriminatedUnion('kind', [
  z.strictObject({ ...exceptionBase, kind: z.literal('closed') }),
  z.strictObject({ ...exceptionBase, kind: z.literal('hours'), open: time.optional(), close: time.optional() }),
  z.strictObject({ ...exceptionBase, kind: z.literal('halt'), from: time, to: time }),
]);

const weekday = z.enum(['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']);
const definition = z.strictObject({
  id: calendarId,
  timeZone: text,
  firstYear: year,
  lastYear: year,
  weekdays: z.array(weekday).min(1),
  open: time,
  close: time,
  opensDayBefore: z.boolean().optional(),
  preMarketFrom: time.optional(),
  postMarketUntil: time.optional(),
  breaks: z.array(z.strictObject({ from: time, to: time })).optional(),
  source: text,
});

/** What a calendar file holds: exceptions to bundled or own calendars, and calendars of one's own. */
export const calendarFileSchema = z.strictObject({
  exceptions: z.array(exception).optional(),
  calendars: z.array(definition).optional(),
});

type Given<T> = T extends readonly (infer E)[]
  ? readonly Given<E>[]
  : T extends object
    ? { readonly [K in keyof T as undefined extends T[K] ? never : K]: Given<T[K]> } & {
        readonly [K in keyof T as undefined extends T[K] ? K : never]?: Given<Exclude<T[K], undefined>>;
      }
    : T;

/** A calendar file after validation. */
export type CalendarFile = Given<z.output<typeof calendarFileSchema>>;

/** A calendar file that cannot be used; the message names the file, the field and the rule. */
export class CalendarFileError extends Error {
  override readonly name = 'CalendarFileError';
}

/**
 * Reads a calendar file (JSON); a relative path starts at the project's folder. Without a path there are no additions.
 * @throws CalendarFileError
 */
export function readCalendarFile(path: string | undefined): CalendarFile {
  if (path === undefined || path.trim() === '') return {};
  const file = resolve(PROJECT_ROOT, path);
  const parsed = calendarFileSchema.safeParse(parse(file));
  // Optional members of JSON are absent, never undefined.
  if (parsed.success) return parsed.data as CalendarFile;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`);
  throw new CalendarFileError(`CALENDARS_FILE ${file}: ${problems.join('; ')}`);
}

function parse(file: string): unknown {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch {
    throw new CalendarFileError(`CALENDARS_FILE ${file}: the file cannot be read`);
  }
  try {
    return JSON.parse(content);
  } catch {
    throw new CalendarFileError(`CALENDARS_FILE ${file}: the file is not JSON`);
  }
}
