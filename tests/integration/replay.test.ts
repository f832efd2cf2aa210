import { instant } from '../../domain/clock/instant';
import { timelineQuery } from '../../temporal/messages/trade';
import { ReplayStage } from '../support/replay-stage';
import { heldAtVenue, summary } from '../support/venue-ledger';

/** Five minutes before the open of a day on which the rules have a view; a day of the market lasts three seconds. */
const START = '2018-07-10T13:25:00Z';
const OPEN = Date.parse('2018-07-10T13:30:00Z');
const SPEED = 28_800;
const DAY = 86_400;

describe('a trade of the technical rules on a clock that replays the past', () => {
  let stage: ReplayStage;
  beforeAll(async () => {
    stage = await ReplayStage.open({ replay: { start: START, speed: SPEED } });
  });
  afterAll(() => stage.close());

  it('waits for the open, is protected, is held for days and leaves in time; the clock stands before and after', async () => {
    const { harness } = stage;
    // A session lasts less than a second: a busy machine may miss the first one.
    const validUntil = instant(OPEN + 7 * DAY * 1_000);
    const tradeId = await stage.start('replay', { strategy: 'technical', timeExitSeconds: 3 * DAY, validUntil });
    const held = await stage.guarded(tradeId);
    expect(held.signal).toMatchObject({ kind: 'directional', direction: 'long' });
    expect(Number(held.protection?.stopPrice)).toBeLessThan(2788.56);

    const ended = await stage.ended(tradeId);
    expect(ended).toMatchObject({ outcome: 'completed', outcomeCode: 'time-exit', attention: null });
    await harness.handle(tradeId).result();

    const ledger = await stage.ledger(tradeId);
    expect(heldAtVenue(ledger)).toBe(0);
    expect(summary(ledger)).toEqual(['entry/1 filled', 'stop/1 cancelled', 'exit/1 filled']);
    const [entry, , exit] = ledger;
    expect(entry?.marketAt.getTime()).toBeGreaterThanOrEqual(OPEN);
    const heldFor = ((exit?.marketAt.getTime() ?? 0) - (entry?.marketAt.getTime() ?? 0)) / 1_000;
    expect(heldFor).toBeGreaterThanOrEqual(3 * DAY);

    const phases = (await harness.handle(tradeId).query(timelineQuery)).map(({ phase }) => phase);
    expect(phases.slice(0, 4)).toEqual(['accepted', 'analysing', 'checking-risk', 'awaiting-open']);
    expect(phases.slice(-5)).toEqual(['checking-risk', 'executing', 'managing', 'exiting', 'ended']);

    expect(await marketTimes(tradeId)).toEqual(Array.from({ length: 4 }, () => '2018-07-10T13:25:00.000Z'));
    const before = await stage.now('replay');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await stage.now('replay')).toBe(before);
  });

  /** The market times of the first four phases: the clock stands until the trade waits. */
  async function marketTimes(tradeId: string): Promise<readonly string[]> {
    const { rows } = await stage.harness.database.query<{ at: string }>(
      `SELECT iso(market_at) AS at FROM trade_events WHERE trade_id = $1 AND kind = 'phase' ORDER BY id LIMIT 4`,
      [tradeId],
    );
    return rows.map(({ at }) => at);
  }
});
