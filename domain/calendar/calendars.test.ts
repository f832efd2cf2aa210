import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { CALENDAR_IDS } from './calendar';
import { bundledCalendars, calendarOf, createCalendars } from './calendars';
import type { CalendarException } from './exceptions';
import { dayOf, formatDate } from './dates';
import { KNOWN_EXCEPTIONS } from './known-exceptions';

const nyse = calendarOf('NYSE');
const at = (moment: string): number => Date.parse(moment);
const rows = (...path: string[]): string[][] =>
  readFileSync(join(__dirname, '../..', ...path), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));
const sessionOn = (date: string) => nyse.sessions(date, date)[0];

// Source: pandas_market_calendars 5.5.0 NYSE, agreeing with exchange_calendars 4.13.2 XNYS (tests/fixtures/README.md).
describe('NYSE sessions of 2015 to 2020', () => {
  const listed = new Map(
    rows('tests/fixtures/calendars/nyse-2015-2020.csv').map(([date, open, close]) => [date, [open, close]]),
  );

  it('are the 1,511 of two independent calendars, with the same opens and closes', () => {
    const ours = nyse.sessions('2015-01-01', '2020-12-31');
    expect(listed.size).toBe(1511);
    expect(ours.map(({ date, open, close }) => [date, [open, close]])).toEqual(
      [...listed].map(([date, times]) => [date, times.map((time) => at(time ?? ''))]),
    );
  });

  it('leave every other day of these years closed, at all hours', () => {
    for (let day = dayOf(2015, 1, 1); day <= dayOf(2020, 12, 31); day += 1) {
      const date = formatDate(day);
      if (listed.has(date)) continue;
      for (const hour of ['13:30', '14:30', '17:00', '20:59']) expect(nyse.isOpen(at(`${date}T${hour}Z`))).toBe(false);
    }
  });
});

describe('the trading days of the bundled prices', () => {
  it.each(['us500', 'nasdaq'])('%s are the sessions between its first and last day', (name) => {
    const dates = rows(`data/${name}-daily.csv`).map(([date]) => date ?? '');
    const sessions = nyse.sessions(dates[0] ?? '', dates.at(-1) ?? '');
    expect(sessions.map(({ date }) => date)).toEqual(dates);
  });
});

// Source: the exchange's published holiday tables.
describe('a holiday', () => {
  it.each([
    ['2010-12-31', 'the Friday before a New Year on Saturday is a trading day'],
    ['2021-12-31', 'the Friday before a New Year on Saturday is a trading day'],
    ['2021-06-18', 'Juneteenth was not kept before 2022'],
  ])('%s: %s', (date) => {
    expect(sessionOn(date)).toMatchObject({ date, early: false });
  });

  it.each([
    ['1998-01-19', 'Martin Luther King Day'],
    ['2022-06-20', 'Juneteenth on a Sunday moves to Monday'],
    ['2027-06-18', 'Juneteenth on a Saturday moves to Friday'],
    ['2020-07-03', 'Independence Day on a Saturday moves to Friday'],
    ['2017-01-02', 'New Year on a Sunday moves to Monday'],
    ['2022-12-26', 'Christmas on a Sunday moves to Monday'],
    ['2026-04-03', 'Good Friday'],
    ['2026-11-26', 'Thanksgiving'],
  ])('%s is closed: %s', (date) => {
    expect(sessionOn(date)).toBeUndefined();
  });

  it.each(
    KNOWN_EXCEPTIONS.filter(({ kind, calendars }) => kind === 'closed' && calendars.includes('NYSE')).map(
      ({ date, reason }) => [date, reason],
    ),
  )('%s is closed: %s', (date) => {
    expect(sessionOn(date)).toBeUndefined();
  });

  it('on a Monday is skipped together with the weekend before it', () => {
    const friday = sessionOn('2024-05-24');
    expect(nyse.nextSession(friday?.open ?? 0)?.date).toBe('2024-05-28');
    expect(nyse.isOpen(at('2024-05-27T15:00Z'))).toBe(false);
  });
});

