import { alwaysCalendar } from './always-calendar';
import { CALENDAR_IDS } from './calendar';
import type { CalendarId, MarketCalendar } from './calendar';
import { exceptionsByDay } from './exceptions';
import type { CalendarException } from './exceptions';
import { KNOWN_EXCEPTIONS } from './known-exceptions';
import type { MarketRules } from './market-rules';
import { buildSessionTable } from './session-table';
import { tableCalendar } from './table-calendar';
import { CURRENCY_RULES, FUTURES_RULES, INDEX_OPTION_RULES, STOCK_RULES } from './us-markets';
import { definedRules } from './user-calendar';
import type { CalendarDefinition } from './user-calendar';

/** What a user adds to the bundled calendars, as a calendar file holds it. */
export interface CalendarAdditions {
  /** They outweigh the bundled exceptions of the same day. */
  readonly exceptions?: readonly CalendarException[];
  readonly calendars?: readonly CalendarDefinition[];
}

/** The calendars of an installation. */
export interface Calendars {
  /** Every id, the bundled ones first. */
  readonly ids: readonly CalendarId[];
  /** The calendar of an id. @throws RangeError naming the ids that there are. */
  readonly of: (id: CalendarId) => MarketCalendar;
  /** The id that a person means: any case, and `FOREX` for `FX`; undefined when there is none. */
  readonly find: (name: string) => CalendarId | undefined;
}

const BUNDLED: readonly (readonly [CalendarId, MarketRules])[] = [
  ['NYSE', STOCK_RULES],
  ['NASDAQ', STOCK_RULES],
  ['CME', FUTURES_RULES],
  ['CBOE', INDEX_OPTION_RULES],
  ['FX', CURRENCY_RULES],
];
const ALIASES: Readonly<Record<string, CalendarId>> = { FOREX: 'FX' };

function ruledCalendar(
  id: CalendarId,
  rules: MarketRules,
  lists: readonly (readonly CalendarException[])[],
): MarketCalendar {
  const exceptions = exceptionsByDay(id, lists, rules);
  // Made on the first question; that a user's data are wrong must be known at once.
  const calendar = tableCalendar(id, rules.timeZone, () => buildSessionTable(id, rules, exceptions));
  if (lists.some((list) => list !== KNOWN_EXCEPTIONS && list.some(({ calendars }) => calendars.includes(id)))) {
    calendar.coverage();
  }
  return calendar;
}

/**
 * The calendars that come with Tradewind, 1998 to 2035 (ALWAYS: 1970 to 9999), with a user's exceptions and calendars.
 *
 * @throws RangeError for an addition that is malformed, given twice, outside its calendar's years or for a calendar that
 * does not exist.
 */
export function createCalendars(additions: CalendarAdditions = {}): Calendars {
  const { exceptions = [], calendars = [] } = additions;
  const rules = [...BUNDLED, ...calendars.map((own) => [own.id, definedRules(own)] as const)];
  const ids = [...CALENDAR_IDS, ...calendars.map(({ id }) => id)];
  const twice = ids.find((id, index) => ids.indexOf(id) !== index || Object.hasOwn(ALIASES, id));
  if (twice !== undefined) throw new RangeError(`calendar ${twice} is there already`);
  for (const { date, calendars: named } of exceptions) {
    const stranger = named.find((id) => !rules.some(([ruled]) => ruled === id));
    if (stranger !== undefined) {
      const known = rules.map(([ruled]) => ruled).join(', ');
      throw new RangeError(`calendar exception ${date}: no calendar ${stranger} with sessions; there are ${known}`);
    }
  }
  const all = new Map<CalendarId, MarketCalendar>([['ALWAYS', alwaysCalendar]]);
  for (const [id, own] of rules) all.set(id, ruledCalendar(id, own, [KNOWN_EXCEPTIONS, exceptions]));
  for (const { id } of calendars) all.get(id)?.coverage();
  return {
    ids,
    of: (id) => {
      const calendar = all.get(id);
      if (calendar === undefined) throw new RangeError(`no calendar ${id.slice(0, 40)}; there are ${ids.join(', ')}`);
      return calendar;
    },
    find: (name) => {
      const upper = name.toUpperCase();
      return ids.find((id) => id === (ALIASES[upper] ?? upper));
    },
  };
}

/** The calendars without any addition. */
export const bundledCalendars: Calendars = createCalendars();

/** A bundled calendar. @throws RangeError for an id that is not bundled. */
export const calendarOf: (id: CalendarId) => MarketCalendar = bundledCalendars.of;
