import { setTimeout as sleep } from 'node:timers/promises';
import type { Side } from '../../../domain/order/order';
import type { OrderTerms } from '../../../domain/order/order';
import type { OrderFacts } from '../../../domain/trade/facts';
import { isTerminal } from '../../../domain/order/state';
import { refOf } from '../../../domain/trade/trade-orders';
import { dec, decimalString as d, text } from '../../../domain/money/decimal';
import type { DecimalString } from '../../../domain/money/decimal';
import { seenTwice, keyOf } from '../../../domain/reconciliation/difference';
import type { Difference } from '../../../domain/reconciliation/difference';
import { lookAtBooks } from '../../../activities/reconciliation/look-at-books';
import type { Look, LookDeps } from '../../../activities/reconciliation/look-at-books';
import { cancelOrder, resolveOrder } from '../../../activities/execution/settle-order';
import { submitOrder } from '../../../activities/execution/submit-order';
import type { WatchDeps } from '../../../activities/execution/watch-account';
import { PaperBroker } from '../../../brokers/paper/paper-broker';
import { openDatabase } from '../../../database/pool';
import { ReconciliationStore } from '../../../database/reconciliations';
import { createTestDatabase } from '../../support/database';
import { executionDeps, watchOnce } from '../../support/execution-desk';
import { Desk } from '../../support/journal-desk';
import { PaperHarness } from '../../support/paper-harness';
import { Choices } from '../choices';
import { FaultyLine } from './faulty-line';

/** So many days of trading on one paper account. */
export interface DaysPlan {
  readonly days: number;
  readonly seed: number;
  /** Share of the calls to the venue that break. */
  readonly faults: number;
  /** Share of executions that the trading side never hears of: the control. */
  readonly lost: number;
}

/** How the days went. */
export interface DaysResult {
  readonly trades: number;
  /** Trades that were refused because the books differed. */
  readonly refused: number;
  readonly calls: number;
  readonly faults: number;
  readonly lostFills: number;
  /** Comparisons that ended, and differences that they ever opened. */
  readonly comparisons: number;
  readonly opened: number;
  /** Kinds that are open after the last day. */
  readonly left: readonly string[];
}

/** Fees make the last digits. */
const COSTS = { halfSpreadBps: '1', slippageBps: '4', feeBps: '10' } as const;
const TRADES_A_DAY = 2;
const DAY_MS = 86_400_000;
/** Turns in which an order must end, or it is left to the days that follow. */
const TURNS = 12;
/** A comparison whose calls break is repeated, as Temporal repeats it. */
const TRIES = 8;

/** Trades for so many days over a line on which calls break, and compares the books with the venue after each day. */
export async function tradeForDays(plan: DaysPlan): Promise<DaysResult> {
  const { url, drop } = await createTestDatabase();
  const database = openDatabase(url, { max: 4 });
  try {
    await database.query(
      `INSERT INTO instruments (id, description, calendar, feed, base_asset, quote_asset, tick, lot, min_quantity, min_notional)
       VALUES ('TEST', 'of a test', 'ALWAYS', 'synthetic', 'TEST', 'USD', 0.01, 0.01, 0.01, 1)`,
    );
    const venue = await PaperHarness.open(database);
    const choices = new Choices(String(plan.seed));
    const inner = new PaperBroker({ account: venue.account, database, market: venue.market, costs: COSTS });
    const line = new FaultyLine(inner, choices.under('line'), { share: plan.faults, lost: plan.lost });
    // Comparisons have the same bad line, and are shown what there is.
    const look = new FaultyLine(inner, choices.under('look'), { share: plan.faults, lost: 0 });
    const trading = new Days(
      venue,
      new Desk(database, venue.account, 'paper'),
      executionDeps(database, venue.account, line, 'test'),
      choices,
    );
    const reconciliations = new ReconciliationStore(database);
    const deps: LookDeps = { ...executionDeps(database, venue.account, look, 'test'), reconciliations };
    let comparisons = 0;
    for (let day = 1; day <= plan.days; day += 1) {
      await venue.wait(DAY_MS);
      for (let n = 1; n <= TRADES_A_DAY; n += 1) await trading.trade(`d${day}-${n}`);
      await compareOnce(deps);
      comparisons += 1;
    }
    const { rows } = await database.query<{ kind: string; state: string }>(
      'SELECT kind, state FROM reconciliation_differences ORDER BY id',
    );
    return {
      ...{ trades: trading.made, refused: trading.refused, comparisons, opened: rows.length },
      calls: line.counts.calls + look.counts.calls,
      faults: line.counts.faults + look.counts.faults,
      lostFills: line.counts.lostFills,
      left: rows.filter(({ state }) => state === 'open').map(({ kind }) => kind),
    };
  } finally {
    await database.end();
    await drop();
  }
}

