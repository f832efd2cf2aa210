import { createHash } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/common';
import { aloneForAccount, cycleAccount, cycleRun, noteCycle } from '../../database/cycles';
import type { CycleRun } from '../../database/cycles';
import type { Database } from '../../database/pool';
import { acceptTrade, findByKey } from '../../database/registry';
import { readReferences } from '../../database/registry-accounts';
import type { CalendarId, MarketCalendar } from '../../domain/calendar/calendar';
import { parseDate } from '../../domain/calendar/dates';
import { LocalClock } from '../../domain/calendar/local-time';
import { instant, millisOf } from '../../domain/clock/instant';
import type { EpochMillis } from '../../domain/clock/instant';
import { cycleSpec, lookAtSession } from '../../domain/cycle/cycle';
import type { CycleLook, CycleResult, CycleState, TradingCycle } from '../../domain/cycle/cycle';
import { noRoom } from '../../domain/cycle/room';
import type { MarketData } from '../../domain/signal/market-data';
import { viewPortfolio } from '../risk/portfolio';
import type { PortfolioSources } from '../risk/portfolio';

/** What trading cycles work with. */
export interface CycleDeps extends PortfolioSources {
  readonly database: Database;
  readonly cycles: readonly TradingCycle[];
  readonly marketOf: (account: string) => MarketData;
  readonly calendarOf: (id: CalendarId) => MarketCalendar;
}

/** Which session: that of the day that begins at `from`; of the account's own day unless told. */
export interface CycleQuestion {
  readonly cycle: string;
  readonly from: EpochMillis | null;
}

/** How a cycle stands. The date is that of the session, or of the day that has none. */
export interface CycleAnswer {
  readonly kind: CycleLook['kind'];
  readonly date: string;
  readonly from: EpochMillis;
  /** Real time until it is worth looking again; 0 unless it is too early. */
  readonly waitMs: number;
}

/** Somebody else starts trades for the account; it is tried again. */
const BUSY = 'CycleBusy';

/** How a cycle's session stands to the account's clock. */
export async function lookAtCycle(deps: CycleDeps, question: CycleQuestion): Promise<CycleAnswer> {
  const { look, date, from, now } = await read(deps, question);
  return { kind: look.kind, date, from, waitMs: look.kind === 'wait' ? look.at - now : 0 };
}

/** Keeps that a cycle ended without looking at its instruments. */
export async function endCycle(
  deps: CycleDeps,
  question: CycleQuestion,
  state: Extract<CycleState, 'missed' | 'closed' | 'halted'>,
  workflowId: string,
): Promise<CycleRun> {
  const { cycle, look, date, now } = await read(deps, question);
  return noteCycle(deps.database, noteOf(cycle, date, look, now, workflowId, state, []));
}

/**
 * Starts a trade in each instrument of the list that has room, through the one door and under a key of cycle, session and
 * instrument: however often and by whomever this is called, a session starts one trade in an instrument at most.
 * @throws ApplicationFailure `CycleBusy` while another cycle of the account does this
 */
export async function startCycleTrades(
  deps: CycleDeps,
  question: CycleQuestion,
  workflowId: string,
): Promise<CycleRun> {
  const { account } = cycleNamed(deps, question.cycle);
  const run = await aloneForAccount(deps.database, account, () => startAlone(deps, question, workflowId));
  if (run !== undefined) return run;
  throw ApplicationFailure.retryable(`another cycle starts trades for the account ${account}`, BUSY);
}

async function startAlone(deps: CycleDeps, question: CycleQuestion, workflowId: string): Promise<CycleRun> {
  const { cycle, look, date, now } = await read(deps, question);
  const [before] = await cycleRun(deps.database, cycle.name, date);
  if (before?.state === 'done') return before;
  const note = (state: CycleState, results: readonly CycleResult[]): Promise<CycleRun> =>
    noteCycle(deps.database, noteOf(cycle, date, look, now, workflowId, state, results));
  // Whoever waited for the account may be too late by now.
  if (look.kind === 'closed' || look.kind === 'missed') return note(look.kind, []);
  await note('running', []);
  const results: CycleResult[] = [];
  for (const instrument of cycle.instruments) {
    const result = await startOne(deps, cycle, instrument, date, look.close);
    results.push(result);
    if (result.code === 'halted') return note('halted', results);
  }
  return note('done', results);
}

