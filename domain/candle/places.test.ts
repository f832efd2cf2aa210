import { calendarOf } from '../calendar/calendars';
import { findGaps, freshnessOf } from './gaps';
import { completeUntil, expectedPlaces, isComplete } from './places';
import type { Grid } from './places';
import { parseSeriesId, seriesId, staleCause } from './series';

const at = (text: string): number => Date.parse(text);
const shown = (places: readonly number[]): string[] =>
  places.map((place) => new Date(place).toISOString().slice(0, 16));
const always: Grid = { calendar: calendarOf('ALWAYS'), timeframe: '1h' };
const stocks: Grid = { calendar: calendarOf('NYSE'), timeframe: '1h' };
const days: Grid = { calendar: calendarOf('NYSE'), timeframe: '1d' };
const MINUTE = 60_000;

describe('the places that should have a candle', () => {
  it('are all of a market that never closes', () => {
    expect(shown(expectedPlaces(always, at('2024-07-03T22:30Z'), at('2024-07-04T01:00Z')))).toEqual([
      '2024-07-03T23:00',
      '2024-07-04T00:00',
    ]);
  });

  it('are those that regular trading touches: the early close of 3 July 2024, and none on the holiday', () => {
    // NYSE 13:30 to 17:00 UTC on 3 July, closed on 4 July; 13:30 to 20:00 on 5 July.
    const places = shown(expectedPlaces(stocks, at('2024-07-03T00:00Z'), at('2024-07-05T15:00Z')));
    expect(places).toEqual([
      ...['2024-07-03T13:00', '2024-07-03T14:00', '2024-07-03T15:00', '2024-07-03T16:00'],
      ...['2024-07-05T13:00', '2024-07-05T14:00'],
    ]);
  });

  it('are the trading days for days', () => {
    expect(shown(expectedPlaces(days, at('2024-07-03T00:00Z'), at('2024-07-09T00:00Z')))).toEqual([
      ...['2024-07-03T00:00', '2024-07-05T00:00', '2024-07-08T00:00'],
    ]);
  });
});

describe('a candle is complete', () => {
  it('when its time is over, with the time that a feed takes to settle', () => {
    expect(isComplete(always, at('2024-07-03T22:00Z'), at('2024-07-03T23:00Z'), 0)).toBe(true);
    expect(isComplete(always, at('2024-07-03T22:00Z'), at('2024-07-03T23:00Z'), 1)).toBe(false);
    expect(completeUntil(always, at('2024-07-03T23:00Z'), 1)).toBe(at('2024-07-03T22:00Z'));
  });

  it('of a trading day when its session has closed', () => {
    const open = at('2024-07-03T00:00Z');
    expect(isComplete(days, open, at('2024-07-03T16:59Z'), 0)).toBe(false);
    expect(isComplete(days, open, at('2024-07-03T17:00Z'), 0)).toBe(true);
    expect(completeUntil(days, at('2024-07-03T16:59Z'), 0)).toBe(open);
    expect(completeUntil(days, at('2024-07-04T12:00Z'), 0)).toBe(at('2024-07-05T00:00Z'));
    // Saturday: nothing is under way, and what may come for it is over two days later.
    expect(isComplete(days, at('2024-07-06T00:00Z'), at('2024-07-07T23:00Z'), 0)).toBe(false);
    expect(isComplete(days, at('2024-07-06T00:00Z'), at('2024-07-08T00:00Z'), 0)).toBe(true);
  });
});

describe('gaps', () => {
  it('join neighbours, over a closed market too, and a candle off the grid fills its place', () => {
    const [from, to] = [at('2024-07-03T00:00Z'), at('2024-07-05T16:00Z')];
    const gaps = findGaps(stocks, from, to, [
      at('2024-07-03T13:30Z'),
      at('2024-07-03T15:00Z'),
      at('2024-07-05T15:00Z'),
    ]);
    expect(gaps).toEqual([
      { from: at('2024-07-03T14:00Z'), to: at('2024-07-03T15:00Z'), missing: 1 },
      { from: at('2024-07-03T16:00Z'), to: at('2024-07-05T15:00Z'), missing: 3 },
    ]);
  });

  it('are none in a whole series', () => {
    expect(findGaps(always, 0, 3 * 3_600_000, [0, 3_600_000, 7_200_000])).toEqual([]);
  });
});

describe('freshness', () => {
  it('is lost when the newest candle is late by more than the grace', () => {
    const newest = at('2024-07-03T22:00Z');
    expect(freshnessOf(always, newest, at('2024-07-04T01:59Z')).stale).toBe(false);
    expect(freshnessOf(always, newest, at('2024-07-04T02:00Z'))).toEqual({
      stale: true,
      expected: at('2024-07-03T23:00Z'),
    });
    expect(freshnessOf(always, null, at('2024-07-04T02:00Z')).stale).toBe(true);
  });

  it('is kept over a weekend', () => {
    const friday = at('2024-07-05T00:00Z');
    expect(freshnessOf(days, friday, at('2024-07-08T13:00Z')).stale).toBe(false);
    expect(freshnessOf(days, friday, at('2024-07-09T09:00Z')).stale).toBe(true);
  });

  it('is nothing that a calendar without days can take away', () => {
    const grid: Grid = { calendar: calendarOf('NYSE'), timeframe: '1d' };
    expect(freshnessOf(grid, null, at('1990-01-01T00:00Z') - MINUTE)).toEqual({ stale: false, expected: null });
  });
});

describe('the id of a series', () => {
  it('reads back as the series', () => {
    const series = { feed: 'yahoo', symbol: '^GSPC', timeframe: '1d', adjustment: 'total' } as const;
    expect(parseSeriesId(seriesId(series))).toEqual(series);
    expect(seriesId({ ...series, adjustment: 'raw' })).toBe('yahoo:^GSPC:1d');
    expect(staleCause(seriesId(series))).toBe('data-stale:yahoo:_GSPC:1d:total');
  });

  it.each([
    '',
    'binance',
    'binance:BTC/USDT',
    'binance:btc:1h',
    'b:B:2h',
    'b:B:1h:raw',
    'b:B:1h:half',
    'b:B:1h:total:x',
  ])('%p names none', (id) => expect(parseSeriesId(id)).toBeUndefined());
});
