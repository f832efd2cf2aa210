import { instant } from '../domain/clock/instant';
import { decimalString } from '../domain/money/decimal';
import { JournalLab, MONDAY } from '../tests/support/journal-desk';
import type { Desk } from '../tests/support/journal-desk';
import { moveClockForward } from './registry-accounts';

let lab: JournalLab;
let desk: Desk;
beforeAll(async () => {
  lab = await JournalLab.open();
});
afterAll(() => lab.close());
/** A replay clock that stands at MONDAY and runs 60 market seconds a real second. */
beforeEach(async () => {
  await lab.setClock(MONDAY);
  desk = await lab.desk();
});

const LEASE_MS = 1_000;
const marketNow = async (): Promise<number> => {
  const { rows } = await desk.database.query<{ now: string }>('SELECT iso(market_now($1)) AS now', [desk.account]);
  return Date.parse(rows[0]?.now ?? '');
};
const extend = async (): Promise<number> => Date.parse(await desk.trades.extendClock(desk.account, LEASE_MS));
const end = (trade: string) =>
  desk.trades.end(trade, { outcome: 'cancelled', code: null, detail: null, dust: decimalString('0') });

describe('a replay clock', () => {
  it('stands without an open trade, however often it is extended', async () => {
    await extend();
    await lab.wait(5_000);
    expect(await extend()).toBe(MONDAY);
  });

  it.each(['accepted', 'analysing', 'checking-risk', 'awaiting-approval'] as const)(
    'stands while a trade is %s',
    async (phase) => {
      const trade = await desk.trade();
      if (phase !== 'accepted') await desk.trades.advance(trade, phase, {});
      await extend();
      await lab.wait(500);
      expect(await marketNow()).toBe(MONDAY);
    },
  );

  it.each(['awaiting-open', 'executing', 'managing', 'exiting', 'reconciling'] as const)(
    'runs at its speed while a trade is %s',
    async (phase) => {
      await desk.trades.advance(await desk.trade(), phase, {});
      await extend();
      await lab.wait(500);
      expect(await marketNow()).toBe(MONDAY + 30_000);
    },
  );

  it('runs no longer than it was extended for, and never jumps when it is extended late', async () => {
    await desk.trades.advance(await desk.trade(), 'managing', {});
    await extend();
    await lab.wait(10_000);
    expect(await marketNow()).toBe(MONDAY + 60_000);
    expect(await extend()).toBe(MONDAY + 60_000);
    await lab.wait(100);
    expect(await marketNow()).toBe(MONDAY + 66_000);
  });

  it('stands from the moment an order is sent until its outcome is known, and never goes back', async () => {
    const trade = await desk.trade();
    const entry = desk.order(trade, 'entry', 'buy', 1);
    await desk.approve(entry, 1);
    await desk.trades.advance(trade, 'executing', {});
    await extend();
    await lab.wait(100);
    await desk.fence(entry);
    const stood = MONDAY + 6_000;
    await extend();
    await lab.wait(100);
    expect(await marketNow()).toBe(stood);
    await desk.record(entry, { kind: 'unknown', message: 'no answer' });
    await extend();
    await lab.wait(100);
    expect(await marketNow()).toBe(stood);
    await desk.report([desk.shown(entry, 'open', 0)]);
    // Evidence alone lets nothing run: that is the watcher's business.
    await lab.wait(100);
    expect(await marketNow()).toBe(stood);
    await extend();
    await lab.wait(100);
    expect(await marketNow()).toBe(stood + 6_000);
  });

  it('stops when a new trade is accepted and when the last one ends', async () => {
    const first = await desk.trade('one');
    await desk.trades.advance(first, 'managing', {});
    await extend();
    await lab.wait(100);
    const second = await desk.trade('two');
    await lab.wait(100);
    expect(await marketNow()).toBe(MONDAY + 6_000);
    await end(second);
    await extend();
    await lab.wait(100);
    await end(first);
    await lab.wait(100);
    expect(await marketNow()).toBe(MONDAY + 12_000);
  });

  it('stands, and does not go back, when the machine’s clock is set back', async () => {
    await desk.trades.advance(await desk.trade(), 'managing', {});
    await extend();
    await lab.wait(100);
    await extend();
    await lab.setClock(MONDAY - 3_600_000);
    expect(await marketNow()).toBe(MONDAY + 6_000);
    expect(await extend()).toBe(MONDAY + 6_000);
  });

  it('is moved forward only, in a flat account without an open trade', async () => {
    const later = instant(MONDAY + 86_400_000);
    expect(await moveClockForward(desk.database, desk.account, later)).toBe('moved');
    expect(await marketNow()).toBe(MONDAY + 86_400_000);
    expect(await moveClockForward(desk.database, desk.account, instant(MONDAY))).toBe('clock_goes_back');
    const trade = await desk.trade();
    expect(await moveClockForward(desk.database, desk.account, later)).toBe('account_not_flat');
    await desk.entered(trade, 1);
    await desk.placed(desk.order(trade, 'exit', 'sell', 1), 'filled', 1);
    await end(trade);
    expect(await moveClockForward(desk.database, desk.account, later)).toBe('moved');
    expect(await moveClockForward(desk.database, 'nobody', later)).toBe('unknown_account');
  });
});

describe('a live clock', () => {
  it('shows real time, whatever is open, and is not moved', async () => {
    await desk.database.query(`UPDATE account_clocks SET kind = 'live' WHERE account = $1`, [desk.account]);
    await desk.trade();
    await lab.wait(1_234);
    expect(await marketNow()).toBe(MONDAY + 1_234);
    expect(await extend()).toBe(MONDAY + 1_234);
    expect(await moveClockForward(desk.database, desk.account, instant(MONDAY + 9_999))).toBe('clock_is_live');
  });
});
