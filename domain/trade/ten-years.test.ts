import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { calendarOf } from '../calendar/calendars';
import { dayOf, formatDate, weekdayOf } from '../calendar/dates';
import type { EpochMillis } from '../clock/instant';
import { instant, millisOf } from '../clock/instant';
import { entryMarket } from './entry-market';
import type { MarketState } from './facts';
import { momentOfOpen } from './waiting';

const nyse = calendarOf('NYSE');
const read = (name: string): string[][] =>
  readFileSync(join(__dirname, '../../tests/fixtures/calendars', name), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));

/** New York's opening time of a date in UTC, by the platform's own time zone data. */
function newYork(date: string, time: string): EpochMillis {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone: 'America/New_York', timeStyle: 'short' });
  const found = [4, 5]
    .map((ahead) => millisOf(`${date}T${time}:00Z`) + ahead * 3_600_000)
    .find((moment) => format.format(moment) === time);
  if (found === undefined) throw new Error(`no ${time} on ${date}`);
  return found;
}

/** Sessions of ten years as an independent library has them (tests/fixtures/README.md), clocks that changed by other rules among them. */
function independentSessions(): readonly { readonly open: EpochMillis; readonly close: EpochMillis }[] {
  const special = new Map(
    read('special-days-1998-2035.csv').map(([id, date, open, close]) => [`${id} ${date}`, [open, close]]),
  );
  const sessions = [];
  for (let day = dayOf(2002, 1, 1); day <= dayOf(2011, 12, 31); day += 1) {
    const date = formatDate(day);
    const [open, close] = special.get(`NYSE ${date}`) ?? ['09:30', '16:00'];
    if (weekdayOf(day) === 0 || weekdayOf(day) === 6 || !open || !close) continue;
    sessions.push({ open: newYork(date, open), close: newYork(date, close) });
  }
  return sessions;
}

/** Real milliseconds after which a trade at the longest looks at its market again, as in workflows/enter-trade.ts. */
const LONGEST_LOOK = 600_000;

/**
 * Waits as `waitForOpen` does, on a real clock: look, sleep, look again. The timer may be late by what the machine takes.
 * @returns when the entry leaves
 */
function leaves(from: EpochMillis, late: number): EpochMillis {
  let now = from;
  for (;;) {
    const { open, nextOpen } = entryMarket(nyse, now, 'regular');
    if (open) return now;
    if (nextOpen === null) throw new Error('the calendar has ended');
    const market: MarketState = { now: instant(now), open, nextOpen, speed: 1, price: null, ended: false };
    const until = momentOfOpen(millisOf(nextOpen), market, { now, clockStood: 0 });
    now = Math.min(until, now + LONGEST_LOOK) + late;
  }
}

describe('ten years of waiting for the open', () => {
  const sessions = independentSessions();
  const gaps = sessions.slice(1).map(({ open }, index) => ({ close: sessions[index]?.close ?? 0, open }));

  it('cover some 2,500 nights, weekends, holidays, early closes and twenty changes of the clocks', () => {
    expect(sessions.length).toBeGreaterThan(2_500);
    expect(gaps.filter(({ close, open }) => open - close > 3 * 86_400_000).length).toBeGreaterThan(50);
  });

  it('send nothing early, and everything within a second of the open', () => {
    let early = 0;
    let slow = 0;
    for (const [index, { close, open }] of gaps.entries()) {
      // From the very close, and from somewhere within.
      for (const from of [close, close + ((index * 7_919) % 10_000) * ((open - close) / 10_000)]) {
        const left = leaves(Math.floor(from), index % 400);
        if (left < open) early += 1;
        if (left > open + 1_000) slow += 1;
      }
    }
    expect({ early, slow }).toEqual({ early: 0, slow: 0 });
  });

  it('would send early by a calendar that knows neither holidays nor changes of the clocks: the control', () => {
    // 14:30 UTC on every weekday, which is New York's open in winter only.
    const naive = (at: EpochMillis): boolean => {
      const moment = new Date(at);
      const minutes = moment.getUTCHours() * 60 + moment.getUTCMinutes();
      return moment.getUTCDay() % 6 !== 0 && minutes >= 14 * 60 + 30 && minutes < 21 * 60;
    };
    const early = gaps.filter(({ close, open }) => {
      for (let at = close; at < open; at += 1_800_000) if (naive(at)) return true;
      return false;
    });
    expect(early.length).toBeGreaterThan(1_000);
  });
});
