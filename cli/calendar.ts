import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { readCalendarFile } from '../config/calendar-file';
import { SettingsFileError } from '../config/settings-file';
import { isCovered, marketAnswer, sessionAnswer } from '../domain/calendar/answers';
import type { MarketAnswer, SessionAnswer } from '../domain/calendar/answers';
import type { MarketCalendar } from '../domain/calendar/calendar';
import { createCalendars } from '../domain/calendar/calendars';
import type { Calendars } from '../domain/calendar/calendars';
import { dayOf, formatDate, parseDate, yearOf } from '../domain/calendar/dates';
import { instant } from '../domain/clock/instant';
import { CliError, EXIT } from './context';
import type { CliContext, ExitCode } from './context';
import { leaf } from './leaf';
import { fields, show, table } from './output';
import type { OutputOptions } from './output';
import { moment } from './trade-views';

interface ShowOptions extends OutputOptions {
  readonly from?: string;
  readonly to?: string;
}

interface CheckOptions extends OutputOptions {
  readonly at?: string;
  readonly extended?: boolean;
}

interface YearOptions extends OutputOptions {
  readonly year?: number;
}

/** Days that `calendar show` covers unless told. */
const USUAL_DAYS = 30;
const MILLIS_PER_DAY = 86_400_000;

/** Adds `calendar` with its verbs. They compute on this machine, with the API down as well. */
export function addCalendar(program: Command, context: CliContext, exit: (code: ExitCode) => void): void {
  const noun = program.command('calendar').description('Look at market calendars: NYSE NASDAQ CME CBOE FX ALWAYS.');
  leaf(noun, 'show <id>', 'Show the trading days of a market with their hours in UTC.')
    .option('--from <date>', 'first day, YYYY-MM-DD; today unless told', date)
    .option('--to <date>', `last day; ${USUAL_DAYS} days later unless told`, date)
    .action((id: string, options: ShowOptions) => {
      const calendar = calendarNamed(context, id);
      const from = options.from ?? formatDate(Math.floor(context.now() / MILLIS_PER_DAY));
      const to = options.to ?? formatDate(parseDate(from) + USUAL_DAYS);
      show(context, options, sessionsBetween(calendar, from, to), sessionTable);
    });
  leaf(noun, 'early-closes <id>', 'Show the days of a year on which a market closes early.')
    .option('--year <year>', 'this year unless told', year)
    .action((id: string, options: YearOptions) => {
      const calendar = calendarNamed(context, id);
      const wanted = options.year ?? yearOf(Math.floor(context.now() / MILLIS_PER_DAY));
      const all = sessionsBetween(calendar, `${wanted}-01-01`, formatDate(dayOf(wanted, 12, 31)));
      show(
        context,
        options,
        all.filter(({ early }) => early),
        sessionTable,
      );
    });
  leaf(noun, 'check <id>', 'Say whether a market is open; exit code 3 when it is closed.')
    .option('--at <moment>', 'RFC 3339, such as 2024-07-03T17:30:00Z; now unless told', instantText)
    .option('--extended', 'count pre- and post-market as open')
    .action((id: string, options: CheckOptions) => {
      const calendar = calendarNamed(context, id);
      const at = options.at === undefined ? context.now() : Date.parse(options.at);
      const found = marketAnswer(calendar, at, options.extended === true ? 'extended' : 'regular');
      if (!isCovered(calendar, at)) context.stderr(`tradewind: ${outside(calendar)}: unknown is closed\n`);
      show(context, options, found, marketText);
      if (!found.open) exit(EXIT.refused);
    });
}

/** The calendar that a person named, with the additions of CALENDARS_FILE. */
function calendarNamed(context: CliContext, name: string): MarketCalendar {
  const calendars = calendarsOf(context);
  const id = calendars.find(name);
  if (id === undefined) {
    throw new CliError(EXIT.usage, `There is no calendar ${name}; there are ${calendars.ids.join(', ')}.`);
  }
  return calendars.of(id);
}

function calendarsOf(context: CliContext): Calendars {
  try {
    return createCalendars(readCalendarFile(context.env['CALENDARS_FILE']));
  } catch (error) {
    if (error instanceof SettingsFileError || error instanceof RangeError)
      throw new CliError(EXIT.usage, error.message);
    throw error;
  }
}

/** The sessions of these days. @throws CliError when the calendar does not know all of them. */
function sessionsBetween(calendar: MarketCalendar, from: string, to: string): readonly SessionAnswer[] {
  if (parseDate(from) > parseDate(to)) throw new CliError(EXIT.usage, '--from must not be later than --to.');
  const { from: first, to: end } = calendar.coverage();
  // A day of a market is not a day of UTC: half a day to either side is its own.
  const known = Date.parse(from) >= first - MILLIS_PER_DAY / 2 && Date.parse(to) < end;
  if (!known) throw new CliError(EXIT.refused, `${outside(calendar)}.`);
  return calendar.sessions(from, to).map(sessionAnswer);
}

function outside(calendar: MarketCalendar): string {
  const { from, to } = calendar.coverage();
  return `The calendar ${calendar.id} knows only the time from ${instant(from)} to ${instant(to)}`;
}

function sessionTable(sessions: readonly SessionAnswer[]): string {
  return table(
    ['DATE', 'OPEN (UTC)', 'CLOSE (UTC)', 'EARLY', 'SEGMENTS'],
    sessions.map(({ date: day, open, close, early, segments }) => [
      day,
      moment(open),
      moment(close),
      early ? 'early' : null,
      segments.map((part) => `${part.kind} ${part.open.slice(11, 16)}-${part.close.slice(11, 16)}`).join(', '),
    ]),
    'No trading days.',
  );
}

function marketText({ open, session, nextOpen, nextClose }: MarketAnswer): string {
  return fields([
    ['market', open ? 'open' : 'closed'],
    [
      'session',
      session === null
        ? null
        : `${session.date}, ${session.segment ?? 'halted'}${session.early ? ', early close' : ''}`,
    ],
    ['next open', moment(nextOpen)],
    ['next close', moment(nextClose)],
  ]);
}

function date(text: string): string {
  try {
    return formatDate(parseDate(text));
  } catch {
    throw new InvalidArgumentError('give a date as YYYY-MM-DD.');
  }
}

function year(text: string): number {
  if (/^\d{4}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('give a year of four digits.');
}

function instantText(text: string): string {
  if (/^\d{4}-\d{2}-\d{2}T/.test(text) && /(Z|[+-]\d{2}:\d{2})$/.test(text) && !Number.isNaN(Date.parse(text)))
    return text;
  throw new InvalidArgumentError('give a moment with its zone, such as 2024-07-03T17:30:00Z.');
}
