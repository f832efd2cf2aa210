import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { submitOrder } from '../../activities/execution/submit-order';
import type { ExecutionDeps } from '../../activities/execution/ports';
import { openCcxtBroker } from '../../brokers/ccxt/open-broker';
import { STATE_DIR } from '../../config/project';
import { openDatabase } from '../../database/pool';
import type { Database } from '../../database/pool';
import { instant } from '../../domain/clock/instant';
import { dec, text } from '../../domain/money/decimal';
import type { OrderTerms } from '../../domain/order/order';
import { SIMULATED_VENUES } from '../../simulators/exchange/start';
import { Books, ENTRY } from '../chaos/orders/books';
import { Child } from '../chaos/orders/child';
import type { ChaosAccount, ExchangeAccount } from '../chaos/orders/messages';
import { OwnPostgres } from '../chaos/orders/own-postgres';
import { ChaosVenue } from '../chaos/orders/venue';
import { planIntents, windowOf } from '../chaos/orders/plan';
import type { IntentPlan } from '../chaos/orders/plan';
import { claimFolder, releaseFolder } from '../chaos/trade/run-folder';
import { percentile } from '../chaos/trade/resume';
import { NO_GATE } from '../support/exchange-harness';
import { executionDeps } from '../support/execution-desk';
import { atMost, thisMachine, versionsWith } from '../support/report';
import type { Suite } from '../support/suites';

/** Measured orders, after those that only warm everything up. */
const ORDERS = 300;
const WARM_UP = 30;
/** One account has so many orders: what the fence adds up grows with an account's open trades. */
const ORDERS_AN_ACCOUNT = 15;
/** Rests at the venue, so that the answer to the order is all that the venue is asked for. */
const RESTING: OrderTerms = { type: 'limit', price: text(dec(90)) };
const SECONDS_AN_ORDER = 0.15;

/** Milliseconds of each kind of work, one for each round. */
interface Times {
  readonly commit: number[];
  readonly bare: number[];
  readonly protocol: number[];
}

/**
 * What the journal, the fence and the protocol cost over the signed HTTP call to the venue alone. A commit of one row, the
 * bare call and the whole protocol take turns in one run: whatever the machine does meets all three.
 */
export const ordersSuite: Suite = {
  summary: 'one order by the protocol against the bare call to a simulated exchange and one bare commit',
  numbers: { orders: ORDERS },
  texts: { venue: 'binance' },
  run: async ({ numbers, texts, seed, minutes }, say) => {
    const venue = SIMULATED_VENUES.find((one) => one === texts['venue']);
    if (venue === undefined) throw new Error(`there is no simulated venue ${texts['venue'] ?? ''}`);
    const most = ((minutes ?? 60) * 60) / SECONDS_AN_ORDER;
    const orders = Math.max(1, Math.round(Math.min(most, numbers['orders'] ?? ORDERS)));
    say(`${orders} orders at ${venue}: about a minute on two idle cores`);
    const plans = spread(planIntents(WARM_UP + orders, seed, windowOf(venue)));
    const { times, postgres } = await onOwnServers(async (server, outside) => {
      const books = await Books.open(server.url);
      const database = openDatabase(server.url, { max: 4 });
      try {
        const at = await ChaosVenue.start(outside, venue, new Map([['ours', plans]]));
        await books.addAccounts([...at.accounts.values()]);
        await database.query('CREATE TABLE bare_commits (id bigint GENERATED ALWAYS AS IDENTITY, detail text)');
        return { times: await measure(books, database, at, plans), postgres: await books.serverVersion() };
      } finally {
        await database.end();
        await books.close();
      }
    });
    const [commit, bare, protocol] = [median(times.commit), median(times.bare), median(times.protocol)];
    return {
      suite: 'orders',
      seed,
      machine: thisMachine(),
      versions: versionsWith({ postgres }),
      rows: [
        row('one row inserted and committed', times.commit, commit),
        row('signed call to the venue', times.bare, commit),
        row('the protocol: fence, journal, call, record', times.protocol, commit),
      ],
      goals: [atMost('overhead_in_commits', 4, (protocol - bare) / commit)],
    };
  },
};