// Source: the exchange's published tables of early closings.
describe('an early close', () => {
  it.each([
    ['2000-07-03', 'the day before Independence Day on a Tuesday', '17:00'],
    ['2002-07-05', 'until 2012 the day after Independence Day on a Thursday', '17:00'],
    ['2013-07-03', 'since 2013 the day before Independence Day on a Thursday', '17:00'],
    ['2024-11-29', 'the Friday after Thanksgiving', '18:00'],
    ['2024-12-24', 'Christmas Eve', '18:00'],
    ['2003-12-26', 'the Friday after Christmas, once', '18:00'],
  ])('%s, %s, is at 13:00 New York', (date, _, close) => {
    expect(sessionOn(date)).toMatchObject({ close: at(`${date}T${close}Z`), early: true });
  });

  it.each(['2013-07-05', '2002-07-03', '2022-07-05', '2027-07-02', '2016-07-01'])('is not on %s', (date) => {
    expect(sessionOn(date)?.early).toBe(false);
  });

  it('is not on Christmas Eve when that is the observed holiday', () => {
    expect(sessionOn('2021-12-24')).toBeUndefined();
  });
});

describe('daylight saving', () => {
  it('moves the open from 14:30 to 13:30 UTC in March and back in November', () => {
    const opens = ['2024-03-08', '2024-03-11', '2024-11-01', '2024-11-04'].map((date) => sessionOn(date)?.open);
    expect(opens).toEqual(['2024-03-08T14:30Z', '2024-03-11T13:30Z', '2024-11-01T13:30Z', '2024-11-04T14:30Z'].map(at));
  });

  it('follows the earlier rules too: before 2007 it began in April', () => {
    expect(sessionOn('2006-03-31')?.open).toBe(at('2006-03-31T14:30Z'));
    expect(sessionOn('2006-04-03')?.open).toBe(at('2006-04-03T13:30Z'));
  });
});

describe('a session', () => {
  it('contains its open and not its close', () => {
    const [open, close] = [at('2018-01-16T14:30Z'), at('2018-01-16T21:00Z')];
    expect([open - 1, open, close - 1, close].map((moment) => nyse.isOpen(moment))).toEqual([false, true, true, false]);
  });

  it('is not its own next one at its open, and is the next one a millisecond before', () => {
    const open = at('2018-01-16T14:30Z');
    expect(nyse.nextSession(open - 1)?.date).toBe('2018-01-16');
    expect(nyse.nextSession(open)?.date).toBe('2018-01-17');
  });
});

describe('outside its coverage', () => {
  it('NYSE is closed and has no next session', () => {
    for (const moment of ['1997-12-31T15:00Z', '2036-01-02T15:00Z', '1990-01-02T15:00Z']) {
      expect(nyse.isOpen(at(moment))).toBe(false);
      expect(nyse.nextSession(at(moment))).toBeUndefined();
    }
    expect(nyse.nextSession(at('1998-01-01T05:00Z'))?.date).toBe('1998-01-02');
    expect(nyse.sessions('2035-12-31', '2040-01-01')).toHaveLength(1);
  });

  it('ALWAYS begins in 1970 and ends with 9999', () => {
    const always = calendarOf('ALWAYS');
    expect(always.isOpen(at('1969-12-31T23:59Z'))).toBe(false);
    expect(always.nextSession(-1)).toBeUndefined();
    expect(always.isOpen(at('9999-12-31T23:59Z'))).toBe(true);
    expect(always.nextSession(at('9999-12-31T23:59Z'))).toBeUndefined();
    expect(always.sessions('1960-01-01', '1970-01-02').map(({ date }) => date)).toEqual(['1970-01-01', '1970-01-02']);
    expect(always.sessions('9999-12-31', '9999-12-31')).toHaveLength(1);
  });
});

