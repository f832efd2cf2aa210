import { watchQuote } from '../../database/registry-venues';
import type { MarketCalendar } from '../../domain/calendar/calendar';
import { instant } from '../../domain/clock/instant';
import { decimalString as d } from '../../domain/money/decimal';
import type { OrderTerms } from '../../domain/order/order';
import { cancelUpdate, exitUpdate, orderEventSignal } from '../../temporal/messages/trade';
import { IB_ACCOUNT as ACCOUNT, IbStage } from '../support/ib-stage';
import { reconcile } from '../support/reconcile-stage';
import { patiently, WorkerProcess } from '../support/worker-process';
import { writtenCalendar } from '../support/written-calendar';
import type { Span } from '../support/written-calendar';

const AAPL = 265598;
const BAND = 990000001;
const MINUTE = 60_000;

/**
 * The market of New York as it stands at 09:20: yesterday's session is over, today's begins in ten minutes. A test does
 * not wait for them: once no process of ours is left, the broker's clock is put forward to just before the open.
 */
let stage: IbStage;
let worker: WorkerProcess;
/** How far the broker's clock is ahead of ours. */
let ahead = 0;
/** By the broker's clock. */
const yesterday: Span = { open: 0, close: 0 };
const today: Span = { open: 0, close: 0 };

beforeAll(async () => {
  const now = Date.now();
  // Still open, so that the prices with which the simulator begins are yesterday's.
  Object.assign(yesterday, { open: now - 60 * MINUTE, close: now + MINUTE });
  Object.assign(today, { open: now + 10 * MINUTE, close: now + 400 * MINUTE });
  const instruments = ['AAPL', 'BAND'].map((symbol) => ({ symbol, calendar: 'AUCTION' }));
  stage = await IbStage.open(
    { instruments, timings: { validityWindow: 1_500, pollEvery: 500 } },
    {
      now: () => Date.now() + ahead,
      hours: writtenCalendar('AUCTION', [yesterday, today]),
      // Whoever takes part in an auction pays its price; after it, half a percent beyond the last one.
      costs: { halfSpreadBps: d('50'), slippageBps: d('0'), volumeShare: d('1') },
    },
  );
  yesterday.close = Date.now();
  const { databaseUrl, harness } = stage;
  const accounts = { accounts: [stage.document()] };
  worker = new WorkerProcess({ databaseUrl, harness, accounts, calendars: { calendars: [fileCalendar()] } });
});

afterAll(async () => {
  await worker.close();
  await stage.close();
});

/** The same session as a calendar file defines it, in a zone in which it does not end on another day. */
function fileCalendar(): object {
  const offset = 12 - new Date(today.open).getUTCHours();
  const clock = (at: number): string => new Date(at + offset * 60 * MINUTE).toISOString().slice(11, 19);
  const year = new Date(today.open).getUTCFullYear();
  return {
    ...{
      id: 'AUCTION',
      timeZone: `Etc/GMT${offset > 0 ? '-' : '+'}${Math.abs(offset)}`,
      source: 'https://example.com/hours',
    },
    ...{ firstYear: year - 1, lastYear: year + 1, open: clock(today.open), close: clock(today.close) },
    weekdays: ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'],
  };
}

/** The sessions by our clock. */
function ourCalendar(): MarketCalendar {
  const ours = (theirs: Span): Span => ({
    get open() {
      return theirs.open - ahead;
    },
    get close() {
      return theirs.close - ahead;
    },
  });
  return writtenCalendar('AUCTION', [ours(yesterday), ours(today)]);
}

const start = (
  key: string,
  instrument: string,
  entry: OrderTerms = { type: 'market' },
  whenClosed: 'reject' | 'wait' = 'wait',
): Promise<string> =>
  stage.harness.accept(key, {
    ...{ account: ACCOUNT, instrument, direction: 'long', stopPrice: d('80'), maxQuantity: d('10'), entry },
    ...{ timeInForce: 'OPG', whenClosed, validUntil: instant(Date.now() + 1_000 * MINUTE) },
  });

/** Lets a contract trade now. */
function trades(conId: number, price: number, volume: number): void {
  stage.simulator.tapes.get(conId)?.print(Date.now() + ahead, price, volume);
  stage.simulator.ledger.advance();
}

const exit = (tradeId: string): Promise<unknown> =>
  stage.harness.handle(tradeId).executeUpdate(exitUpdate, { args: [{ by: 'test' }] });

const ended = (tradeId: string) => stage.harness.until(tradeId, 'ended', ({ phase }) => phase === 'ended');

