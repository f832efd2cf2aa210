import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CalendarId } from './calendar';
import { calendarOf } from './calendars';
import { dayOf, formatDate, weekdayOf } from './dates';

const at = (moment: string): number => Date.parse(moment);
const on = (id: CalendarId, date: string) => calendarOf(id).sessions(date, date)[0];

/** A day as an independent library has it; no times: closed. */
interface Reference {
  readonly open?: string;
  readonly close?: string;
}

const references = new Map<string, Reference>(
  readFileSync(join(__dirname, '../../tests/fixtures/calendars/special-days-1998-2035.csv'), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [id = '', date = '', open = '', close = ''] = line.split(',');
      return [`${id} ${date}`, open === '' ? {} : { open, close }];
    }),
);

/** A moment as `day.hour:minute` of its zone, by the platform's own time zone data and not by our library. */
function localClock(zone: string): (moment: number) => string {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  return (moment) => format.format(moment);
}

/** Every weekday on which our sessions differ from the reference, as text. */
function differences(id: CalendarId, usual: { readonly open: string; readonly close: string }): string[] {
  const calendar = calendarOf(id);
  const local = localClock(calendar.timeZone);
  const ours = new Map(calendar.sessions('1998-01-01', '2035-12-31').map((session) => [session.date, session]));
  const found: string[] = [];
  for (let day = dayOf(1998, 1, 1); day <= dayOf(2035, 12, 31); day += 1) {
    const date = formatDate(day);
    const session = ours.get(date);
    if (weekdayOf(day) === 0 || weekdayOf(day) === 6) {
      if (session) found.push(`${date} is a weekend`);
      continue;
    }
    const expected = references.get(`${id} ${date}`) ?? usual;
    const here = session ? `${local(session.open)}-${local(session.close)}` : 'closed';
    const there = expected.open === undefined ? 'closed' : `${expected.open}-${expected.close ?? ''}`;
    if (here !== there) found.push(`${date} ${here} not ${there}`);
  }
  return found;
}

// Source of the references: pandas_market_calendars 5.5.0 (tests/fixtures/README.md).
describe('every weekday from 1998 to 2035', () => {
  it('NYSE trades as in the independent calendar', () => {
    expect(differences('NYSE', { open: '09:30', close: '16:00' })).toEqual([]);
  });

  it('NASDAQ trades as NYSE does, but for a failure of NYSE’s own system in 2005', () => {
    const days = (id: CalendarId): unknown[] => [...calendarOf(id).sessions('1998-01-01', '2035-12-31')];
    const other = days('NYSE').filter(
      (session, index) => JSON.stringify(session) !== JSON.stringify(days('NASDAQ')[index]),
    );
    expect(other).toMatchObject([{ date: '2005-06-01' }]);
  });

  it('CBOE trades as in the independent calendar, which lacks the closings of 2001 and the half days at Christmas', () => {
    const found = differences('CBOE', { open: '08:30', close: '15:15' });
    const known = (line: string): boolean =>
      /^2001-09-1[1-4] closed not 08:30-15:15$/.test(line) || /^\d{4}-12-2[46] 08:30-12:15 not 08:30-15:15$/.test(line);
    expect(found.filter((line) => !known(line))).toEqual([]);
    expect(found.filter((line) => line.includes('-12-26'))).toEqual(['2003-12-26 08:30-12:15 not 08:30-15:15']);
  });

  it('CME trades as in the independent calendar, but for what that one misses', () => {
    const found = differences('CME', { open: '17:00', close: '16:00' });
    // Before 19 November 2012 the day ended at 15:15 (see FUTURES_RULES).
    const others = found.filter((line) => !(line < '2012-11-19' && line.endsWith('17:00-15:15 not 17:00-16:00')));
    const goodFridays = others.filter((line) => line.endsWith('closed not 17:00-08:15'));
    expect(goodFridays.map((line) => line.slice(0, 4))).toEqual([
      '2024',
      '2025',
      '2027',
      '2028',
      '2029',
      '2030',
      '2031',
      '2032',
      '2033',
      '2034',
      '2035',
    ]);
    expect(others.filter((line) => !goodFridays.includes(line))).toEqual([
      '1999-04-02 17:00-10:00 not closed',
      '2001-09-11 closed not 17:00-16:00',
      '2001-09-12 closed not 17:00-16:00',
      '2001-09-13 closed not 17:00-16:00',
      '2001-09-14 closed not 17:00-16:00',
      '2004-06-11 closed not 17:00-16:00',
      '2007-01-02 closed not 17:00-16:00',
      '2012-10-29 17:00-08:15 not 17:00-16:00',
      '2012-10-30 17:00-08:15 not 17:00-16:00',
      '2018-12-05 17:00-08:30 not 17:00-16:00',
      '2025-01-09 17:00-08:30 not 17:00-16:00',
    ]);
  });
});