describe('an exception given by the user', () => {
  const extra = { date: '2031-03-04', reason: 'test', source: 'test', calendars: ['NYSE'] };
  const withOne = (exception: CalendarException, id = 'NYSE') => createCalendars({ exceptions: [exception] }).of(id);

  it('closes a day, in the calendars that it names', () => {
    const exceptions: CalendarException[] = [{ ...extra, calendars: ['NASDAQ', 'CME'], kind: 'closed' }];
    const { of } = createCalendars({ exceptions });
    expect(of('NASDAQ').sessions('2031-03-04', '2031-03-04')).toEqual([]);
    expect(of('CME').sessions('2031-03-04', '2031-03-04')).toEqual([]);
    expect(of('NYSE').tradingDays('2031-03-04', '2031-03-04')).toEqual(['2031-03-04']);
  });

  it('opens it late, which cuts no pre-market hours out and is no early close', () => {
    expect(withOne({ ...extra, kind: 'hours', open: '12:00' }).sessions('2031-03-04', '2031-03-04')).toEqual([
      {
        date: '2031-03-04',
        open: at('2031-03-04T17:00Z'),
        close: at('2031-03-04T21:00Z'),
        early: false,
        segments: [
          { kind: 'pre', open: at('2031-03-04T09:00Z'), close: at('2031-03-04T14:30Z') },
          { kind: 'regular', open: at('2031-03-04T17:00Z'), close: at('2031-03-04T21:00Z') },
          { kind: 'post', open: at('2031-03-04T21:00Z'), close: at('2031-03-05T01:00Z') },
        ],
      },
    ]);
  });

  it('opens a day that the rules close', () => {
    const saturday = withOne({ ...extra, date: '2031-03-08', kind: 'hours', open: '10:00', close: '12:00' });
    expect(saturday.sessions('2031-03-08', '2031-03-08')).toMatchObject([
      { open: at('2031-03-08T15:00Z'), close: at('2031-03-08T17:00Z'), early: true },
    ]);
  });

  it('halts trading for a while, more than once if need be, within the session', () => {
    const { of } = createCalendars({
      exceptions: [
        { ...extra, kind: 'halt', from: '10:00', to: '10:15:30' },
        { ...extra, kind: 'halt', from: '11:00', to: '11:05' },
      ],
    });
    const calendar = of('NYSE');
    const halt = at('2031-03-04T15:00Z');
    expect([halt - 1, halt, halt + 929_999, halt + 930_000].map((moment) => calendar.isOpen(moment))).toEqual([
      true,
      false,
      false,
      true,
    ]);
    expect(calendar.sessionOf(halt)?.date).toBe('2031-03-04');
    expect(calendar.nextClose(halt - 1)).toBe(halt);
    expect(calendar.nextOpen(halt)).toBe(halt + 930_000);
    expect(calendar.sessionOf(halt)?.segments.filter(({ kind }) => kind === 'regular')).toHaveLength(3);
  });

  it('outweighs the bundled one of the same day', () => {
    const open = withOne({ ...extra, date: '2025-01-09', kind: 'hours', close: '16:00' });
    expect(open.tradingDays('2025-01-09', '2025-01-09')).toEqual(['2025-01-09']);
  });

  it.each<[string, CalendarException[], string]>([
    ['twice', [KNOWN_EXCEPTIONS, KNOWN_EXCEPTIONS].flat(), 'is given twice'],
    ['outside the coverage', [{ ...extra, kind: 'closed', date: '2036-01-02' }], 'is outside 1998-01-01 to 2035-12-31'],
    ['with a date that does not exist', [{ ...extra, kind: 'closed', date: '2031-02-29' }], 'not a date: 2031-02-29'],
    ['with a time that does not exist', [{ ...extra, kind: 'hours', close: '24:00' }], 'not a time of day: 24:00'],
    ['without any hours', [{ ...extra, kind: 'hours' }], 'must give an open or a close'],
    ['that closes before it opens', [{ ...extra, kind: 'hours', close: '09:30' }], 'must open before it closes'],
    ['with a halt that ends first', [{ ...extra, kind: 'halt', from: '11:00', to: '11:00' }], 'must begin before'],
    ['with a halt over all of it', [{ ...extra, kind: 'halt', from: '00:00', to: '23:59' }], 'has no regular session'],
    ['for a calendar that does not exist', [{ ...extra, kind: 'closed', calendars: ['LSE'] }], 'no calendar LSE'],
    ['for the market that never closes', [{ ...extra, kind: 'closed', calendars: ['ALWAYS'] }], 'no calendar ALWAYS'],
  ])('is refused %s', (_, exceptions, rule) => {
    expect(() => createCalendars({ exceptions })).toThrow(RangeError);
    expect(() => createCalendars({ exceptions })).toThrow(rule);
  });
});

