import type { WatchDeps } from '../../activities/execution/watch-account';
import { cancelOrder } from '../../activities/execution/settle-order';
import { submitOrder } from '../../activities/execution/submit-order';
import { openDatabase } from '../../database/pool';
import type { Database } from '../../database/pool';
import { dec, decimalString as d, text } from '../../domain/money/decimal';
import type { OrderTerms } from '../../domain/order/order';
import type { OrderFacts } from '../../domain/trade/facts';
import { refOf } from '../../domain/trade/trade-orders';
import { faultSchema } from '../../simulators/exchange/faults';
import { SIMULATED_VENUES } from '../../simulators/exchange/start';
import { createTestDatabase } from '../../tests/support/database';
import { ExchangeHarness } from '../../tests/support/exchange-harness';
import { executionDeps, watchOnce } from '../../tests/support/execution-desk';
import { Desk } from '../../tests/support/journal-desk';

const LIMIT: OrderTerms = { type: 'limit', price: d('95') };

/** A trade that buys ten units at 95 on an account of a simulated venue, over the real journal. */
class Buying {
  private constructor(
    readonly h: ExchangeHarness,
    readonly deps: WatchDeps,
    private readonly database: Database,
    readonly tradeId: string,
    private readonly drop: () => Promise<void>,
  ) {}

  static async open(venue: (typeof SIMULATED_VENUES)[number]): Promise<Buying> {
    const h = await ExchangeHarness.open(venue);
    const { url, drop } = await createTestDatabase();
    const database = openDatabase(url, { max: 4 });
    const [base, quote] = h.instrument.split('/');
    await database.query(
      `INSERT INTO instruments (id, description, calendar, feed, base_asset, quote_asset, tick, lot, min_quantity, min_notional)
       VALUES ($1, $1, 'ALWAYS', 'synthetic', $2, $3, 0.01, 0.01, 0.01, 1)`,
      [h.instrument, base, quote],
    );
    await database.query(
      `INSERT INTO accounts (name, venue, mode, currency, opening_cash, policy) VALUES ('main', $1, 'live', $2, 10000, '{}')`,
      [venue, quote],
    );
    await database.query(
      `INSERT INTO account_clocks (account, kind, market_time) VALUES ('main', 'live', clock_timestamp())`,
    );
    const desk = new Desk(database, 'main', venue);
    const tradeId = await desk.trade('one', { instrument: h.instrument });
    const changes = { instrument: h.instrument, terms: LIMIT };
    await desk.approve(desk.order(tradeId, 'entry', 'buy', 10, changes), 10);
    return new Buying(h, executionDeps(database, 'main', h.broker, 'test'), database, tradeId, drop);
  }

  async submit(): Promise<void> {
    const { result, code } = await submitOrder(this.deps, {
      ...{ tradeId: this.tradeId, instrument: this.h.instrument, phase: 'executing', arrivalPrice: null },
      order: {
        ...{ leg: 'entry', revision: 1, side: 'buy', quantity: d('10'), terms: LIMIT, timeInForce: 'GTC', attempt: 1 },
      },
    });
    if (result !== 'acked') throw new Error(`not acknowledged: ${result} ${code ?? ''}`);
  }

  async cancel(): Promise<void> {
    const { instrument } = await this.deps.facts.read(this.tradeId);
    const order = refOf(await this.order(), instrument);
    await cancelOrder(this.deps, { tradeId: this.tradeId, order, phase: null });
  }

  async order(): Promise<OrderFacts> {
    const [order] = (await this.deps.facts.read(this.tradeId)).orders;
    if (order === undefined) throw new Error('no order');
    return order;
  }

  async position(): Promise<string> {
    return (await this.deps.facts.read(this.tradeId)).position;
  }

  /** Units that the venue's own ledger counts, less what it took as fees. */
  atVenue(): string {
    const [base] = this.h.instrument.split('/');
    return text(this.h.simulator.ledger.balance(this.h.key.apiKey, base ?? '').total);
  }

  async close(): Promise<void> {
    await this.database.end();
    await this.h.close();
    await this.drop();
  }
}

/** A print of a few units takes so long to be met by an order that already works. */
const met = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 120));

describe.each(SIMULATED_VENUES)('the journal of an account at %s', (venue) => {
  let buying: Buying;
  beforeEach(async () => {
    buying = await Buying.open(venue);
    await buying.submit();
    await buying.h.trade(95, 4);
    await met();
    await watchOnce(buying.deps);
  });
  afterEach(() => buying.close());

  test('has what filled so far', async () => {
    expect(await buying.position()).toBe('4');
    expect(await buying.order()).toMatchObject({ state: 'partial', booked: '4' });
  });

  test('has the rest, which filled while the venue could not be asked, after the first poll that gets through', async () => {
    const { h, deps } = buying;
    h.simulator.faults.script(faultSchema.parse({ on: 'query', kind: 'drop', times: 1 }));
    await h.trade(95, 6);
    await met();
    await expect(watchOnce(deps)).rejects.toThrow();
    expect(await buying.position()).toBe('4');
    await watchOnce(deps);
    expect([await buying.position(), buying.atVenue()]).toEqual(['10', '10']);
    expect(await buying.order()).toMatchObject({ state: 'filled', booked: '10' });
  });

  test('has the fill that was faster than the cancel', async () => {
    const { h, deps } = buying;
    h.simulator.faults.script(faultSchema.parse({ on: 'cancel', kind: 'slow', ms: 400 }));
    const cancelled = buying.cancel();
    await met();
    await h.trade(95, 6);
    await cancelled;
    await met();
    await watchOnce(deps);
    expect([await buying.position(), buying.atVenue()]).toEqual(['10', '10']);
    expect(await buying.order()).toMatchObject({ state: 'filled', booked: '10' });
  });

  test('has no fill of a price that came after the cancel, and ends with what had filled', async () => {
    const { h, deps } = buying;
    await buying.cancel();
    await met();
    await h.trade(95, 6);
    await met();
    await watchOnce(deps);
    expect([await buying.position(), buying.atVenue()]).toEqual(['4', '4']);
    expect(await buying.order()).toMatchObject({ state: 'cancelled', booked: '4' });
  });

  test('has the end of a cancel whose answer was lost, and every fill before it', async () => {
    const { h, deps } = buying;
    h.simulator.faults.script(faultSchema.parse({ on: 'cancel', kind: 'lose' }));
    await buying.cancel();
    await met();
    await watchOnce(deps);
    expect(dec(await buying.position()).eq(buying.atVenue())).toBe(true);
    expect(await buying.order()).toMatchObject({ state: 'cancelled', booked: '4' });
  });
});
