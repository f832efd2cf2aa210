import {
  dayOf,
  easterSunday,
  formatDate,
  lastWeekday,
  MONDAY,
  nthWeekday,
  parseDate,
  THURSDAY,
  weekdayOf,
} from './dates';

describe('a date', () => {
  it('is read and written as YYYY-MM-DD', () => {
    expect(parseDate('1970-01-01')).toBe(0);
    expect(formatDate(parseDate('2024-02-29'))).toBe('2024-02-29');
    expect(formatDate(parseDate('1969-12-31'))).toBe('1969-12-31');
  });

  it.each(['2023-02-29', '2024-13-01', '2024-1-1', '2024-01-01T00:00Z', '', 'tomorrow'])('%j is none', (text) => {
    expect(() => parseDate(text)).toThrow(RangeError);
  });

  it('knows its weekday, also before 1970', () => {
    expect(weekdayOf(parseDate('1969-12-31'))).toBe(3);
    expect(weekdayOf(parseDate('2024-07-04'))).toBe(THURSDAY);
  });
});

describe('a weekday of a month', () => {
  it('is counted from the first or from the last', () => {
    expect(formatDate(nthWeekday(2024, 1, MONDAY, 3))).toBe('2024-01-15');
    expect(formatDate(nthWeekday(2024, 1, MONDAY, 1))).toBe('2024-01-01');
    expect(formatDate(lastWeekday(2024, 5, MONDAY))).toBe('2024-05-27');
    expect(formatDate(lastWeekday(2021, 5, MONDAY))).toBe('2021-05-31');
  });
});

// Source: the table of Easter dates of the U.S. Naval Observatory; 1954, 1981, 2049 and 2076 are the rule's exceptions.
describe('Easter Sunday', () => {
  it.each([
    '1954-04-18',
    '1981-04-19',
    '1998-04-12',
    '2000-04-23',
    '2008-03-23',
    '2011-04-24',
    '2019-04-21',
    '2025-04-20',
    '2035-03-25',
    '2038-04-25',
    '2049-04-18',
    '2076-04-19',
  ])('is %s in its year', (date) => {
    expect(formatDate(easterSunday(Number(date.slice(0, 4))))).toBe(date);
  });

  it('falls on a Sunday from 22 March to 25 April in every year of the two centuries', () => {
    for (let year = 1900; year <= 2099; year += 1) {
      const easter = easterSunday(year);
      expect(weekdayOf(easter)).toBe(0);
      expect(easter).toBeGreaterThanOrEqual(dayOf(year, 3, 22));
      expect(easter).toBeLessThanOrEqual(dayOf(year, 4, 25));
    }
  });
});