describe('trades for the opening auction', () => {
  it('rest at the broker through the death of every process, fill in it whole, in part or not, and are guarded and closed', async () => {
    const { harness, simulator } = stage;
    await worker.start();
    await patiently('the account does not open', async () => (await stage.quarantine()) === null);
    const whole = await start('whole', 'AAPL');
    await patiently('nothing is sent', () => stage.shown().length === 1);
    const low = await start('low', 'AAPL', { type: 'limit', price: d('90') });
    await patiently('nothing more is sent', () => stage.shown().length === 2);
    const part = await start('part', 'BAND');
    const resting = ['buy 10 MKT open', 'buy 10 LMT open', 'buy 10 MKT open'];
    await patiently('the third is not sent', () => stage.shown().length === 3);
    expect(stage.shown()).toEqual(resting);
    expect(simulator.ledger.orders.map(({ heldUntil, timeInForce }) => [timeInForce, heldUntil])).toEqual(
      Array.from({ length: 3 }, () => ['OPG', today.open]),
    );

    await worker.kill();
    await patiently('a line of ours is left', () => simulator.clientIds.length === 0);
    ahead = today.open - 3_000 - Date.now();
    await stage.work({}, { calendarOf: ourCalendar });
    await patiently('the market does not open', () => Date.now() + ahead > today.open + 10);
    expect(stage.shown()).toEqual(resting);
    expect(simulator.ledger.fills).toEqual([]);

    trades(AAPL, 103, 1_000_000);
    trades(BAND, 98, 4);
    expect(simulator.ledger.fills.map(({ price, quantity }) => `${quantity} at ${price}`)).toEqual([
      '10 at 103',
      '4 at 98',
    ]);
    expect(await stage.guarded(whole)).toMatchObject({ position: '10', attention: null });
    expect(await stage.guarded(part)).toMatchObject({ position: '4', attention: null });
    expect(await ended(low)).toMatchObject({ outcome: 'expired', detail: 'nothing filled' });
    expect(stage.shown().slice(0, 3)).toEqual(['buy 10 MKT filled', 'buy 10 LMT expired', 'buy 10 MKT expired']);
    const stops = stage.shown().slice(3);
    expect([...stops].sort()).toEqual(['sell 10 STP open', 'sell 4 STP open']);

    for (const tradeId of [whole, part]) {
      await exit(tradeId);
      expect(await ended(tradeId)).toMatchObject({ outcome: 'completed', code: 'operator_exit', position: '0' });
    }
    const { ours, theirs } = await stage.fills();
    expect(ours).toEqual(theirs);
    expect(ours).toHaveLength(4);
    expect(await reconcile(harness, ACCOUNT)).toMatchObject({ state: 'agreed', opened: 0 });
  }, 400_000);

  it('wait for the close where the session runs, and are sent for the next opening', async () => {
    const { harness, simulator } = stage;
    const before = stage.shown().length;
    const refused = await start('refused', 'AAPL', { type: 'market' }, 'reject');
    expect(await ended(refused)).toMatchObject({
      ...{ outcome: 'rejected', code: 'market_closed' },
      detail: expect.stringContaining('while the market is closed, and the session runs') as string,
    });
    const tradeId = await start('waits', 'AAPL');
    await harness.until(tradeId, 'awaiting the close', ({ phase }) => phase === 'awaiting-open');
    expect(stage.shown()).toHaveLength(before);
    // The last price before the close: it stays fresh through the night, however long that is.
    trades(AAPL, 104, 1_000_000);
    await harness.poll('the price does not come', async () => {
      const { price } = await watchQuote(harness.database, ACCOUNT, 'AAPL', 60);
      return price === '104';
    });
    yesterday.open = today.open;
    yesterday.close = Date.now() + ahead;
    Object.assign(today, { open: yesterday.close + 10 * MINUTE, close: yesterday.close + 400 * MINUTE });
    await harness.handle(tradeId).signal(orderEventSignal);
    await patiently('nothing is sent', () => stage.shown().length === before + 1);
    expect(simulator.ledger.orders.at(-1)).toMatchObject({ timeInForce: 'OPG', heldUntil: today.open, state: 'open' });
    await harness.handle(tradeId).executeUpdate(cancelUpdate, { args: [{ by: 'test' }] });
    expect(await ended(tradeId)).toMatchObject({ outcome: 'cancelled', position: '0' });
    expect(stage.shown().at(-1)).toBe('buy 10 MKT cancelled');
  }, 200_000);
});
