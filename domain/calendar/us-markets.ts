import { earlyCloses, holidays } from './nyse-rules';
import { earlyHalts, fullClosings } from './cme-rules';
import type { DayNumber } from './dates';
import { dayOf, parseDate, SATURDAY, SUNDAY, weekdayOf, yearOf } from './dates';
import { DAY_SECONDS, secondsOf } from './local-time';
import type { LocalHours, LocalSegment, MarketRules } from './market-rules';
import { without } from './market-rules';

/** The years that the rules are right for: Martin Luther King Day was first kept in 1998. */
const FIRST_DAY = dayOf(1998, 1, 1);
const LAST_DAY = dayOf(2035, 12, 31);
const COVERED = { firstDay: FIRST_DAY, lastDay: LAST_DAY } as const;

const hours = (open: string, close: string): LocalHours => ({ open: secondsOf(open), close: secondsOf(close) });
const eveningBefore = (open: string, close: string): LocalHours => ({
  open: secondsOf(open) - DAY_SECONDS,
  close: secondsOf(close),
});
const isWeekend = (day: DayNumber): boolean => [SATURDAY, SUNDAY].includes(weekdayOf(day));

/** A value for each year, computed when that year is first asked for. */
function byYear<T>(compute: (year: number) => T): (day: DayNumber) => T {
  const known = new Map<number, T>();
  return (day) => {
    const year = yearOf(day);
    const value = known.get(year) ?? compute(year);
    known.set(year, value);
    return value;
  };
}

const stockHolidays = byYear(holidays);
const stockEarlyCloses = byYear(earlyCloses);

/** The days of the US stock exchanges with one set of ordinary and one of short hours. */
const stockDays =
  (ordinary: LocalHours, short: LocalHours) =>
  (day: DayNumber): LocalHours | undefined => {
    if (isWeekend(day) || stockHolidays(day).has(day)) return undefined;
    return stockEarlyCloses(day).has(day) ? short : ordinary;
  };

const STOCKS = hours('09:30', '16:00');
const STOCKS_SHORT = hours('09:30', '13:00');
const PRE_MARKET = hours('04:00', '09:30');
const POST_MARKET_END = { ordinary: secondsOf('20:00'), short: secondsOf('17:00') };

/**
 * NYSE and NASDAQ: 09:30 to 16:00 New York, 13:00 on early closes; pre-market from 04:00, post-market to 20:00, or 17:00
 * after an early close. Source: NYSE Rule 7.34 and the exchanges' published hours. Today's hours around the session
 * are applied to all years.
 */
export const STOCK_RULES: MarketRules = {
  ...COVERED,
  timeZone: 'America/New_York',
  usual: () => STOCKS,
  hours: stockDays(STOCKS, STOCKS_SHORT),
  segments: (_, { open, close }) => {
    const end = close < STOCKS.close ? POST_MARKET_END.short : POST_MARKET_END.ordinary;
    return [
      { kind: 'pre', open: PRE_MARKET.open, close: Math.min(PRE_MARKET.close, open) },
      { kind: 'regular', open, close },
      ...(close < end ? [{ kind: 'post', open: close, close: end } as const] : []),
    ];
  },
};

const INDEX_OPTIONS = hours('08:30', '15:15');
const INDEX_OPTIONS_SHORT = hours('08:30', '12:15');
const GLOBAL_FROM_2015 = hours('02:00', '08:15');
const GLOBAL_FROM_2021 = eveningBefore('19:15', '08:15');
const FIRST_GLOBAL_DAY = parseDate('2015-03-09');
const FIRST_LONG_GLOBAL_DAY = parseDate('2021-11-22');
const FIRST_CURB_DAY = parseDate('2022-04-25');
const CURB_END = secondsOf('16:00');

function globalHours(day: DayNumber): LocalSegment[] {
  if (day < FIRST_GLOBAL_DAY) return [];
  return [{ kind: 'pre', ...(day < FIRST_LONG_GLOBAL_DAY ? GLOBAL_FROM_2015 : GLOBAL_FROM_2021) }];
}

