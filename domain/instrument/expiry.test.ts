import { calendarOf } from '../calendar/calendars';
import { instant } from '../clock/instant';
import { decimalString } from '../money/decimal';
import { leaveAt } from './expiry';

const left = (calendar: string, lastTradingDay: string): string =>
  instant(leaveAt(calendarOf(calendar), { multiplier: decimalString('50'), lastTradingDay }));

describe('a future is left an hour before the close of the session before its last trading day', () => {
  test.each([
    // 16:00 in Chicago on the Thursday before the third Friday of December: 22:00 UTC.
    ['CME', '2026-12-18', '2026-12-17T21:00:00.000Z'],
    // Summer time: 21:00 UTC.
    ['CME', '2026-09-18', '2026-09-17T20:00:00.000Z'],
    // The Thursday before is Thanksgiving, on which stocks do not trade: the Wednesday, 16:00 in New York.
    ['NYSE', '2026-11-27', '2026-11-25T20:00:00.000Z'],
    // After a weekend.
    ['NYSE', '2026-06-15', '2026-06-12T19:00:00.000Z'],
    ['ALWAYS', '2026-06-15', '2026-06-14T23:00:00.000Z'],
  ])('%s, %s: %s', (calendar, day, moment) => {
    expect(left(calendar, day)).toBe(moment);
  });

  test('on a day that the calendar knows nothing about, it is left at midnight of the day', () => {
    expect(left('NYSE', '2199-06-14')).toBe('2199-06-14T00:00:00.000Z');
  });
});
