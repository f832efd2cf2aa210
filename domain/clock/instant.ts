/** A moment as RFC 3339 UTC text with milliseconds, `2024-07-03T17:30:00.000Z`: the form that crosses borders. */
export type Instant = string & { readonly __brand: 'Instant' };

/** Milliseconds since 1970-01-01T00:00Z. */
export type EpochMillis = number;

/** Milliseconds. */
export type Millis = number;

/** The instant of a number of milliseconds since 1970. @throws RangeError outside the years 0 to 9999. */
export function instant(millis: EpochMillis): Instant {
  return new Date(millis).toISOString() as Instant;
}

/** Milliseconds since 1970 of an RFC 3339 text. @throws RangeError when the text is no moment. */
export function millisOf(moment: string): EpochMillis {
  const millis = Date.parse(moment);
  if (Number.isNaN(millis)) throw new RangeError(`not a moment: ${moment.slice(0, 40)}`);
  return millis;
}