describe('pre- and post-market', () => {
  it('of the stock exchanges are from 04:00 to 09:30 and from 16:00 to 20:00 New York', () => {
    const nyse = calendarOf('NYSE');
    const moments = ['08:59:59.999', '09:00', '14:29:59.999', '14:30', '20:59:59.999', '21:00'].map((time) =>
      at(`2024-01-16T${time}Z`),
    );
    expect(moments.map((moment) => nyse.isOpen(moment, 'extended'))).toEqual([false, true, true, true, true, true]);
    expect(moments.map((moment) => nyse.isOpen(moment))).toEqual([false, false, false, true, true, false]);
    expect(nyse.nextClose(at('2024-01-16T15:00Z'), 'extended')).toBe(at('2024-01-17T01:00Z'));
    expect(nyse.nextOpen(at('2024-01-17T01:00Z'), 'extended')).toBe(at('2024-01-17T09:00Z'));
    expect(nyse.sessionOf(at('2024-01-16T22:00Z'))).toBeUndefined();
    expect(nyse.sessionOf(at('2024-01-16T22:00Z'), 'extended')?.date).toBe('2024-01-16');
  });

  it('end at 17:00 New York after an early close', () => {
    expect(on('NASDAQ', '2024-07-03')?.segments.at(-1)).toEqual({
      kind: 'post',
      open: at('2024-07-03T17:00Z'),
      close: at('2024-07-03T21:00Z'),
    });
  });

  it('of index options came in steps, and there is no curb session on an early close', () => {
    const kinds = (date: string) =>
      on('CBOE', date)?.segments.map(({ kind, open }) => [kind, new Date(open).toISOString()]);
    expect(kinds('2015-03-06')?.map(([kind]) => kind)).toEqual(['regular']);
    expect(kinds('2015-03-09')?.[0]).toEqual(['pre', '2015-03-09T07:00:00.000Z']);
    expect(kinds('2021-11-22')?.[0]).toEqual(['pre', '2021-11-22T01:15:00.000Z']);
    expect(kinds('2022-04-22')?.map(([kind]) => kind)).toEqual(['pre', 'regular']);
    expect(kinds('2022-04-25')?.map(([kind]) => kind)).toEqual(['pre', 'regular', 'post']);
    expect(kinds('2024-11-29')?.map(([kind]) => kind)).toEqual(['pre', 'regular']);
  });
});

describe('the halts of a session', () => {
  it('of the index futures are the 15 minutes before the settlement, until June 2021', () => {
    const cme = calendarOf('CME');
    expect(cme.isOpen(at('2021-06-25T20:20Z'))).toBe(false);
    expect(cme.sessionOf(at('2021-06-25T20:20Z'))?.date).toBe('2021-06-25');
    expect(cme.nextOpen(at('2021-06-25T20:20Z'))).toBe(at('2021-06-25T20:30Z'));
    expect(cme.isOpen(at('2021-06-28T20:20Z'))).toBe(true);
    // A day that ends at noon has none.
    expect(on('CME', '2021-05-31')?.segments).toHaveLength(1);
  });

  it('of the stock exchanges are the circuit breakers of March 2020', () => {
    const nyse = calendarOf('NYSE');
    const halted = ['2020-03-09T13:40Z', '2020-03-12T13:40Z', '2020-03-16T13:40Z', '2020-03-18T17:00Z'];
    expect(halted.map((moment) => nyse.isOpen(at(moment)))).toEqual([false, false, false, false]);
    expect(nyse.nextOpen(at('2020-03-09T13:40Z'))).toBe(at('2020-03-09T13:49:13Z'));
  });
});

describe('foreign exchange', () => {
  const fx = calendarOf('FX');

  it('trades without a break from Sunday 17:00 to Friday 17:00 New York', () => {
    expect(fx.nextOpen(at('2024-01-13T12:00Z'))).toBe(at('2024-01-14T22:00Z'));
    expect(fx.nextClose(at('2024-01-14T22:00Z'))).toBe(at('2024-01-19T22:00Z'));
    expect([at('2024-01-14T21:59:59Z'), at('2024-01-14T22:00Z')].map((moment) => fx.isOpen(moment))).toEqual([
      false,
      true,
    ]);
    expect(fx.tradingDays('2024-01-13', '2024-01-21')).toEqual([
      '2024-01-15',
      '2024-01-16',
      '2024-01-17',
      '2024-01-18',
      '2024-01-19',
    ]);
  });

  it('rests at Christmas and New Year', () => {
    expect(fx.isOpen(at('2024-12-25T12:00Z'))).toBe(false);
    expect(fx.nextOpen(at('2024-12-25T12:00Z'))).toBe(at('2024-12-25T22:00Z'));
    expect(fx.isOpen(at('2025-01-01T12:00Z'))).toBe(false);
  });
});

describe('a change of the clocks', () => {
  it('moves the evening open of futures and currencies as well, in spring and autumn', () => {
    const opens = (id: CalendarId) =>
      ['2024-03-08', '2024-03-11', '2024-11-01', '2024-11-04'].map((date) =>
        new Date(on(id, date)?.open ?? 0).toISOString(),
      );
    expect(opens('CME')).toEqual([
      '2024-03-07T23:00:00.000Z',
      '2024-03-10T22:00:00.000Z',
      '2024-10-31T22:00:00.000Z',
      '2024-11-03T23:00:00.000Z',
    ]);
    expect(opens('FX')).toEqual([
      '2024-03-07T22:00:00.000Z',
      '2024-03-10T21:00:00.000Z',
      '2024-10-31T21:00:00.000Z',
      '2024-11-03T22:00:00.000Z',
    ]);
  });
});

describe('early closes', () => {
  it('are known by their day', () => {
    const nyse = calendarOf('NYSE');
    expect(['2025-07-03', '2025-07-02', '2025-07-04', '2025-07-05'].map((date) => nyse.isEarlyClose(date))).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect(calendarOf('ALWAYS').isEarlyClose('2025-07-03')).toBe(false);
    expect(() => nyse.isEarlyClose('July 3')).toThrow(RangeError);
  });
});
