import { createVenueCommands } from '../../api/venue-commands';
import { openAlerts } from '../../database/alerts';
import { decimalString as d } from '../../domain/money/decimal';
import type { TradeSpec } from '../../domain/trade/spec';
import type { IbSimulator } from '../../simulators/ib/simulator';
import { exitUpdate } from '../../temporal/messages/trade';
import type { Harness } from '../support/harness';
import { IB_ACCOUNT as ACCOUNT, IbStage } from '../support/ib-stage';

const AAPL = 265598;

let stage: IbStage;
let harness: Harness;
let simulator: IbSimulator;
let stop: () => Promise<void>;
/** How far the gateway's clock, and with it the market's, is ahead of ours. */
let ahead = 0;
/** What the market trades at, once a second: a price that nobody trades at goes stale. */
let price = 100;
let trading: NodeJS.Timeout;

beforeAll(async () => {
  // A test runs at any hour: the simulated market is always open, and so is the calendar.
  const instruments = ['AAPL', 'NONE'].map((symbol) => ({ symbol, calendar: 'ALWAYS' }));
  stage = await IbStage.open({ instruments }, { now: () => Date.now() + ahead });
  ({ harness, simulator } = stage);
  trading = setInterval(trade, 1_000);
  stop = await stage.work();
});

afterAll(async () => {
  clearInterval(trading);
  await stage.close();
});

const shown = (): readonly string[] => stage.shown();

async function start(key: string, spec: Partial<TradeSpec> = {}): Promise<string> {
  await stage.priced('AAPL', price);
  return harness.accept(key, {
    ...{ account: ACCOUNT, instrument: 'AAPL', direction: 'long', stopPrice: d('95'), maxQuantity: d('10') },
    ...spec,
  });
}

/** Stops the process, and waits until the gateway has let go of its client ids. */
async function leave(): Promise<void> {
  await stop();
  await stage.released();
}

function trade(): void {
  simulator.tapes.get(AAPL)?.print(Date.now() + ahead, price, 1_000_000);
  simulator.ledger.advance();
}

/** Lets the market trade at a price from now on. */
async function tradesAt(other: number): Promise<void> {
  price = other;
  for (let print = 0; print < 2; print += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    trade();
  }
}

const cashRows = async (): Promise<string> => {
  const { rows } = await harness.database.query<{ fees: string }>(
    'SELECT coalesce(sum(fee), 0)::text AS fees FROM fills WHERE account = $1',
    [ACCOUNT],
  );
  return rows[0]?.fees ?? '';
};

describe('an account at Interactive Brokers', () => {
  it('opens, is told of what is ambiguous, and finds the contracts of a symbol', async () => {
    await stage.opened();
    const found = await createVenueCommands(harness.client).findContracts({ account: ACCOUNT, text: 'aapl' });
    if (found.kind !== 'answered') throw new Error(found.kind);
    expect(found.result?.map(({ conId, currency }) => [conId, currency])).toEqual([
      [265598, 'USD'],
      [38708077, 'MXN'],
      [273982664, 'CHF'],
    ]);
    const [alert] = await openAlerts(harness.database);
    expect(alert).toMatchObject({ cause: `venue-setup:${ACCOUNT}`, severity: 'warning' });
    expect(alert?.detail['notices']).toContain('NONE: TWS knows no such contract');
  });
});

