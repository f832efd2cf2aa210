import { createCalendars } from './calendars';
import type { CalendarDefinition } from './user-calendar';

const XETRA: CalendarDefinition = {
  id: 'XETRA',
  timeZone: 'Europe/Berlin',
  firstYear: 2024,
  lastYear: 2026,
  weekdays: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'],
  open: '09:00',
  close: '17:30',
  preMarketFrom: '08:00',
  postMarketUntil: '22:00',
  breaks: [{ from: '13:00', to: '13:02' }],
  source: 'test',
};
const at = (moment: string): number => Date.parse(moment);
const made = (changes: Partial<CalendarDefinition> = {}) =>
  createCalendars({ calendars: [{ ...XETRA, ...changes }] }).of(changes.id ?? 'XETRA');

describe('a calendar of the user', () => {
  it('keeps its hours in its own zone, through the change of its clocks', () => {
    const opens = made()
      .sessions('2024-03-28', '2024-04-01')
      .map(({ open }) => new Date(open).toISOString());
    expect(opens).toEqual(['2024-03-28T08:00:00.000Z', '2024-03-29T08:00:00.000Z', '2024-04-01T07:00:00.000Z']);
  });

  it('has its pre- and post-market and its break', () => {
    expect(made().sessions('2024-01-02', '2024-01-02')[0]?.segments).toEqual([
      { kind: 'pre', open: at('2024-01-02T07:00Z'), close: at('2024-01-02T08:00Z') },
      { kind: 'regular', open: at('2024-01-02T08:00Z'), close: at('2024-01-02T12:00Z') },
      { kind: 'regular', open: at('2024-01-02T12:02Z'), close: at('2024-01-02T16:30Z') },
      { kind: 'post', open: at('2024-01-02T16:30Z'), close: at('2024-01-02T21:00Z') },
    ]);
  });

  it('knows nothing outside its years', () => {
    const calendar = made();
    expect(calendar.isOpen(at('2027-01-04T10:00Z'))).toBe(false);
    expect(calendar.coverage()).toEqual({ from: at('2023-12-31T23:00Z'), to: at('2026-12-31T23:00Z') });
    expect(calendar.nextOpen(at('2026-12-31T18:00Z'))).toBeUndefined();
  });

  it('takes exceptions like every other, and assumes no post-market after an early close', () => {
    const { of, ids, find } = createCalendars({
      calendars: [XETRA],
      exceptions: [
        { calendars: ['XETRA'], date: '2024-12-24', kind: 'closed', reason: 'Christmas Eve', source: 'test' },
        { calendars: ['XETRA'], date: '2024-12-30', kind: 'hours', close: '14:00', reason: 'half day', source: 'test' },
      ],
    });
    expect(ids.at(-1)).toBe('XETRA');
    expect(find('xetra')).toBe('XETRA');
    expect(of('XETRA').tradingDays('2024-12-23', '2024-12-25')).toEqual(['2024-12-23', '2024-12-25']);
    expect(of('XETRA').isEarlyClose('2024-12-30')).toBe(true);
    expect(of('XETRA').sessions('2024-12-30', '2024-12-30')[0]?.segments.at(-1)?.kind).toBe('regular');
  });

  it('may open on the evening before', () => {
    const night = made({
      opensDayBefore: true,
      open: '23:00',
      close: '22:00',
      preMarketFrom: undefined,
      postMarketUntil: undefined,
    } as never);
    expect(night.sessions('2024-01-02', '2024-01-02')).toMatchObject([
      { open: at('2024-01-01T22:00Z'), close: at('2024-01-02T21:00Z') },
    ]);
  });

  it.each<[string, Partial<CalendarDefinition>, string]>([
    ['in a zone that does not exist', { timeZone: 'Europe/Atlantis' }, 'not a time zone: Europe/Atlantis'],
    ['whose years are the wrong way round', { firstYear: 2027 }, 'must have its first year before its last'],
    ['that closes before it opens', { close: '08:30' }, 'must open before it closes'],
    ['whose pre-market is after its open', { preMarketFrom: '10:00' }, 'must have its pre-market before its open'],
    [
      'whose post-market is before its close',
      { postMarketUntil: '17:00' },
      'must have its post-market after its close',
    ],
    ['with a break that ends first', { breaks: [{ from: '13:00', to: '12:00' }] }, 'must have breaks that begin'],
    ['under an id that is taken', { id: 'NYSE' }, 'calendar NYSE is there already'],
    ['under the alias of another', { id: 'FOREX' }, 'calendar FOREX is there already'],
    ['whose days overlap', { opensDayBefore: true, open: '16:00' }, 'must have its pre-market before its open'],
  ])('is refused %s', (_, changes, rule) => {
    expect(() => made(changes)).toThrow(RangeError);
    expect(() => made(changes)).toThrow(rule);
  });

  it('is refused when one day overlaps with the next', () => {
    const { preMarketFrom, postMarketUntil, ...plain } = XETRA;
    expect([preMarketFrom, postMarketUntil]).toEqual(['08:00', '22:00']);
    const calendars = [{ ...plain, opensDayBefore: true, open: '17:00' }];
    expect(() => createCalendars({ calendars })).toThrow('what trades on 2024-01-02 overlaps');
  });
});