async function startOne(
  deps: CycleDeps,
  cycle: TradingCycle,
  instrument: string,
  date: string,
  close: EpochMillis,
): Promise<CycleResult> {
  const { database } = deps;
  const { account, strategy } = cycle;
  const key = cycleKey(cycle.name, date, instrument);
  const not = (result: 'skipped' | 'refused', code: string): CycleResult => ({
    instrument,
    result,
    code,
    tradeId: null,
  });
  const begun = await findByKey(database, account, key);
  if (begun !== undefined) return { instrument, result: 'started', code: null, tradeId: begun.id };
  const references = await readReferences(database, account, instrument);
  if (references.quarantine !== null) return not('refused', 'quarantined');
  if (!references.instruments.includes(instrument)) return not('refused', 'unknown_reference');
  const at = millisOf(references.marketTime ?? '');
  const open = (await deps.trades.openTrades()).filter((trade) => trade.account === account);
  const scope = { account, strategy, instrument, tradeId: '' };
  const { portfolio, policy } = await viewPortfolio(deps, deps.marketOf(account), scope, at);
  const full = noRoom(instrument, open, portfolio, policy);
  if (full !== undefined) return not('skipped', full);
  const spec = cycleSpec(cycle, instrument, close);
  const accepted = await acceptTrade(database, {
    ...{ account, key, strategy, instrument, spec },
    fingerprint: createHash('sha256').update(JSON.stringify(spec)).digest('hex'),
    createdBy: `cycle:${cycle.name}`,
    validUntil: instant(close),
  });
  if (accepted.result === 'halted' || accepted.result === 'unreconciled') return not('refused', accepted.result);
  return { instrument, result: 'started', code: null, tradeId: accepted.tradeId };
}

/** At most 64 of `[A-Za-z0-9_-]`: readable, and told apart by a hash where two instruments read alike. */
function cycleKey(cycle: string, date: string, instrument: string): string {
  const hash = createHash('sha256').update(instrument).digest('hex').slice(0, 8);
  const words = instrument.replace(/[^A-Za-z0-9]/g, '_').slice(0, 24);
  return `${cycle}-${date.replace(/-/g, '')}-${words}-${hash}`;
}

interface Reading {
  readonly cycle: TradingCycle;
  readonly look: CycleLook;
  readonly date: string;
  readonly from: EpochMillis;
  readonly now: EpochMillis;
}

async function read(deps: CycleDeps, question: CycleQuestion): Promise<Reading> {
  const cycle = cycleNamed(deps, question.cycle);
  const account = await cycleAccount(deps.database, cycle.account);
  if (account === undefined) throw misconfigured(`cycle ${cycle.name}: there is no account ${cycle.account}`);
  const calendar = deps.calendarOf(cycle.calendar);
  const now = millisOf(account.now);
  // The days of an account that replays are not those of a schedule.
  const from = account.replays || question.from === null ? midnight(calendar.timeZone, now) : question.from;
  const look = lookAtSession(cycle, calendar, from, now);
  // A replayed clock stands while nothing is open: its trades wait for the open instead.
  const due = account.replays && look.kind === 'wait' ? { ...look, kind: 'go' as const } : look;
  return { cycle, look: due, date: look.kind === 'closed' ? localDate(calendar.timeZone, from) : look.date, from, now };
}

function cycleNamed({ cycles }: CycleDeps, name: string): TradingCycle {
  const cycle = cycles.find((one) => one.name === name);
  if (cycle === undefined) throw misconfigured(`there is no cycle ${name} in CYCLES_FILE`);
  return cycle;
}

function misconfigured(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, 'InvalidCycle');
}

function localDate(timeZone: string, at: EpochMillis): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone }).format(at);
}

function midnight(timeZone: string, at: EpochMillis): EpochMillis {
  return new LocalClock(timeZone).toUtc(parseDate(localDate(timeZone, at)), 0);
}

function noteOf(
  cycle: TradingCycle,
  date: string,
  look: CycleLook,
  now: EpochMillis,
  workflowId: string,
  state: CycleState,
  results: readonly CycleResult[],
) {
  const dueAt = look.kind === 'closed' ? null : instant(look.at);
  const { name, account, strategy } = cycle;
  return { cycle: name, account, strategy, date, state, workflowId, dueAt, lookedAt: instant(now), results };
}
