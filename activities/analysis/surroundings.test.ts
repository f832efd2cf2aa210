import { calendarOf } from '../../domain/calendar/calendars';
import type { Bar } from '../../domain/signal/signal';
import { knownBars } from './surroundings';

const bar = (date: string): Bar => ({ date, open: 1, high: 1, low: 1, close: 1, volume: 1 });
const nyse = calendarOf('NYSE');

describe('the moment from which a bar is known', () => {
  it('is the close of its session by the calendar, early closes included', () => {
    // 3 July 2018 closed at 13:00 New York, 5 July at 16:00.
    expect(knownBars([bar('2018-07-03'), bar('2018-07-05')], nyse).map(({ knownAt }) => knownAt)).toEqual([
      '2018-07-03T17:00:00.000Z',
      '2018-07-05T20:00:00.000Z',
    ]);
  });

  it('never comes for a bar of a day without a session', () => {
    expect(knownBars([bar('2018-07-03'), bar('2018-07-04'), bar('2018-07-07')], nyse)).toHaveLength(1);
    expect(knownBars([], nyse)).toEqual([]);
  });
});
