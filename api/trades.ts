import type { CalendarId, MarketCalendar } from '../domain/calendar/calendar';
import { assertNever } from '../domain/assert-never';
import { possibleActions } from '../domain/trade/phase';
import type { Database } from '../database/pool';
import { acceptTrade, findByKey, findTrade, listEvents, listTrades, noteRun } from '../database/registry';
import type { TradeDetailRow, TradeFilter, TradeRow } from '../database/registry';
import { findAccount, readReferences } from '../database/registry-accounts';
import { fillsOfTrade, ordersOfTrade } from '../database/registry-orders';
import { tradeWorkflowId } from '../temporal/messages/trade';
import type { Logger } from '../telemetry/logger';
import type { StartTradeBody } from './contract/start-trade';
import { ROUTES } from './contract/routes';
import { requireModel } from './model-facts';
import type { ModelFacts } from './model-facts';
import { answer, mount } from './mount';
import type { Answer, Call, Gate } from './mount';
import { pageRequest } from './page-request';
import { ApiProblem, notFound } from './problem';
import type { StartAnswer, TradeCommands } from './trade-commands';
import { awaitEntry } from './await-entry';
import { checkReferences, fingerprint, specOf, validUntil } from './trade-request';

/** What the routes of trades need. */
export interface TradeRoutes {
  readonly database: Database;
  readonly commands: TradeCommands;
  readonly calendarOf: (id: CalendarId) => MarketCalendar;
  /** Names of the strategies besides `manual`. */
  readonly strategies: readonly string[];
  readonly model: ModelFacts;
  readonly logger: Logger;
}

type StartCall = Call<typeof ROUTES.startTrade>;
type StartedAnswer = Answer<typeof ROUTES.startTrade>;

/** Mounts start, list, show and timeline. */
export function mountTrades(gate: Gate, deps: TradeRoutes): void {
  const { database } = deps;
  mount(gate, ROUTES.startTrade, (call) => startOne(deps, call));
  mount(gate, ROUTES.listTrades, async ({ query }) => {
    const { limit, cursor, attention, ...rest } = query;
    const filter: TradeFilter = {
      ...defined(rest),
      ...(attention === undefined ? {} : { attention: attention === 'true' }),
    };
    const page = await listTrades(database, filter, pageRequest({ limit, cursor }));
    return answer(200, { items: page.items.map(tradeView), nextCursor: page.nextCursor });
  });
  mount(gate, ROUTES.showTrade, async ({ params }) => answer(200, await tradeDetail(database, params.id)));
  mount(gate, ROUTES.showTimeline, async ({ params, query }) => {
    await requireTrade(database, params.id);
    const page = await listEvents(database, params.id, pageRequest(query));
    return answer(200, { items: [...page.items], nextCursor: page.nextCursor });
  });
}

/** An address that cannot be a trade's id is one that no trade has. */
const TRADE_ID = /^[a-z0-9][a-z0-9-]{0,31}:[A-Za-z0-9_-]{1,64}$/;

/** The trade of an id. @throws ApiProblem `not_found` */
export async function requireTrade(database: Database, id: string): Promise<TradeDetailRow> {
  const trade = TRADE_ID.test(id) ? await findTrade(database, id) : undefined;
  if (trade === undefined) throw notFound('trade');
  return trade;
}

/** Starts a trade, and waits for the outcome of its entry where the client wants that. */
async function startOne(deps: TradeRoutes, call: StartCall): Promise<StartedAnswer> {
  const started = await acceptOne(deps, call);
  const { wait } = call.query;
  if (wait === undefined) return started;
  return { ...started, body: await awaitEntry(() => tradeDetail(deps.database, started.body.id), wait) };
}

async function acceptOne(deps: TradeRoutes, call: StartCall): Promise<StartedAnswer> {
  const { body, idempotencyKey: key } = call;
  const hash = fingerprint(body);
  const id = `${body.account}:${key}`;
  call.audit({ trade: id });
  // A repeat is answered before anything that time changes is checked: a trade may be long over by then.
  const known = await findByKey(deps.database, body.account, key);
  if (known !== undefined) return known.fingerprint === hash ? repeated(deps, id) : conflict();

  const references = await readReferences(deps.database, body.account, body.instrument);
  checkReferences(body, references, deps.strategies);
  requireModel(body.strategy, deps.model);
  const until = validUntil(body, references, deps.calendarOf);
  const accepted = await acceptTrade(deps.database, {
    account: body.account,
    key,
    strategy: body.strategy,
    instrument: body.instrument,
    spec: specOf(body, until),
    fingerprint: hash,
    createdBy: call.caller.actor,
    ...(body.direction === undefined ? {} : { direction: body.direction }),
    validUntil: until,
  });
  switch (accepted.result) {
    case 'accepted':
      return started(deps, body, id);
    case 'exists':
      return repeated(deps, id);
    case 'conflict':
      return conflict();
    case 'halted':
      throw new ApiProblem('halted', `The kill switch is engaged for ${accepted.scope}; nothing was stored.`, {
        scope: accepted.scope,
      });
    case 'unreconciled':
      throw new ApiProblem(
        'unreconciled',
        'Our books and the venue differ in this instrument; nothing was stored. Look at the differences (tradewind reconcile list).',
      );
    default:
      return assertNever(accepted);
  }
}

/** The trade is stored and will run; that its workflow starts right now is best effort. */
async function started(deps: TradeRoutes, body: StartTradeBody, id: string): Promise<StartedAnswer> {
  const run = await startWorkflow(deps, body, id);
  if (run.kind === 'started') await noteRun(deps.database, id, run.runId);
  return {
    status: run.kind === 'started' ? 201 : 202,
    body: await tradeDetail(deps.database, id),
    headers: { Location: `/v1/trades/${id}` },
  };
}

async function startWorkflow(deps: TradeRoutes, body: StartTradeBody, tradeId: string): Promise<StartAnswer> {
  const { account, instrument, strategy } = body;
  try {
    const stored = await findAccount(deps.database, account);
    const mode = stored?.mode ?? 'paper';
    return await deps.commands.start({ tradeId, account, instrument, strategy, mode, phase: 'accepted' });
  } catch (error) {
    deps.logger.error({ err: error }, 'the workflow of an accepted trade was left to the dispatcher');
    return { kind: 'unreachable' };
  }
}

async function repeated(deps: TradeRoutes, id: string): Promise<StartedAnswer> {
  return { status: 200, body: await tradeDetail(deps.database, id) };
}

function conflict(): never {
  throw new ApiProblem(
    'idempotency_conflict',
    'This Idempotency-Key was used on this account for a trade with other fields; send a new key for a new trade.',
  );
}

function tradeView<T extends TradeRow>(row: T) {
  return { ...row, workflowId: tradeWorkflowId(row.id), possibleActions: [...possibleActions(row.phase)] };
}

async function tradeDetail(database: Database, id: string) {
  const trade = await requireTrade(database, id);
  const orders = await ordersOfTrade(database, id);
  const fills = await fillsOfTrade(database, id);
  return { ...tradeView(trade), orders: [...orders], fills: [...fills] };
}

/** The same object without its undefined members. */
function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
