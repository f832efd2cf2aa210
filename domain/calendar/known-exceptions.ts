import type { CalendarException } from './exceptions';

const ATTACKS = {
  kind: 'closed',
  reason: 'attacks of 11 September 2001',
  source: 'https://www.bizjournals.com/kansascity/news/2012/10/29/hurricane-sandy-darkens-us-markets.html',
} as const;

const SANDY = {
  kind: 'closed',
  reason: 'Hurricane Sandy',
  source: 'https://www.tradinghours.com/publications/11-events-that-closed-the-nyse',
} as const;

/**
 * Every known full closing and early closing of NYSE and NASDAQ outside the rules since 1998, oldest first.
 *
 * Openings delayed by minutes (17 September 2001, 8 October 2001, 11 September 2002, 20 March 2003, 7 June 2004,
 * 27 December 2006) and the systems failure just before the close of 1 June 2005 are left out: daily bars do not see
 * them, and they are no sessions planned to be short.
 */
export const KNOWN_EXCEPTIONS: readonly CalendarException[] = [
  { ...ATTACKS, date: '2001-09-11' },
  { ...ATTACKS, date: '2001-09-12' },
  { ...ATTACKS, date: '2001-09-13' },
  { ...ATTACKS, date: '2001-09-14' },
  {
    kind: 'hours',
    date: '2003-12-26',
    open: '09:30',
    close: '13:00',
    reason: 'Friday after Christmas',
    source: 'pandas_market_calendars 5.5.0, calendar NYSE, special closes',
  },
  {
    kind: 'closed',
    date: '2004-06-11',
    reason: 'day of mourning for President Reagan',
    source: 'https://www.chicagotribune.com/news/ct-xpm-2004-06-08-0406080054-story.html',
  },
  {
    kind: 'closed',
    date: '2007-01-02',
    reason: 'day of mourning for President Ford',
    source: 'https://www.crainsnewyork.com/article/20061229/FREE/61229002/nyse-to-shut-on-january-2-in-honor-of-ford',
  },
  { ...SANDY, date: '2012-10-29' },
  { ...SANDY, date: '2012-10-30' },
  {
    kind: 'closed',
    date: '2018-12-05',
    reason: 'day of mourning for President George H. W. Bush',
    source: 'https://www.tradinghours.com/publications/11-events-that-closed-the-nyse',
  },
  {
    kind: 'closed',
    date: '2025-01-09',
    reason: 'day of mourning for President Carter',
    source:
      'https://www.foxbusiness.com/markets/nyse-nasdaq-close-jan-9-national-day-mourning-following-death-jimmy-carter',
  },
];
