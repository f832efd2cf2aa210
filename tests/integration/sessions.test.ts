import { decimalString as d } from '../../domain/money/decimal';
import type { TradeSpec } from '../../domain/trade/spec';
import { cancelUpdate, exitUpdate, haltSignal } from '../../temporal/messages/trade';
import { ReplayStage } from '../support/replay-stage';
import { heldAtVenue, summary } from '../support/venue-ledger';

/**
 * Prices of the index (bundled): 2018-02-05 opened at 2741.06, closed at 2648.94 and never fell below 2638.17; the next
 * day opened at 2614.78 and closed at 2695.14. Sessions are from 14:30 to 21:00 UTC.
 */
const BEFORE_OPEN = '2018-02-05T14:00:00Z';
const IN_SESSION = '2018-02-05T20:30:00Z';
const AFTER_CLOSE = '2018-02-05T21:30:00Z';
const NEXT_OPEN = '2018-02-06T14:30:00.000Z';
const NEXT_SESSION = '2018-02-06T15:00:00Z';
const NEXT_CLOSE = '2018-02-06T21:30:00Z';
/** The last session of the bundled prices ends on 2020-04-17 at 20:00 UTC; the close was 2874.56. */
const LAST_SESSION = '2020-04-17T19:30:00Z';
const AFTER_ALL = '2020-04-17T20:00:01Z';

