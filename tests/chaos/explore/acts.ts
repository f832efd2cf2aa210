import { cancelOrder, closeIntent, report, resolveOrder } from '../../../activities/execution/settle-order';
import { journalledOrder, submitOrder } from '../../../activities/execution/submit-order';
import type { ExecutionDeps } from '../../../activities/execution/ports';
import { FactsReader } from '../../../activities/ledger/read-facts';
import { OrderJournal } from '../../../database/journal';
import type { Queryable } from '../../../database/pool';
import { TradeStore } from '../../../database/trades';
import { calendarOf } from '../../../domain/calendar/calendars';
import { instant } from '../../../domain/clock/instant';
import { decimalString } from '../../../domain/money/decimal';
import type { Broker, Capabilities, SendPermit, SubmitOutcome } from '../../../domain/order/broker';
import type { OrderRef, OrderRequest } from '../../../domain/order/order';
import type { MarketData } from '../../../domain/signal/market-data';
import type { OrderMetrics } from '../../../telemetry/order-metrics';
import { gatedDatabase } from './run';
import type { Run } from './run';
import type { Act } from './step';
import { expiry } from './venue';
import { approve } from './world';
import type { Intent, World } from './world';

const silent: OrderMetrics = {
  refused: () => undefined,
  submitted: () => undefined,
  orderState: () => undefined,
  filled: () => undefined,
};
const noMarket: MarketData = {
  quote: () => Promise.resolve(undefined),
  bars: () => Promise.resolve([]),
  maxPrintGap: () => 0,
  endsAt: () => undefined,
};

/** An activity of the product with its world around it; undefined when there is nothing to do it to. */
export function activityOf(world: World, act: Act): ((run: Run) => Promise<unknown>) | undefined {
  switch (act.act) {
    case 'submit': {
      const intent = world.intent(act.intent, act.quantity);
      return intent && ((run) => submit(world, run, intent));
    }
    case 'resolve':
    case 'cancel':
    case 'close':
    case 'take-over': {
      const intent = world.intent(act.intent);
      return intent && ((run) => toOrder(world, run, act.act, intent));
    }
    case 'watch':
      return (run) => watch(depsOf(world, run));
    case 'run-clock':
      return (run) =>
        database(world, run).query(`SELECT extend_clock($1, interval '1 second') AS answer`, [world.account]);
    case 'approve':
      return (run) => approve(database(world, run), world, act.trade);
    case 'end':
      return (run) => depsOf(world, run).trades.end(world.tradeId(act.trade), ENDING);
    case 'halt':
      return (run) =>
        database(world, run).query('SELECT engage_halt($1, $2, $3, $4, $4) AS answer', [
          scopeOf(world, act.scope),
          act.mode,
          act.flatten,
          'explorer',
        ]);
    case 'release':
      return (run) => database(world, run).query('SELECT release_halt($1) AS answer', [scopeOf(world, act.scope)]);
  }
}

const ENDING = { outcome: 'completed', code: null, detail: null, dust: decimalString('0') } as const;

/** Scenarios do not know the account's name. */
function scopeOf(world: World, scope: string): string {
  return scope === 'account' ? `account:${world.account}` : scope;
}

function database(world: World, run: Run): Queryable {
  return gatedDatabase(world.lab.workers[run.worker], run, world);
}

function submit(world: World, run: Run, intent: Intent): Promise<unknown> {
  const attempt = world.attempts(intent.id).length + 1;
  return submitOrder(depsOf(world, run, intent, attempt), {
    tradeId: world.tradeId(intent.trade),
    instrument: instrumentOf(world, intent),
    order: { ...intent.order, attempt },
    phase: intent.order.leg === 'entry' ? 'executing' : intent.order.leg === 'exit' ? 'exiting' : 'managing',
    arrivalPrice: null,
  });
}

function toOrder(
  world: World,
  run: Run,
  act: 'resolve' | 'cancel' | 'close' | 'take-over',
  intent: Intent,
): Promise<unknown> {
  const attempt = world.attempts(intent.id).length;
  const deps = depsOf(world, run, intent, attempt);
  const [tradeId, instrument] = [world.tradeId(intent.trade), instrumentOf(world, intent)];
  const order = { ...intent.order, attempt };
  switch (act) {
    case 'resolve':
      return resolveOrder(deps, { tradeId, order: refOf(intent, instrument) });
    case 'cancel':
      return cancelOrder(deps, { tradeId, order: refOf(intent, instrument), phase: null });
    case 'close':
      return closeIntent(deps, { tradeId, instrument, order });
    case 'take-over':
      return takeOver(deps, attempt, journalledOrder(deps, tradeId, instrument, order).request);
  }
}

