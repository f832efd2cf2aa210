import { z } from 'zod';
import { readSettingsFile } from './settings-file';

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

/** Reads a calendar file (JSON); without a path there are no additions. @throws SettingsFileError */
export function readCalendarFile(path: string | undefined): CalendarFile {
  // Optional members of JSON are absent, never undefined.
  return (readSettingsFile('CALENDARS_FILE', path, calendarFileSchema) ?? {}) as CalendarFile;
}