describe('the calendars of an installation', () => {
  it('are found by any case and by the alias', () => {
    expect(['nyse', 'Forex', 'FX', 'xetra'].map(bundledCalendars.find)).toEqual(['NYSE', 'FX', 'FX', undefined]);
  });

  it('refuse an id that there is not, naming those that there are', () => {
    expect(() => calendarOf('XETRA')).toThrow('no calendar XETRA; there are NYSE, NASDAQ, CME, CBOE, FX, ALWAYS');
  });
});

describe.each(CALENDAR_IDS)('the calendar %s', (id) => {
  const calendar = calendarOf(id);
  const moments = fc.integer({ min: at('1998-01-02T00:00Z'), max: at('2035-12-01T00:00Z') });

  it('bears its id', () => {
    expect(calendar.id).toBe(id);
  });

  it.each(['regular', 'extended'] as const)('is open in %s hours exactly within a segment of a session', (hours) => {
    fc.assert(
      fc.property(moments, (moment) => {
        const session = calendar.sessionOf(moment, hours);
        const within = session?.segments.find(({ open, close }) => open <= moment && moment < close);
        const counts = within !== undefined && (hours === 'extended' || within.kind === 'regular');
        expect(calendar.isOpen(moment, hours)).toBe(counts);
      }),
    );
  });

  it.each(['regular', 'extended'] as const)('changes in %s hours only at its next open or close', (hours) => {
    fc.assert(
      fc.property(moments, fc.double({ min: 0, max: 1, noNaN: true }), (moment, share) => {
        const open = calendar.isOpen(moment, hours);
        const change = open ? calendar.nextClose(moment, hours) : calendar.nextOpen(moment, hours);
        expect(change === undefined).toBe(id === 'ALWAYS');
        if (change === undefined) return;
        expect(change).toBeGreaterThan(moment);
        expect(calendar.isOpen(moment + Math.floor(share * (change - 1 - moment)), hours)).toBe(open);
        if (change < calendar.coverage().to) expect(calendar.isOpen(change, hours)).toBe(!open);
      }),
    );
  });

  it('has a next session that opens strictly later, with none between', () => {
    fc.assert(
      fc.property(moments, (moment) => {
        const next = calendar.nextSession(moment);
        expect(next?.open).toBeGreaterThan(moment);
        const current = calendar.sessionOf(moment);
        const between = calendar
          .sessions(formatDate(Math.floor(moment / 86_400_000) - 1), next?.date ?? '')
          .filter(({ open }) => open > moment);
        expect(between).toEqual([next]);
        if (current) expect(current.close).toBeLessThanOrEqual(next?.open ?? 0);
      }),
    );
  });

  it('knows nothing about a moment that is not a number', () => {
    expect(calendar.isOpen(Number.NaN)).toBe(false);
    expect(calendar.nextSession(Number.NaN)).toBeUndefined();
    expect(calendar.nextSession(Number.POSITIVE_INFINITY)).toBeUndefined();
  });

  it('lists no session between bounds in the wrong order, and refuses bounds that are no dates', () => {
    expect(calendar.sessions('2024-02-01', '2024-01-01')).toEqual([]);
    expect(() => calendar.sessions('2024-01-01', 'soon')).toThrow(RangeError);
    expect(() => calendar.sessions('2024-1-1', '2024-02-01')).toThrow(RangeError);
  });
});