/** Where an intent's order is looked for; the model's queries need only its id. */
function refOf(intent: Intent, instrument: string): OrderRef {
  const { type } = intent.order.terms;
  return { clientOrderId: intent.id, instrument, type, venueOrderId: null, createdAt: instant(0) };
}

const ALL_NATIVE: Capabilities = {
  market: 'native',
  limit: 'native',
  'post-only': 'native',
  ioc: 'native',
  fok: 'native',
  stop: 'native',
  'stop-limit': 'native',
  'trailing-stop': 'native',
  'anchored-trailing-stop': 'native',
  'trailing-stop-limit': 'native',
};

function instrumentOf(world: World, intent: Intent): string {
  return world.scenario.trades[intent.trade]?.instrument ?? '';
}

/** What the watcher does about orders: reads all of them, books what it read. */
async function watch(deps: ExecutionDeps): Promise<void> {
  const { orders, fills } = await deps.broker.poll(undefined, () => Promise.resolve([]));
  await deps.journal.applyReport({ ...report(deps), orders, fills });
}

/** A worker that believes it may go on with an attempt that it finds in the journal: it has the number, not the token. */
async function takeOver(deps: ExecutionDeps, n: number, request: OrderRequest): Promise<void> {
  const attempt = { clientOrderId: request.clientOrderId, n, owner: deps.token() };
  const renewed = await deps.journal.renew(attempt, deps.broker.timings.validityWindow, 'trade');
  if (!renewed.ok) return;
  const permit: SendPermit = { validUntil: renewed.validUntil, stillValid: () => Promise.resolve(true) };
  const outcome = await deps.broker.submit(request, permit);
  await deps.journal.recordOutcome(attempt, outcome, report(deps));
}

/** The dependencies of one run: the real journal over a gated connection, and the venue in memory. */
function depsOf(world: World, run: Run, intent?: Intent, attempt = 0): ExecutionDeps {
  const gated = database(world, run);
  const trades = new TradeStore(gated);
  return {
    account: world.account,
    broker: brokerOf(world, run, intent, attempt),
    journal: new OrderJournal(gated),
    trades,
    facts: new FactsReader({ trades, marketOf: () => noMarket, calendarOf }),
    installation: 'explorer',
    metrics: silent,
    failpoint: () => undefined,
    monotonic: () => world.now,
    token: () => `${run.worker}-${(world.tokens += 1)}`,
  };
}

function brokerOf(world: World, run: Run, intent: Intent | undefined, attempt: number): Broker {
  const { venue } = world;
  const send = async (request: OrderRequest, permit: SendPermit): Promise<SubmitOutcome> => {
    await run.pass('adapter');
    if (!(await permit.stillValid())) return { kind: 'not-sent', message: 'the permit is gone' };
    return run.await('answer', (reply) => {
      const sent = venue.messages.filter(({ request: { clientOrderId: id } }) => id === request.clientOrderId).length;
      venue.messages.push({
        label: `${intent?.label ?? '?'}.${sent + 1}`,
        request,
        attempt,
        validUntil: expiry(permit),
        permittedAt: run.permittedAt ?? 0,
        sender: run,
        outcome: undefined,
        reply,
      });
    });
  };
  return {
    venue: 'model',
    timings: venue.timings,
    capabilities: ALL_NATIVE,
    instruments: () => Promise.resolve([]),
    balances: () => Promise.resolve([]),
    openOrders: () => Promise.resolve([]),
    quote: () => Promise.resolve(undefined),
    serverTime: () => Promise.resolve(instant(world.now)),
    // The line ends with the process: nothing waits for a sender that is gone.
    submit: (request, permit) =>
      Promise.race([
        send(request, permit),
        run.death.then((): SubmitOutcome => ({ kind: 'unknown', message: 'the sender is gone' })),
      ]),
    find: async ({ clientOrderId: id }) => {
      const { lag, fillLag } = await run.pass('find');
      return venue.find(id, world.now - lag, world.now - fillLag);
    },
    cancel: async ({ clientOrderId: id }) => {
      await run.pass('cancel');
      return venue.cancel(id, world.now);
    },
    poll: async () => {
      const { lag, fillLag } = await run.pass('poll');
      const snapshot = venue.poll(world.now - lag, world.now - fillLag);
      return { ...snapshot, cursor: instant(world.now) };
    },
  };
}