/** Each account gets its share of the orders, one lane an account. */
function spread(plans: readonly IntentPlan[]): readonly IntentPlan[] {
  return plans.map((plan, index) => ({ ...plan, lag: 0, lane: Math.floor(index / ORDERS_AN_ACCOUNT) }));
}

async function onOwnServers<T>(work: (server: OwnPostgres, outside: Child) => Promise<T>): Promise<T> {
  const dir = await claimFolder(join(STATE_DIR, 'bench-orders'));
  mkdirSync(join(dir, 'log'), { recursive: true });
  const server = await OwnPostgres.start(dir);
  const outside = new Child('tests/chaos/orders/venue-process', join(dir, 'log', 'venue.log'));
  try {
    return await work(server, outside);
  } finally {
    await outside.end();
    await server.stop();
    await releaseFolder(dir);
  }
}

async function measure(
  books: Books,
  database: Database,
  venue: ChaosVenue,
  plans: readonly IntentPlan[],
): Promise<Times> {
  const times: Times = { commit: [], bare: [], protocol: [] };
  const all = new Map<string, ExecutionDeps>();
  for (const [index, plan] of plans.entries()) {
    const account = venue.accountOf('ours', plan);
    const deps = all.get(account.account) ?? open(database, account, books.installation);
    all.set(account.account, deps);
    // Reads the filters and the clock, which is no part of an order.
    await deps.broker.instruments();
    const { tradeId } = await books.ready(account, `i${plan.index}`);
    const commit = await taken(() => database.query(`INSERT INTO bare_commits (detail) VALUES ('one row')`));
    const bare = await taken(() => sendBare(deps, account, books.idOf(account.venue, account.account, `b${index}`)));
    const protocol = await taken(() => sendByProtocol(deps, account, tradeId));
    if (index < WARM_UP) continue;
    times.commit.push(commit);
    times.bare.push(bare);
    times.protocol.push(protocol);
  }
  return times;
}

function open(database: Database, account: ExchangeAccount, installation: string): ExecutionDeps {
  const broker = openCcxtBroker({
    ...account,
    mode: 'live',
    instruments: [account.instrument],
    gate: NO_GATE,
    historyFrom: instant(Date.now() - 60_000),
    orderDeadline: 4_000,
  });
  return executionDeps(database, account.account, broker, installation);
}

async function sendBare(
  { broker }: ExecutionDeps,
  { account, instrument }: ChaosAccount,
  clientOrderId: ReturnType<Books['idOf']>,
): Promise<void> {
  const { side, quantity, timeInForce } = ENTRY;
  const outcome = await broker.submit(
    { clientOrderId, account, instrument, side, quantity, terms: RESTING, timeInForce },
    { validUntil: instant(Date.now() + 10_000), stillValid: () => Promise.resolve(true) },
  );
  if (outcome.kind !== 'acked') throw new Error(`the venue did not take the order: ${JSON.stringify(outcome)}`);
}

async function sendByProtocol(deps: ExecutionDeps, { instrument }: ChaosAccount, tradeId: string): Promise<void> {
  const order = { ...ENTRY, terms: RESTING };
  const { result, code } = await submitOrder(deps, {
    ...{ tradeId, instrument, order, phase: 'executing', arrivalPrice: null },
  });
  if (result !== 'acked') throw new Error(`the order was not acknowledged: ${result} ${code ?? ''}`);
}

async function taken(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

function row(what: string, times: readonly number[], commit: number) {
  const p50 = median(times);
  return {
    what,
    orders: times.length,
    'p50 ms': Number(p50.toFixed(2)),
    'p95 ms': Number((percentile(times, 0.95) ?? 0).toFixed(2)),
    'in commits': Number((p50 / commit).toFixed(2)),
  };
}

function median(times: readonly number[]): number {
  return percentile(times, 0.5) ?? 0;
}