/** What the workflow does, without Temporal. */
async function compareOnce(deps: LookDeps): Promise<void> {
  const { account, reconciliations } = deps;
  const id = await reconciliations.begin(account, 'session', 'schedule');
  let look = await tried(() => lookAtBooks(deps));
  let found: readonly Difference[] = [];
  if (look.differences.length > 0) {
    await sleep(look.settleMs);
    const second = await tried(() => lookAtBooks(deps));
    found = seenTwice(look.differences, second.differences);
    look = second;
  }
  const { compared, cursor, differences, fillsAfter, pending, seen, undetermined } = look;
  const keys = new Set(found.map(keyOf));
  const unsure = differences.some((difference) => !keys.has(keyOf(difference)));
  await reconciliations.finish(account, {
    ...{ id, looks: 2, compared, found, seen, undetermined, cursor, fillsAfter },
    pending: pending || unsure,
  });
}

async function tried(look: () => Promise<Look>): Promise<Look> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await look();
    } catch (error) {
      if (tries === TRIES) throw error;
    }
  }
}

/** Trades one after the other: in at market, a stop, the stop taken back, out at market. */
class Days {
  made = 0;
  refused = 0;

  constructor(
    private readonly venue: PaperHarness,
    private readonly desk: Desk,
    private readonly deps: WatchDeps,
    private readonly choices: Choices,
  ) {}

  async trade(key: string): Promise<void> {
    let tradeId: string;
    try {
      tradeId = await this.desk.trade(key, { instrument: 'TEST' });
    } catch (error) {
      // Nothing else refuses one here.
      if (!String(error).includes('unreconciled')) throw error;
      this.refused += 1;
      return;
    }
    this.made += 1;
    const units = this.choices.whole(1, 20);
    await this.desk.approve(this.desk.order(tradeId, 'entry', 'buy', units, { instrument: 'TEST' }), units * 2);
    const entry = await this.ended(
      tradeId,
      'entry',
      await this.send(tradeId, 'entry', 'buy', d(String(units)), { type: 'market' }),
    );
    if (entry === undefined || dec(entry.booked).isZero()) return;
    await this.send(tradeId, 'stop', 'sell', entry.booked, { type: 'stop', stopPrice: d('10') });
    await this.print();
    await this.takeBack(tradeId, 'stop');
    const { position } = await this.deps.facts.read(tradeId);
    if (dec(position).gt(0))
      await this.ended(tradeId, 'exit', await this.send(tradeId, 'exit', 'sell', position, { type: 'market' }));
  }

  /** Sends an order until the venue has it or has refused it; one in doubt is resolved as the trade's workflow does. */
  private async send(
    tradeId: string,
    leg: string,
    side: Side,
    quantity: DecimalString,
    terms: OrderTerms,
  ): Promise<boolean> {
    for (let attempt = 1; attempt <= TURNS; attempt += 1) {
      const order = { leg, revision: 1, side, quantity, terms, timeInForce: 'GTC', attempt } as const;
      const { result } = await submitOrder(this.deps, {
        ...{ tradeId, instrument: 'TEST', phase: 'executing', arrivalPrice: null, order },
      });
      if (result === 'acked') return true;
      if (result === 'rejected' || result === 'refused') return false;
      if (result === 'unknown' && (await this.resolve(tradeId, leg)) === 'found') return true;
    }
    return false;
  }

  private async resolve(tradeId: string, leg: string): Promise<'found' | 'not-found'> {
    for (;;) {
      const { instrument, orders } = await this.deps.facts.read(tradeId);
      const order = orders.find((one) => one.leg === leg);
      if (order === undefined) return 'not-found';
      const { verdict, waitMs } = await resolveOrder(this.deps, { tradeId, order: refOf(order, instrument) });
      if (verdict !== 'again') return verdict;
      await sleep(waitMs);
    }
  }

  /** Lets the market go on, in prints that may fill an order in parts, until it has ended. */
  private async ended(tradeId: string, leg: string, sent: boolean): Promise<OrderFacts | undefined> {
    for (let turn = 0; sent && turn < TURNS; turn += 1) {
      const order = await this.order(tradeId, leg);
      if (order === undefined || isTerminal(order.state)) return order;
      await this.print();
      await this.watch();
    }
    return this.order(tradeId, leg);
  }

  private async takeBack(tradeId: string, leg: string): Promise<void> {
    for (let turn = 0; turn < TURNS; turn += 1) {
      const order = await this.order(tradeId, leg);
      if (order === undefined || isTerminal(order.state) || order.venueOrderId === null) return;
      const { instrument } = await this.deps.facts.read(tradeId);
      await cancelOrder(this.deps, { tradeId, order: refOf(order, instrument), phase: null });
      await this.watch();
    }
  }

  private async order(tradeId: string, leg: string): Promise<OrderFacts | undefined> {
    return (await this.deps.facts.read(tradeId)).orders.find((one) => one.leg === leg);
  }

  private async print(): Promise<void> {
    const price = text(dec(this.choices.whole(9_900, 10_100)).div(100));
    await this.venue.trade(Number(price), this.choices.chance(0.5) ? 7 : 1_000);
  }

  private async watch(): Promise<void> {
    // A poll that breaks is repeated at the next turn.
    await watchOnce(this.deps).catch(() => undefined);
  }
}
