import { z } from 'zod';
import { dec, decimalString, isDecimalString } from '../../domain/money/decimal';
import { instant, millisOf } from '../../domain/clock/instant';

/** An error text that carries the name of its rule; `fieldProblems` takes the two apart again. */
export function rule(name: string, words: string): string {
  return `${name}: ${words}`;
}

const AMOUNT_RULE = rule(
  'decimal_string',
  'must be a string in plain decimal notation such as "12.50": no number, no exponent, at most 20 digits before and 18 after the point',
);

/** An amount of any sign, as it is answered. */
export const amountOut = z.string().meta({
  description: 'A decimal amount in plain notation.',
  pattern: '^-?\\d{1,20}(\\.\\d{1,18})?$',
  example: '2430.25',
});

/** An amount above 0, as it is asked for. */
export const positiveAmount = z
  .string({ error: AMOUNT_RULE })
  .refine(isDecimalString, { error: AMOUNT_RULE, abort: true })
  .refine((value) => dec(value).gt(0), { error: rule('positive', 'must be above 0') })
  .transform((value) => decimalString(value))
  .meta({ type: 'string', pattern: '^\\d{1,20}(\\.\\d{1,18})?$', example: '2430.25' });

/** A whole number from `least` to `most`. */
export function wholeNumber(least: number, most: number, unit: string): z.ZodNumber {
  const error = rule('range', `must be a whole number from ${least} to ${most} (${unit})`);
  return z.number({ error }).int({ error }).min(least, { error }).max(most, { error });
}

const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z$/;
const MOMENT_RULE = rule('moment', 'must be a moment in RFC 3339 form and UTC, such as "2017-06-14T13:30:00Z"');

/** A moment as it is asked for; read into the one form that is stored. */
export const momentIn = z
  .string({ error: MOMENT_RULE })
  .refine((value) => RFC3339.test(value) && isMoment(value), { error: MOMENT_RULE, abort: true })
  .transform((value) => instant(millisOf(value)))
  .meta({ type: 'string', format: 'date-time' });

/** Date.parse reads 30 February as 2 March; a moment that does not come back unchanged is none. */
function isMoment(value: string): boolean {
  const millis = Date.parse(value);
  return !Number.isNaN(millis) && new Date(millis).toISOString().slice(0, 19) === value.slice(0, 19);
}

const DATE_RULE = rule('date', 'must be a date that exists, as YYYY-MM-DD');

/** A day as it is asked for. */
export const dateIn = z
  .string({ error: DATE_RULE })
  .refine((value) => /^\d{4}-\d{2}-\d{2}$/.test(value) && isMoment(`${value}T00:00:00Z`), { error: DATE_RULE })
  .meta({ type: 'string', format: 'date' });

/** A moment as it is answered. */
export const momentOut = z.string().meta({ description: 'RFC 3339, UTC.', format: 'date-time' });

/** One of a fixed list of words. */
export function oneOf<const T extends readonly [string, ...string[]]>(words: T): z.ZodEnum<{ [K in T[number]]: K }> {
  return z.enum(words, { error: rule('one_of', `must be one of: ${words.join(', ')}`) });
}

/** Short text with a pattern. */
export function name(pattern: RegExp, words: string): z.ZodString {
  const error = rule('name', words);
  return z.string({ error }).regex(pattern, { error });
}

export const accountName = name(/^[a-z0-9][a-z0-9-]{0,31}$/, 'must be the name of an account, such as "paper"');
export const instrumentId = name(/^[A-Z0-9][A-Z0-9._/-]{0,31}$/, 'must be the id of an instrument, such as "US500"');
export const strategyName = name(/^[a-z0-9][a-z0-9-]{0,31}$/, 'must be the name of a strategy, such as "technical"');

export const IDEMPOTENCY_KEY = /^[A-Za-z0-9_-]{1,64}$/;

/** Query of every list; a page ends where its cursor continues. */
export const pageQuery = {
  limit: z
    .string()
    .regex(/^([1-9]\d?|1\d\d|200)$/, { error: rule('range', 'must be a whole number from 1 to 200') })
    .transform(Number)
    .meta({ type: 'integer', minimum: 1, maximum: 200, description: 'Rows a page; 50 unless told.' })
    .optional(),
  cursor: z
    .string()
    .max(400, { error: rule('length', 'must be a cursor that a page of this list gave') })
    .meta({ description: 'The `nextCursor` of the page before.' })
    .optional(),
};

/** One page of a list. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    nextCursor: z.string().nullable().meta({ description: 'Null on the last page.' }),
  });
}