describe('a trade and the sessions of its market', () => {
  let stage: ReplayStage;
  beforeAll(async () => {
    stage = await ReplayStage.open({
      refused: { start: BEFORE_OPEN },
      cancelled: { start: BEFORE_OPEN },
      halted: { start: BEFORE_OPEN },
      gap: { start: IN_SESSION },
      'exit-closed': { start: IN_SESSION },
      'time-closed': { start: IN_SESSION },
      timeout: { start: IN_SESSION },
      day: { start: IN_SESSION },
      'ended-held': { start: LAST_SESSION },
      'ended-unheld': { start: LAST_SESSION },
      'ended-waiting': { start: LAST_SESSION },
    });
  });
  afterAll(() => stage.close());

  async function awaiting(account: string, spec: Partial<TradeSpec> = {}): Promise<string> {
    const tradeId = await stage.start(account, { stopPrice: d('2500'), ...spec });
    await stage.until(tradeId, 'awaiting the open', ({ phase }) => phase === 'awaiting-open');
    return tradeId;
  }

  async function held(account: string, spec: Partial<TradeSpec>): Promise<string> {
    const tradeId = await stage.start(account, spec);
    await stage.guarded(tradeId);
    return tradeId;
  }

  /** The end, with nothing left of it at the venue. */
  async function completes(tradeId: string, code: string): Promise<void> {
    expect(await stage.ended(tradeId)).toMatchObject({ outcome: 'completed', outcomeCode: code, attention: null });
    const ledger = await stage.ledger(tradeId);
    expect(ledger.filter(({ state }) => state === 'open')).toEqual([]);
    expect(heldAtVenue(ledger)).toBe(0);
  }

  const exit = (tradeId: string): Promise<unknown> =>
    stage.harness.handle(tradeId).executeUpdate(exitUpdate, { args: [{ by: 'tester' }] });

  it.concurrent('is rejected in a closed market unless it was asked to wait, naming the next open', async () => {
    const tradeId = await stage.start('refused', { stopPrice: d('2500'), whenClosed: 'reject' });
    expect(await stage.ended(tradeId)).toMatchObject({ outcome: 'rejected', outcomeCode: 'market_closed', orders: [] });
    expect((await stage.harness.row(tradeId)).detail).toContain('nextOpen 2018-02-05T14:30:00.000Z');
  });

  it.concurrent('can be cancelled while it waits for the open', async () => {
    const tradeId = await awaiting('cancelled');
    await stage.harness.handle(tradeId).executeUpdate(cancelUpdate, { args: [{ by: 'tester' }] });
    expect(await stage.ended(tradeId)).toMatchObject({ outcome: 'cancelled', orders: [] });
  });

  it.concurrent('can be halted while it waits for the open', async () => {
    const tradeId = await awaiting('halted');
    await stage.harness.handle(tradeId).signal(haltSignal, { epoch: 1, reason: 'a test' });
    expect(await stage.ended(tradeId)).toMatchObject({ outcome: 'halted', halted: true, orders: [] });
  });

  it.concurrent('is stopped out at the open after a night over which the price leapt past its stop', async () => {
    const tradeId = await held('gap', { stopPrice: d('2630') });
    await stage.moveClock('gap', NEXT_SESSION);
    await completes(tradeId, 'stop');
    const stop = (await stage.ledger(tradeId)).find(({ leg }) => leg === 'stop/1');
    // The first print of the day, less half spread and slippage of 5 bp, on the tick: 2614.78 * 0.9995 = 2613.47.
    expect(stop).toMatchObject({ state: 'filled', price: 2613.47 });
  });

  it.concurrent('waits for the open with an exit that is asked for in a closed market, its stop standing', async () => {
    const tradeId = await held('exit-closed', { stopPrice: d('2500') });
    await stage.moveClock('exit-closed', AFTER_CLOSE);
    await exit(tradeId);
    const { workflowId } = stage.harness.handle(tradeId);
    await stage.harness.poll('the exit does not wait', async () => {
      const { raw } = await stage.harness.client.workflow.getHandle(workflowId).describe();
      return (raw.pendingActivities ?? []).length === 0;
    });
    expect(summary(await stage.ledger(tradeId))).toEqual(['entry/1 filled', 'stop/1 open']);
    await stage.moveClock('exit-closed', NEXT_SESSION);
    await completes(tradeId, 'operator_exit');
    const ledger = await stage.ledger(tradeId);
    expect(summary(ledger)).toEqual(['entry/1 filled', 'stop/1 cancelled', 'exit/1 filled']);
    expect(ledger.at(-1)?.marketAt.getTime()).toBeGreaterThanOrEqual(Date.parse(NEXT_OPEN));
  });

  it.concurrent('leaves at the open when its time is over in the night', async () => {
    const tradeId = await held('time-closed', { stopPrice: d('2500'), timeExitSeconds: 3_600 });
    await stage.moveClock('time-closed', AFTER_CLOSE);
    await stage.until(tradeId, 'over its time', ({ protection }) => protection?.fired === 'time-exit');
    expect(summary(await stage.ledger(tradeId))).toEqual(['entry/1 filled', 'stop/1 open']);
    await stage.moveClock('time-closed', NEXT_SESSION);
    await completes(tradeId, 'time-exit');
  });

  it.concurrent('counts the time of its resting entry in market time', async () => {
    const entry = { type: 'limit', price: d('2600') } as const;
    const spec = { stopPrice: d('2500'), entry, unfilledTimeoutSeconds: 1_200 };
    const tradeId = await stage.start('timeout', spec);
    await stage.until(tradeId, 'resting', ({ orders: [order] }) => order?.state === 'open');
    await stage.moveClock('timeout', '2018-02-05T20:55:00Z');
    expect(await stage.ended(tradeId)).toMatchObject({ outcome: 'expired', outcomeCode: 'unfilled_timeout' });
    expect(summary(await stage.ledger(tradeId))).toEqual(['entry/1 cancelled']);
  });

  it.concurrent('ends when the venue ends its entry with the day', async () => {
    const entry = { type: 'limit', price: d('2600') } as const;
    const tradeId = await stage.start('day', { stopPrice: d('2500'), entry, timeInForce: 'DAY' });
    await stage.until(tradeId, 'resting', ({ orders: [order] }) => order?.state === 'open');
    await stage.moveClock('day', NEXT_CLOSE);
    expect(await stage.ended(tradeId)).toMatchObject({ outcome: 'expired', position: '0' });
    expect(summary(await stage.ledger(tradeId))).toEqual(['entry/1 expired']);
  });

  it.concurrent('is closed at the last close when the recorded prices end', async () => {
    const tradeId = await held('ended-held', { stopPrice: d('2500') });
    await stage.moveClock('ended-held', AFTER_ALL);
    await completes(tradeId, 'replay_ended');
    const exited = (await stage.ledger(tradeId)).at(-1);
    // 2874.56 less 5 bp, on the tick: 2873.12.
    expect(exited).toMatchObject({ leg: 'exit/1', state: 'filled', price: 2873.12 });
  });

  it.concurrent('expires when the recorded prices end before its entry has filled', async () => {
    const entry = { type: 'limit', price: d('2600') } as const;
    const tradeId = await stage.start('ended-unheld', { stopPrice: d('2500'), entry });
    await stage.until(tradeId, 'resting', ({ orders: [order] }) => order?.state === 'open');
    await stage.moveClock('ended-unheld', AFTER_ALL);
    expect(await stage.ended(tradeId)).toMatchObject({ outcome: 'expired', position: '0' });
    expect(summary(await stage.ledger(tradeId))).toEqual(['entry/1 cancelled']);
  });

  it.concurrent('expires when it waits for an open after the recorded prices have ended', async () => {
    await stage.moveClock('ended-waiting', AFTER_ALL);
    const tradeId = await stage.start('ended-waiting', { stopPrice: d('2500') });
    expect(await stage.ended(tradeId)).toMatchObject({
      outcome: 'expired',
      outcomeCode: 'replay_ended',
      orders: [],
    });
  });
});
