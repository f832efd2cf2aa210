import { calendarOf } from '../calendar/calendars';
import type { Instant } from '../clock/instant';
import { whyDue } from './due';
import type { ReconciliationPlace } from './due';

const place = (changes: Partial<ReconciliationPlace>): ReconciliationPlace => ({
  account: 'paper',
  now: '2024-11-25T16:00:00.000Z' as Instant,
  lastAt: '2024-11-25T15:55:00.000Z' as Instant,
  calendars: ['NYSE'],
  moved: false,
  ...changes,
});
const at = (moment: string): Instant => moment as Instant;

describe('an account', () => {
  it('is due every time in market hours', () => {
    expect(whyDue(place({}), calendarOf)).toBe('market');
    expect(whyDue(place({ calendars: ['NYSE', 'ALWAYS'], now: at('2024-11-24T12:00:00.000Z') }), calendarOf)).toBe(
      'market',
    );
  });

  it('is due once after the session, an early close included, and then not until the next one', () => {
    const closed = place({ now: at('2024-11-25T21:05:00.000Z'), lastAt: at('2024-11-25T20:57:00.000Z') });
    expect(whyDue(closed, calendarOf)).toBe('session');
    expect(
      whyDue({ ...closed, lastAt: at('2024-11-25T21:05:00.000Z'), now: at('2024-11-25T21:10:00.000Z') }, calendarOf),
    ).toBeUndefined();
    const early = place({ now: at('2024-11-29T18:05:00.000Z'), lastAt: at('2024-11-29T17:58:00.000Z') });
    expect(whyDue(early, calendarOf)).toBe('session');
    const weekend = place({ now: at('2024-11-24T12:00:00.000Z'), lastAt: at('2024-11-22T21:02:00.000Z') });
    expect(whyDue(weekend, calendarOf)).toBeUndefined();
  });

  it('is due after a session that nobody compared, and when a fill came after the close', () => {
    const night = place({ now: at('2024-11-26T02:00:00.000Z'), lastAt: at('2024-11-25T21:01:00.000Z') });
    expect(whyDue(night, calendarOf)).toBeUndefined();
    expect(whyDue({ ...night, moved: true }, calendarOf)).toBe('session');
    expect(whyDue({ ...night, lastAt: at('2024-11-22T21:01:00.000Z') }, calendarOf)).toBe('session');
    expect(whyDue({ ...night, lastAt: null }, calendarOf)).toBe('session');
  });

  it('that holds and trades nothing on paper is never due', () => {
    expect(whyDue(place({ calendars: [], lastAt: null }), calendarOf)).toBeUndefined();
  });
});
