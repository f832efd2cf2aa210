import { calendarOf } from '../calendar/calendars';
import { instant, millisOf } from '../clock/instant';
import { defaultValidUntil, validUntilOfOpening } from './validity';

/** Session times as NYSE publishes them: 09:30 to 16:00 New York, 13:00 on the day after Thanksgiving. */
function validity(calendar: 'NYSE' | 'ALWAYS', at: string): string | undefined {
  const until = defaultValidUntil(calendarOf(calendar), millisOf(at));
  return until === undefined ? undefined : instant(until);
}

describe('the default validity of a trade', () => {
  it('ends with the running session when the market is open', () => {
    expect(validity('NYSE', '2017-06-14T15:00:00Z')).toBe('2017-06-14T20:00:00.000Z');
  });

  it('ends with the next session when the market is closed', () => {
    expect(validity('NYSE', '2017-06-14T20:00:00Z')).toBe('2017-06-15T20:00:00.000Z');
  });

  it('reaches over a weekend with a Monday holiday', () => {
    expect(validity('NYSE', '2018-01-12T22:00:00Z')).toBe('2018-01-16T21:00:00.000Z');
  });

  it('ends at an early close', () => {
    expect(validity('NYSE', '2017-11-24T14:00:00Z')).toBe('2017-11-24T18:00:00.000Z');
  });

  it('is a day in a market that never closes', () => {
    expect(validity('ALWAYS', '2017-12-31T23:00:00Z')).toBe('2018-01-01T23:00:00.000Z');
  });

  it('of an entry for the opening auction ends with the session after the running one', () => {
    const until = (at: string) => validUntilOfOpening(calendarOf('NYSE'), millisOf(at));
    expect(until('2017-06-14T15:00:00Z')).toBe(millisOf('2017-06-15T20:00:00Z'));
    expect(until('2017-06-14T21:00:00Z')).toBe(millisOf('2017-06-15T20:00:00Z'));
    expect(until('2099-01-01T00:00:00Z')).toBeUndefined();
  });

  it('is unknown past the end of the calendar', () => {
    expect(validity('NYSE', '2099-01-01T00:00:00Z')).toBeUndefined();
  });
});
