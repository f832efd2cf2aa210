import { millisOf } from '../clock/instant';
import { calendarOf } from './calendars';
import { openTime } from './open-time';

const NYSE = calendarOf('NYSE');
const HOUR = 3_600_000;
const between = (from: string, to: string, enough = Infinity): number =>
  openTime(NYSE, millisOf(from), millisOf(to), enough);

/** Sessions of New York in the winter: 14:30 to 21:00 UTC (https://www.nyse.com/markets/hours-calendars). */
describe('the time that a market was open', () => {
  it.each([
    ['within a session', '2024-01-16T15:00:00Z', '2024-01-16T16:00:00Z', HOUR],
    ['past its close', '2024-01-16T20:00:00Z', '2024-01-17T02:00:00Z', HOUR],
    ['in a night', '2024-01-16T21:00:00Z', '2024-01-17T14:30:00Z', 0],
    ['over a night', '2024-01-16T20:00:00Z', '2024-01-17T15:30:00Z', 2 * HOUR],
    ['over a weekend', '2024-01-12T20:30:00Z', '2024-01-16T14:31:00Z', HOUR / 2 + 60_000],
    ['backwards', '2024-01-16T16:00:00Z', '2024-01-16T15:00:00Z', 0],
  ])('%s', (_, from, to, expected) => {
    expect(between(from, to)).toBe(expected);
  });

  it('is counted no further than is asked', () => {
    expect(between('1999-01-04T15:00:00Z', '2024-01-16T15:00:00Z', HOUR)).toBe(HOUR);
  });
});
