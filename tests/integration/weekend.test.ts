import { instant } from '../../domain/clock/instant';
import { decimalString as d } from '../../domain/money/decimal';
import { ReplayStage } from '../support/replay-stage';
import { summary } from '../support/venue-ledger';

/**
 * The weekend of Martin Luther King's day 2018 (15 January), on which the NYSE was closed
 * (https://www.nyse.com/markets/hours-calendars): from Friday's close at 21:00 UTC to Tuesday's open at 14:30 UTC.
 */
const FRIDAY_EVENING = '2018-01-12T21:30:00Z';
const HOLIDAY = '2018-01-15T17:00:00Z';
const TUESDAY_OPEN = '2018-01-16T14:30:00.000Z';
const WEDNESDAY = '2018-01-17T15:00:00Z';
/** Below every price of the days after: Tuesday's low was 2768.64. */
const STOP = d('2700');

describe('a trade that waits over a weekend with a holiday while no worker lives', () => {
  let stage: ReplayStage;
  beforeAll(async () => {
    const friday = { start: FRIDAY_EVENING };
    stage = await ReplayStage.open({
      running: { start: FRIDAY_EVENING, speed: 40_000 },
      holiday: friday,
      overtaken: friday,
      late: friday,
      halted: friday,
    });
  });
  afterAll(() => stage.close());

  /** Orders that reached the venue before the market opened. */
  async function earlySends(): Promise<number> {
    const { rows } = await stage.harness.database.query<{ early: number }>(
      'SELECT count(*)::integer AS early FROM paper.orders WHERE market_at < $1',
      [TUESDAY_OPEN],
    );
    return rows[0]?.early ?? -1;
  }

  const waiting = (tradeId: string): Promise<unknown> =>
    stage.until(tradeId, 'awaiting the open', ({ phase }) => phase === 'awaiting-open');

  it('enters after the open of the next session and not before, if everything still holds then', async () => {
    const accounts = ['running', 'holiday', 'overtaken', 'late', 'halted'] as const;
    const [running, holiday, overtaken, late, halted] = await Promise.all(
      accounts.map((account) =>
        stage.start(account, {
          stopPrice: account === 'overtaken' ? d('2799.5') : STOP,
          // Its Tuesday lasts half a second, which a busy machine may miss.
          ...(account === 'running' ? { validUntil: instant(Date.parse('2018-01-26T21:00:00Z')) } : {}),
        }),
      ),
    );
    if (!running || !holiday || !overtaken || !late || !halted) throw new Error('five trades were started');
    await Promise.all([running, holiday, overtaken, late, halted].map(waiting));
    expect(await stage.harness.row(holiday)).toMatchObject({ phase: 'awaiting-open' });
    await stage.stopWorkers();

    // What the world does meanwhile.
    await stage.moveClock('holiday', HOLIDAY);
    await stage.moveClock('overtaken', HOLIDAY);
    await stage.moveClock('halted', HOLIDAY);
    await stage.moveClock('late', WEDNESDAY);
    await stage.harness.database.query(
      `SELECT engage_halt('account:halted', 'reduce-only', false, 'a test', 'tester')`,
    );
    await stage.startWorkers();

    // The market is open again, but the validity was the end of the first session after Friday evening.
    expect(await stage.ended(late)).toMatchObject({ outcome: 'expired', outcomeCode: 'expired', orders: [] });

    // A holiday is no session, however often it is looked at; the clock that runs takes its trade to Tuesday.
    await stage.guarded(running);
    for (const tradeId of [holiday, overtaken, halted]) {
      expect(await stage.harness.row(tradeId)).toMatchObject({ phase: 'awaiting-open', outcome: null });
      expect(await stage.ledger(tradeId)).toEqual([]);
    }

    for (const account of ['holiday', 'overtaken', 'halted']) await stage.moveClock(account, '2018-01-16T14:31:00Z');
    const held = await stage.guarded(holiday);
    expect(held.position).toBe('2');
    // Tuesday opened at 2798.96, below the stop of this one: what was fine on Friday is refused.
    expect(await stage.ended(overtaken)).toMatchObject({ outcome: 'rejected', outcomeCode: 'stop_wrong_side' });
    expect(await stage.ended(halted)).toMatchObject({ outcome: 'halted', position: '0' });

    for (const tradeId of [running, holiday]) {
      const [entry, stop] = await stage.ledger(tradeId);
      expect(summary(entry && stop ? [entry, stop] : [])).toEqual(['entry/1 filled', 'stop/1 open']);
      expect(entry?.marketAt.getTime()).toBeGreaterThanOrEqual(Date.parse(TUESDAY_OPEN));
    }
    for (const tradeId of [overtaken, late, halted]) expect(await stage.ledger(tradeId)).toEqual([]);
    expect(await earlySends()).toBe(0);
  });
});
