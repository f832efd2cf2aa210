import { setTimeout as sleep } from 'node:timers/promises';
import { ScheduleNotFoundError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import type { Database } from '../../../database/pool';
import { alwaysCalendar } from '../../../domain/calendar/always-calendar';
import type { CalendarId, MarketCalendar } from '../../../domain/calendar/calendar';
import { instant } from '../../../domain/clock/instant';
import { cycleProblem } from '../../../domain/cycle/cycle';
import type { TradingCycle } from '../../../domain/cycle/cycle';
import { dec, text } from '../../../domain/money/decimal';
import type { HaltScope } from '../../../domain/halt/halt';
import type { Analyst } from '../../../domain/signal/signal';
import { OPERATIONS_QUEUE } from '../../../temporal/messages/task-queues';
import { TRADING_CYCLE_WORKFLOW, tradingCycleWorkflowId } from '../../../temporal/messages/trading-cycle';
import { upsertSchedule } from '../../../temporal/schedules/client';
import type { TaggedSchedule } from '../../../temporal/schedules/client';
import { insist } from '../insist';
import { inLanes } from './trades';

/** Accounts on the real clock in which only schedules start trades: one a schedule, so that each finds room. */
export const CYCLE_ACCOUNTS = ['halt-s1', 'halt-s2', 'halt-s3', 'halt-s4', 'halt-s5', 'halt-s6'] as const;

/** Cycles are configuration, which workers read when they start: so many rounds have theirs. */
const ROUNDS = 50;
const CALENDAR = 'SECONDS';
const STRATEGY = 'buys';
const HOUR_MS = 3_600_000;

/** A market whose session has begun in this very second: whichever second a schedule fires in is the moment of its cycle. */
const secondsCalendar: MarketCalendar = {
  ...alwaysCalendar,
  id: CALENDAR,
  sessions: () => {
    const open = Math.floor(Date.now() / 1_000) * 1_000;
    return [{ date: instant(open).slice(0, 10), open, close: open + 24 * HOUR_MS, early: false, segments: [] }];
  },
};

/** The calendar of the cycles beside those of the product. */
export function withSeconds(calendarOf: (id: CalendarId) => MarketCalendar): (id: CalendarId) => MarketCalendar {
  return (id) => (id === CALENDAR ? secondsCalendar : calendarOf(id));
}

/** Buys whatever it is asked about. */
export const BUYS: Analyst = {
  name: STRATEGY,
  description: STRATEGY,
  lookback: 1,
  analyse: () =>
    Promise.resolve({
      ...{ kind: 'directional', direction: 'long', conviction: 1, reasons: ['It was asked.'] },
      stopPrice: text(dec(90)),
    }),
};

const nameOf = (round: number, account: string): string => `r${round}-${account}`;

/** The cycles of every round, one an account. */
export function chaosCycles(): readonly TradingCycle[] {
  const cycles = Array.from({ length: ROUNDS }, (_, round) =>
    CYCLE_ACCOUNTS.map((account): TradingCycle => ({
      ...{ name: nameOf(round, account), account, strategy: STRATEGY, calendar: CALENDAR, instruments: ['SIM'] },
      ...{ at: { afterOpenMinutes: 0 }, latenessSeconds: 3_600, trade: { maxQuantity: text(dec(1)) } },
    })),
  ).flat();
  const problem = cycleProblem(cycles, { calendars: [CALENDAR], strategies: [STRATEGY] });
  if (problem !== undefined) throw new Error(problem);
  return cycles;
}

/** What the schedules of a round came to. */
export interface FiredSchedules {
  /** Sessions that a cycle looked at, and of those the ones that started a trade. */
  readonly fired: number;
  readonly started: number;
  /** Trades of cycles that were accepted after the moment. */
  readonly lateTrades: readonly string[];
  /** Schedules that could fire again although the halt was done. */
  readonly running: readonly string[];
}

/**
 * Makes a trading schedule an account, which fire one a second from the next second on, and each hour after that; settles
 * when half of them have fired.
 */
export async function scheduleCycles(client: Client, round: number): Promise<void> {
  const first = Date.now() + 2_000;
  const firings = CYCLE_ACCOUNTS.map((account, index) => ({ account, at: first + index * 1_000 }));
  await inLanes(firings, firings.length, ({ account, at }) => {
    const name = nameOf(round, account);
    const schedule: TaggedSchedule = {
      tag: 'trading',
      scopes: [`account:${account}` as HaltScope],
      options: {
        scheduleId: name,
        spec: { intervals: [{ every: '1h', offset: at % HOUR_MS }] },
        action: {
          type: 'startWorkflow',
          workflowType: TRADING_CYCLE_WORKFLOW,
          workflowId: tradingCycleWorkflowId(name),
          taskQueue: OPERATIONS_QUEUE,
          args: [{ cycle: name }],
        },
      },
    };
    return insist(() => upsertSchedule(client, schedule));
  });
  await sleep(Math.max(0, first + (firings.length / 2) * 1_000 - Date.now()));
}

/** Reads what the schedules of a round did, and takes them away: a release must not bring them back. */
export async function readAndDropCycles(
  { client, database }: { readonly client: Client; readonly database: Database },
  round: number,
  engagedAt: number,
): Promise<FiredSchedules> {
  const names = CYCLE_ACCOUNTS.map((account) => nameOf(round, account));
  const running: string[] = [];
  await inLanes(names, names.length, async (name) => {
    const handle = client.schedule.getHandle(name);
    const { state } = await insist(() => handle.describe());
    if (!state.paused) running.push(name);
    await insist(() => handle.delete().catch(unlessGone));
  });
  const { rows } = await database.query<{ fired: number; started: number; late: string[] }>(
    `SELECT (SELECT count(*) FROM trading_cycles WHERE cycle = ANY ($1))::int AS fired, count(t.id)::int AS started,
       coalesce(array_agg(t.id) FILTER (WHERE t.accepted_at > to_timestamp($2::float8 / 1000)), '{}') AS late
     FROM trades t WHERE t.created_by = ANY (SELECT 'cycle:' || name FROM unnest($1::text[]) name)`,
    [names, engagedAt],
  );
  const { fired = 0, started = 0, late = [] } = rows[0] ?? {};
  return { fired, started, lateTrades: late, running };
}

/** What is to be deleted may be gone by a try whose answer was lost. */
function unlessGone(error: unknown): void {
  if (!(error instanceof ScheduleNotFoundError)) throw error;
}