describe('the trade workflow, unchanged, at the simulated gateway of Interactive Brokers', () => {
  it('buys once, keeps a good-till-cancelled stop there, sells all when a person says so, and leaves nothing working', async () => {
    await stage.opened();
    const tradeId = await start('ib-one');
    const { attention, position } = await stage.guarded(tradeId);
    expect({ attention, position }).toEqual({ attention: null, position: '10' });
    expect(shown()).toEqual(['buy 10 MKT filled', 'sell 10 STP open']);
    expect(simulator.ledger.orders[1]).toMatchObject({ timeInForce: 'GTC' });
    await harness.handle(tradeId).executeUpdate(exitUpdate, { args: [{ by: 'test' }] });
    const ended = await harness.until(tradeId, 'ended', ({ phase }) => phase === 'ended');
    expect(ended).toMatchObject({ outcome: 'completed', code: 'operator_exit' });
    expect(shown()).toEqual(['buy 10 MKT filled', 'sell 10 STP cancelled', 'sell 10 MKT filled']);
    // The commissions that the broker charged, and nothing else, are in the books.
    const charged = simulator.ledger.fills.reduce((sum, { commission }) => sum + Number(commission), 0);
    await harness.poll('the commissions are not booked', async () => Number(await cashRows()) === charged, cashRows);
  });

  it('keeps the stop while every process of ours is dead, and books what it filled meanwhile once, when one is back', async () => {
    const tradeId = await start('ib-two');
    await stage.guarded(tradeId);
    await leave();
    expect(shown().slice(3)).toEqual(['buy 10 MKT filled', 'sell 10 STP open']);
    await tradesAt(94);
    expect(shown().slice(3)).toEqual(['buy 10 MKT filled', 'sell 10 STP filled']);
    stop = await stage.work();
    const ended = await harness.until(tradeId, 'ended', ({ phase }) => phase === 'ended');
    expect(ended).toMatchObject({ outcome: 'completed' });
    expect(shown()).toHaveLength(5);
    const facts = await harness.trades.facts(tradeId);
    expect(facts.position).toBe('0');
  });

  it('lets its stop trail at the gateway, through a correction and the death of every process of ours', async () => {
    await tradesAt(100);
    const before = shown().length;
    const own = () => simulator.ledger.orders.slice(before);
    const tradeId = await start('ib-trailing', { trailing: { amount: d('5'), native: true } });
    await stage.guarded(tradeId);
    expect(own()[1]).toMatchObject({ type: 'TRAIL', auxPrice: '5', trailStopPrice: '95', timeInForce: 'GTC' });
    const reached = (level: string) =>
      harness.untilFacts(tradeId, `its stop at ${level}`, ({ orders }) =>
        orders.some(({ leg, state, venueStopPrice }) => leg === 'stop' && state === 'open' && venueStopPrice === level),
      );
    await tradesAt(120);
    await reached('115');
    // The price has come back a little when the venue says that less was bought: the stop is replaced, and not loosened.
    await tradesAt(117);
    const bought = simulator.ledger.fills.find(({ permId }) => permId === own()[0]?.permId);
    simulator.ledger.correct(bought?.id ?? '', { quantity: d('9') });
    await harness.untilFacts(tradeId, 'its stop replaced', ({ orders }) =>
      orders.some(({ leg, revision, state }) => leg === 'stop' && revision === 2 && state === 'open'),
    );
    expect(own().at(-1)).toMatchObject({ type: 'TRAIL', quantity: '9', trailStopPrice: '115', state: 'open' });
    await tradesAt(130);
    await leave();
    await tradesAt(125.01);
    expect(shown().at(-1)).toBe('sell 9 TRAIL open');
    await tradesAt(125);
    expect(shown().at(-1)).toBe('sell 9 TRAIL filled');
    stop = await stage.work();
    const ended = await harness.until(tradeId, 'ended', ({ phase }) => phase === 'ended');
    expect(ended).toMatchObject({ outcome: 'completed', code: 'trailing-stop', position: '0' });
    expect(shown().slice(before)).toEqual(['buy 10 MKT filled', 'sell 10 TRAIL cancelled', 'sell 9 TRAIL filled']);
    const { rows } = await harness.database.query<{ units: string; price: string }>(
      'SELECT quantity::text AS units, price::text FROM fills WHERE trade_id = $1 AND side = $2 AND quantity > 0',
      [tradeId, 'sell'],
    );
    expect(rows.map(({ price: at, units }) => `${Number(units)} at ${Number(at)}`)).toEqual([
      // 125 less the five basis points that a market order pays here.
      '9 at 124.93',
    ]);
  });

  it('keeps an order back for the daily restart, in a wait that outlives its process, and places it once afterwards', async () => {
    await tradesAt(100);
    const before = shown().length;
    await leave();
    // The restart is due within the minute: its two minutes before have begun.
    const soon = new Date(Date.now() + 60_000).toISOString().slice(11, 16);
    stop = await stage.work({ dailyRestart: soon, timeZone: 'UTC' });
    const tradeId = await start('ib-window');
    const keptBack = async (): Promise<number> => {
      const { rows } = await harness.database.query<{ count: number }>(
        `SELECT count(*)::integer AS count FROM order_attempts a JOIN orders o USING (client_order_id)
         WHERE o.trade_id = $1 AND a.state = 'not-sent' AND a.detail LIKE '%daily restart%'`,
        [tradeId],
      );
      return rows[0]?.count ?? 0;
    };
    let row = await harness.row(tradeId);
    await harness.poll(
      'nothing is kept back',
      async () => {
        row = await harness.row(tradeId);
        return (await keptBack()) >= 2;
      },
      () => row,
    );
    expect(shown()).toHaveLength(before);
    await leave();
    expect(await harness.row(tradeId)).toMatchObject({ phase: 'executing', outcome: null });
    stop = await stage.work();
    await stage.guarded(tradeId);
    expect(shown().slice(before)).toEqual(['buy 10 MKT filled', 'sell 10 STP open']);
    await harness.handle(tradeId).executeUpdate(exitUpdate, { args: [{ by: 'test' }] });
    await harness.until(tradeId, 'ended', ({ phase }) => phase === 'ended');
  });

  it('has its books right after the gateway was away for half an hour, in which the stop filled', async () => {
    const before = shown().length;
    const tradeId = await start('ib-away');
    await stage.guarded(tradeId);
    simulator.breakConnections(true);
    await harness.poll('a line is left', () => Promise.resolve(simulator.clientIds.length === 0), shown);
    ahead += 15 * 60_000;
    await tradesAt(94);
    ahead += 15 * 60_000;
    expect(shown().slice(before)).toEqual(['buy 10 MKT filled', 'sell 10 STP filled']);
    expect(await harness.row(tradeId)).toMatchObject({ phase: 'managing', position: '10' });
    simulator.breakConnections();
    const ended = await harness.until(tradeId, 'ended', ({ phase }) => phase === 'ended');
    expect(ended).toMatchObject({ outcome: 'completed', position: '0' });
    expect(shown()).toHaveLength(before + 2);
    const { ours, theirs } = await stage.fills();
    expect(ours).toEqual(theirs);
  });
});