/**
 * Cboe index options (SPX, VIX): 08:30 to 15:15 Chicago on the days of the stock exchanges, 12:15 on their early closes.
 * The global session before it counts as pre-market, the curb session to 16:00 after it as post-market; neither is
 * assumed on an early close beyond what is certain. Sources: Cboe's trading hours; "Record volume today in ETH session"
 * (cboe.com, 16 June 2015: 02:00 to 08:15); SR-CBOE-2021-061 (Federal Register 86 FR 59824: 19:15 on the day before);
 * go.cboe.com/24x5 (curb session from 25 April 2022). That the global session may last to 08:25 is left out.
 */
export const INDEX_OPTION_RULES: MarketRules = {
  ...COVERED,
  timeZone: 'America/Chicago',
  usual: () => INDEX_OPTIONS,
  hours: stockDays(INDEX_OPTIONS, INDEX_OPTIONS_SHORT),
  segments: (day, { open, close }) => [
    ...globalHours(day),
    { kind: 'regular', open, close },
    ...(day >= FIRST_CURB_DAY && close === INDEX_OPTIONS.close
      ? [{ kind: 'post', open: close, close: CURB_END } as const]
      : []),
  ],
};

const FUTURES = eveningBefore('17:00', '16:00');
const FUTURES_BEFORE_2012 = eveningBefore('17:00', '15:15');
const FIRST_LONG_FUTURES_DAY = parseDate('2012-11-19');
const LAST_PAUSE_DAY = parseDate('2021-06-25');
const PAUSE = { from: secondsOf('15:15'), to: secondsOf('15:30') };

const futuresUsual = (day: DayNumber): LocalHours => (day < FIRST_LONG_FUTURES_DAY ? FUTURES_BEFORE_2012 : FUTURES);
const futuresClosings = byYear(fullClosings);
const futuresHalts = byYear(earlyHalts);

/**
 * CME equity index futures on Globex: 17:00 Chicago on the evening before to 16:00, without trading from 15:15 to 15:30
 * until 25 June 2021; before 19 November 2012 to 15:15 only. A day that ends early because of a holiday keeps its own
 * date, although CME gives its trades the date of the next business day. Sources: CME's notice of the hours from 18
 * November 2012 (daytradetowin.com/e-mini-other-futures-change-closing-times-nov-18-2012); pandas_market_calendars 5.5.0,
 * calendar CME_Equity, for the pause. Where the market traded longer in earlier years (to 16:15 until 2015, from 15:30
 * before 2012), today's shorter hours are kept: closed when in doubt.
 */
export const FUTURES_RULES: MarketRules = {
  ...COVERED,
  timeZone: 'America/Chicago',
  usual: futuresUsual,
  hours: (day) => {
    if (isWeekend(day) || futuresClosings(day).has(day)) return undefined;
    const usual = futuresUsual(day);
    const close = futuresHalts(day).get(day);
    return close === undefined ? usual : { ...usual, close };
  },
  segments: (day, { open, close }) => {
    const session: LocalSegment = { kind: 'regular', open, close };
    return day > LAST_PAUSE_DAY || day < FIRST_LONG_FUTURES_DAY ? [session] : without(session, PAUSE);
  },
};

const CURRENCIES = eveningBefore('17:00', '17:00');

/**
 * Foreign exchange: 17:00 New York on Sunday to 17:00 on Friday, in one session a day from 17:00 to 17:00. Closed are the
 * sessions of Christmas and New Year's Day, on which the large venues do not trade.
 */
export const CURRENCY_RULES: MarketRules = {
  ...COVERED,
  timeZone: 'America/New_York',
  usual: () => CURRENCIES,
  hours: (day) => {
    const date = new Date(day * 86_400_000);
    const [month, dayOfMonth] = [date.getUTCMonth(), date.getUTCDate()];
    const holiday = (month === 11 && dayOfMonth === 25) || (month === 0 && dayOfMonth === 1);
    return isWeekend(day) || holiday ? undefined : CURRENCIES;
  },
  segments: (_, { open, close }) => [{ kind: 'regular', open, close }],
};
