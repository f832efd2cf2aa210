import { calendarOf, createCalendars } from '../../domain/calendar/calendars';
import { CALENDAR_IDS } from '../../domain/calendar/calendar';
import type { CalendarDefinition } from '../../domain/calendar/user-calendar';
import { instant } from '../../domain/clock/instant';
import { Harness } from '../support/harness';
import { startOwnServers } from '../support/own-servers';
import { atMost, thisMachine, versionsWith } from '../support/report';
import type { ReportRow } from '../support/report';
import type { Suite } from '../support/suites';
import { seededUniform as random } from '../../domain/risk/seeded-uniform';

const QUERIES = 1_000_000;
const FIRST = Date.parse('1998-01-02T00:00:00Z');
const LAST = Date.parse('2035-12-30T00:00:00Z');
/** Opens that are waited for, one after the other. */
const OPENS = 8;
/** Seconds from the start of a trade to the open that it waits for. */
const AHEAD = 3;

/** What a calendar's query costs, and how long after the open an order leaves that waited for it. */
export const calendarSuite: Suite = {
  summary: 'queries of the calendars, and the delay of orders that wait for the open',
  run: async ({ seed }, say) => {
    say('about a minute on two idle cores');
    const queries = CALENDAR_IDS.map((id) => queryRow(id, seed));
    say('queries: done');
    const delays = await openDelays();
    const slowest = Math.max(...queries.map(({ isOpen }) => isOpen));
    const delay = Math.max(...delays);
    const rows: ReportRow[] = [
      ...queries.map(({ what, build, isOpen, nextOpen, sessionOf }) => ({
        what,
        'build ms': build,
        'isOpen µs': isOpen,
        'nextOpen µs': nextOpen,
        'sessionOf µs': sessionOf,
        'least delay ms': null,
        'most delay ms': null,
      })),
      {
        what: `${OPENS} orders that waited for an open`,
        'build ms': null,
        'isOpen µs': null,
        'nextOpen µs': null,
        'sessionOf µs': null,
        'least delay ms': Math.min(...delays),
        'most delay ms': delay,
      },
    ];
    const early = delays.filter((ms) => ms < 0).length;
    const goals = [
      atMost('is_open_us', 0.5, slowest),
      atMost('open_delay_ms', 1_000, delay),
      atMost('early', 0, early),
    ];
    return { suite: 'calendar', seed, machine: thisMachine(), versions: versionsWith({}), rows, goals };
  },
};

function queryRow(id: string, seed: number) {
  const began = performance.now();
  // A calendar of its own, whose table is not made yet.
  const calendar = createCalendars().of(id);
  calendar.isOpen(FIRST);
  const build = performance.now() - began;
  const next = random(seed);
  const moments = Float64Array.from({ length: QUERIES }, () => FIRST + next() * (LAST - FIRST));
  const time = (query: (at: number) => unknown): number => {
    for (let index = 0; index < 50_000; index += 1) query(moments[index] ?? 0);
    let last: unknown;
    const start = performance.now();
    for (const at of moments) last = query(at);
    const took = performance.now() - start;
    // Used, so that no compiler leaves the loop out.
    return last === id ? 0 : (took * 1_000) / QUERIES;
  };
  return {
    what: id,
    build,
    isOpen: time((at) => calendar.isOpen(at)),
    nextOpen: time((at) => calendar.nextOpen(at)),
    sessionOf: time((at) => calendar.sessionOf(at)),
  };
}

/** A market in UTC that opens at a moment of today and stays open until the day ends. */
function opening(id: string, at: number): CalendarDefinition {
  const year = new Date(at).getUTCFullYear();
  return {
    id,
    timeZone: 'UTC',
    firstYear: year,
    lastYear: year + 1,
    weekdays: ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'],
    open: instant(at).slice(11, 19),
    close: '23:59:59',
    source: 'this benchmark',
  };
}

/** Real milliseconds from an open to the fence's permission, for trades that wait for it on the real clock. */
async function openDelays(): Promise<number[]> {
  const servers = await startOwnServers('bench');
  try {
    const harness = await Harness.open({ ...servers, clock: { kind: 'live' }, openingCash: '100000000' });
    try {
      let calendars = createCalendars();
      const wiring = await harness.wire({ calendarOf: (id) => (id === 'ALWAYS' ? calendarOf(id) : calendars.of(id)) });
      await harness.work(undefined, wiring);
      const delays: number[] = [];
      for (let n = 0; n < OPENS; n += 1) {
        const open = Math.ceil(Date.now() / 1_000) * 1_000 + AHEAD * 1_000;
        calendars = createCalendars({ calendars: [opening('SOON', open)] });
        await harness.database.query("UPDATE instruments SET calendar = 'SOON' WHERE id = 'SIM'");
        const spec = { instrument: 'SIM', direction: 'long', whenClosed: 'wait', stopPrice: '50' } as const;
        const tradeId = await harness.accept(`open-${n}`, { ...spec, maxQuantity: '1' } as never);
        await harness.untilFacts(tradeId, 'sent', ({ orders }) => orders.some(({ attempts }) => attempts > 0));
        const { rows } = await harness.database.query<{ at: string }>(
          `SELECT iso(min(a.fenced_at)) AS at FROM order_attempts a JOIN orders o USING (client_order_id) WHERE o.trade_id = $1`,
          [tradeId],
        );
        delays.push(Date.parse(rows[0]?.at ?? '') - open);
      }
      return delays;
    } finally {
      await harness.close();
    }
  } finally {
    await servers.stop();
  }
}
