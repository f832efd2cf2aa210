import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClockView, EventView, TradeDetailView } from '../../api/contract/views';
import { PROJECT_ROOT } from '../../config/project';
import { calendarOf } from '../../domain/calendar/calendars';
import { instant, millisOf, type Millis } from '../../domain/clock/instant';
import { technicalAnalyst } from '../../domain/signal/technical';
import { DemoApi, DemoError } from './demo-api';
import { demoDocument, isDone, type DemoDocument } from './demo-document';
import { LEAD_MS, nextOpenWithView, readDailyBars } from './demo-open';
import { resultLine, TIMELINE_HEADING, timelineLines } from './demo-timeline';
import type { StackAddresses } from './stack-state';

const ACCOUNT = 'paper';
const INSTRUMENT = 'US500';
/** By the start of their keys the demo knows its own trades again. */
const KEY_START = 'demo-';

const DAY_MS: Millis = 86_400_000;
/** Market time for which a demo trade holds its position. */
const HELD_MS = 3 * DAY_MS;
/** Market time after the open until which it may enter: a busy machine can sleep through a whole session of a replay. */
const VALID_MS = 5 * DAY_MS;

const LOOK_MS = 200;
/** A trade of which nothing was heard for a week of the market and this long besides is not waited for any more. */
const QUIET_MS = 90_000;

/** What a demo needs. */
export interface DemoOptions {
  readonly addresses: StackAddresses;
  /** Folder with the first API key. */
  readonly stateDir: string;
  /** Temporal namespace, for the address of the trade's page. */
  readonly namespace: string;
  /** Gets each line for people. */
  readonly tell: (line: string) => void;
  /** Ends the demo; its trade goes on by itself. */
  readonly signal: AbortSignal;
}

/** A demo trade that has ended. */
export interface DemoResult {
  readonly document: DemoDocument;
  /** The trade completed and its books agree. */
  readonly done: boolean;
}

/**
 * Runs one trade of the paper account through the API and tells what happens to it, or follows the one that is open.
 * @throws DemoError when there can be no demo, or the trade does not end; the signal's reason when it is aborted.
 */
export async function runDemo(options: DemoOptions): Promise<DemoResult> {
  const { addresses, tell, signal } = options;
  const api = new DemoApi(addresses.apiUrl, firstKey(options.stateDir), signal);
  const open = (await api.trades(ACCOUNT)).find(({ key, phase }) => key.startsWith(KEY_START) && phase !== 'ended');
  const { speed } = (await api.account(ACCOUNT)).clock;
  if (open !== undefined) tell(`The demo trade ${open.id} is still open and goes on.`);
  const id = open === undefined ? await start(api, tell) : open.id;
  const page = webPage(options, `trade:${id}`);
  if (page !== undefined) tell(`Watch it in the Temporal Web UI: ${page}`);
  tell('');
  const result = await follow(api, id, options, QUIET_MS + (7 * DAY_MS) / speed);
  tell('');
  return result;
}

function firstKey(stateDir: string): string {
  const file = join(stateDir, 'api-key');
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  throw new DemoError(`there is no demo trade: it needs the first API key, and ${file} does not exist`);
}

async function start(api: DemoApi, tell: (line: string) => void): Promise<string> {
  const { clock, openTrades } = await api.account(ACCOUNT);
  if (clock.kind === 'live') {
    throw new DemoError(`there is no demo trade: it replays bundled prices, and account ${ACCOUNT} has the real clock`);
  }
  if (openTrades > 0) {
    throw new DemoError(`there is no demo trade while account ${ACCOUNT} has another trade open`);
  }
  const opensAt = await moveToNextOpen(api, clock, tell);
  const took = Math.ceil(HELD_MS / 1000 / clock.speed);
  const key = `${KEY_START}${new Date().toISOString().slice(0, 19).replace(/\D/g, '')}-${randomBytes(2).toString('hex')}`;
  const trade = await api.start(key, {
    account: ACCOUNT,
    instrument: INSTRUMENT,
    strategy: technicalAnalyst.name,
    whenClosed: 'wait',
    timeExitSeconds: HELD_MS / 1000,
    validUntil: instant(opensAt + VALID_MS),
  });
  tell(`Demo trade ${trade.id}: ${INSTRUMENT} (an index level, traded on paper), strategy ${technicalAnalyst.name}.`);
  tell(`It waits for the open, enters, holds for ${HELD_MS / DAY_MS} market days (${took} s at this speed) and exits.`);
  return trade.id;
}

/** Sets the clock of the account, which is flat, before the next open that is worth a trade; answers that open. */
async function moveToNextOpen(api: DemoApi, clock: ClockView, tell: (line: string) => void): Promise<number> {
  const market = {
    instrument: INSTRUMENT,
    bars: readDailyBars(readFileSync(join(PROJECT_ROOT, 'data', 'us500-daily.csv'), 'utf8')),
    calendar: calendarOf('NYSE'),
    analyst: technicalAnalyst,
  };
  const search = (from: ClockView): Promise<number | undefined> =>
    nextOpenWithView(market, millisOf(from.marketTime), HELD_MS);
  let now = clock;
  let open = await search(now);
  if (open === undefined) {
    tell(`The bundled prices end here: the clock of account ${ACCOUNT} is reset.`);
    now = await api.moveClock(ACCOUNT, { reset: true });
    open = await search(now);
  }
  if (open === undefined) throw new DemoError('there is no demo trade: no open after REPLAY_START is worth one');
  const before = open - LEAD_MS;
  if (millisOf(now.marketTime) < before) await api.moveClock(ACCOUNT, { to: instant(before) });
  return open;
}

/** The trade's page in the Web UI; undefined when the Temporal server is not ours. */
function webPage({ addresses, namespace }: DemoOptions, workflowId: string): string | undefined {
  const { temporalUiUrl } = addresses;
  if (temporalUiUrl === undefined) return undefined;
  return `${temporalUiUrl}/namespaces/${namespace}/workflows/${encodeURIComponent(workflowId)}`;
}

/** Tells each new event until the trade has ended. */
async function follow(api: DemoApi, id: string, options: DemoOptions, quietMs: Millis): Promise<DemoResult> {
  const { addresses, tell, signal } = options;
  let told = 0;
  let heard = performance.now();
  tell(TIMELINE_HEADING);
  for (;;) {
    const events = await api.events(id);
    const trade = await api.trade(id);
    for (const line of timelineLines(events, told, trade)) tell(line);
    if (events.length > told) heard = performance.now();
    told = events.length;
    if (isOver(trade, events)) {
      tell(resultLine(trade));
      return { document: demoDocument(trade, events, addresses), done: isDone(trade) };
    }
    if (performance.now() - heard > quietMs) throw new DemoError(stuck(trade));
    await sleep(LOOK_MS, undefined, { signal });
  }
}

/** The history was read a moment before the trade: only when it tells of the end is all of it there. */
function isOver({ phase }: TradeDetailView, events: readonly EventView[]): boolean {
  return phase === 'ended' && events.findLast(({ kind }) => kind === 'phase')?.name === 'ended';
}

function stuck({ id, phase, attention }: TradeDetailView): string {
  const why = attention === null ? '' : ` and needs attention: ${attention.replaceAll('_', ' ')}`;
  return `trade ${id} is ${phase}${why}; it goes on by itself: tradewind trade show ${id}`;
}
