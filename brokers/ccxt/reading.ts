import { instant } from '../../domain/clock/instant';
import type { Instant } from '../../domain/clock/instant';
import { isDecimalString, text, dec } from '../../domain/money/decimal';
import type { DecimalString } from '../../domain/money/decimal';
import { BrokerError } from './broker-error';

/** A JSON object of a venue. */
export type Json = Readonly<Record<string, unknown>>;

/** An answer that cannot be what it should be: a cut-off body, a page in HTML, `{}`. What it answered is unknown. */
export function unreadable(what: string): BrokerError {
  return new BrokerError({
    phase: 'answered',
    outcome: 'unknown',
    venueCode: 'unreadable',
    message: `an answer without a readable ${what}`,
  });
}

/** The value as a JSON object. @throws BrokerError `unknown`. */
export function objectOf(value: unknown, what: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unreadable(what);
  return value as Json;
}

/** The value as a list of JSON objects. @throws BrokerError `unknown`. */
export function listOf(value: unknown, what: string): readonly Json[] {
  if (!Array.isArray(value)) throw unreadable(what);
  return value.map((item) => objectOf(item, what));
}

/** A field that holds text or a whole number, as text. @throws BrokerError `unknown` when it is missing or empty. */
export function textOf(json: Json, field: string): string {
  const value = json[field];
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  if (typeof value !== 'string' || value === '') throw unreadable(field);
  return value;
}

/** As `textOf`, or undefined when the venue left the field out or empty. */
export function optionalText(json: Json, field: string): string | undefined {
  const value = json[field];
  return value === undefined || value === null || value === '' ? undefined : textOf(json, field);
}

/** A decimal amount, without the zeros that venues pad with. @throws BrokerError `unknown` for anything else. */
export function amountOf(json: Json, field: string): DecimalString {
  const value = json[field];
  const written = typeof value === 'number' ? dec(value).toFixed() : value;
  if (typeof written !== 'string' || !isDecimalString(written)) throw unreadable(field);
  return text(dec(written));
}

/** As `amountOf`; zero when the venue left the field out or empty. */
export function amountOrZero(json: Json, field: string): DecimalString {
  const value = json[field];
  return value === undefined || value === null || value === '' ? text(dec(0)) : amountOf(json, field);
}

/** Milliseconds since 1970 in a field that holds them as a number or text. @throws BrokerError `unknown`. */
export function millisIn(json: Json, field: string): number {
  const millis = Number(json[field]);
  if (!Number.isFinite(millis) || millis <= 0) throw unreadable(field);
  return Math.round(millis);
}

/**
 * A moment in the life of a key, in milliseconds or RFC 3339; undefined where the venue tells none, or writes a year of long
 * ago for one that never comes.
 */
export function keyMoment(value: unknown): Instant | undefined {
  const millis = typeof value === 'string' && !/^\d+$/.test(value) ? Date.parse(value) : Number(value ?? NaN);
  return Number.isFinite(millis) && millis > FIRST_KEYS && millis < 8.64e15 ? instant(millis) : undefined;
}

/** No exchange that we know is older. */
const FIRST_KEYS = Date.UTC(2010);
