import { decimalString as d } from '../../domain/money/decimal';
import { ReplayStage } from '../support/replay-stage';

/**
 * Opens that are not where yesterday's was (https://www.nyse.com/markets/hours-calendars): the 3rd of July 2018 ended at
 * 17:00 UTC and the 4th had no session; clocks were changed on 11 March and on 4 November 2018, both Sundays.
 */
const CASES = {
  early: {
    closed: '2018-07-03T17:05:00Z',
    stillClosed: ['2018-07-03T19:00:00Z', '2018-07-04T15:00:00Z'],
    open: '2018-07-05T13:30:00.000Z',
    after: '2018-07-05T13:31:00Z',
  },
  spring: {
    closed: '2018-03-09T21:30:00Z',
    stillClosed: ['2018-03-12T13:29:30Z'],
    open: '2018-03-12T13:30:00.000Z',
    after: '2018-03-12T13:31:00Z',
  },
  autumn: {
    closed: '2018-11-02T20:30:00Z',
    // By Friday's clock the market would be open.
    stillClosed: ['2018-11-05T13:45:00Z'],
    open: '2018-11-05T14:30:00.000Z',
    after: '2018-11-05T14:31:00Z',
  },
} as const;

const POST_MARKET = '2018-02-05T21:30:00Z';

describe('a trade that waits for the open', () => {
  let stage: ReplayStage;
  beforeAll(async () => {
    const clocks: Record<string, { start: string }> = {};
    for (const [name, { closed }] of Object.entries(CASES)) clocks[name] = { start: closed };
    const post = { start: POST_MARKET };
    stage = await ReplayStage.open({ ...clocks, post, waits: post });
    await stage.harness.database.query("UPDATE instruments SET extended_hours = true WHERE id = 'US500'");
  });
  afterAll(() => stage.close());

  const waiting = (tradeId: string): Promise<unknown> =>
    stage.until(tradeId, 'awaiting the open', ({ phase }) => phase === 'awaiting-open');

  it.concurrent.each(Object.entries(CASES))('%s: enters at the real open and not before', async (account, moments) => {
    const tradeId = await stage.start(account, { stopPrice: d('2400') });
    await waiting(tradeId);
    for (const moment of moments.stillClosed) {
      await stage.moveClock(account, moment);
      const seen = await stage.until(tradeId, `awake at ${moment}`, ({ now }) => now >= moment.slice(0, 19));
      expect(seen.phase).toBe('awaiting-open');
      expect(await stage.ledger(tradeId)).toEqual([]);
    }
    await stage.moveClock(account, moments.after);
    await stage.guarded(tradeId);
    const [entry] = await stage.ledger(tradeId);
    expect(entry?.leg).toBe('entry/1');
    expect(entry?.marketAt.getTime()).toBeGreaterThanOrEqual(Date.parse(moments.open));
  });

  // The recorded prices end with the session: past the calendar's gate stands the age of the last price.
  it.concurrent('is let into the post-market with a limit order when it asked for that', async () => {
    const spec = { stopPrice: d('2400'), extendedHours: true, whenClosed: 'reject' } as const;
    const limit = await stage.start('post', { ...spec, entry: { type: 'limit', price: d('2650') } });
    expect(await stage.ended(limit)).toMatchObject({ outcome: 'rejected', outcomeCode: 'price_stale' });
    const market = await stage.start('post', spec);
    expect(await stage.ended(market)).toMatchObject({ outcome: 'rejected', outcomeCode: 'market_closed' });
  });

  it.concurrent('waits for the morning when it did not', async () => {
    const tradeId = await stage.start('waits', { stopPrice: d('2400'), entry: { type: 'limit', price: d('2650') } });
    await waiting(tradeId);
    expect(await stage.ledger(tradeId)).toEqual([]);
  });
});
