import { FAILPOINTS } from '../../activities/execution/ports';
import type { Failpoint } from '../../activities/execution/ports';
import { exitUpdate } from '../../temporal/messages/trade';
import { ScriptedAnalysts } from '../support/scripted-analysts';
import { Stage } from '../support/stage';
import { heldAtVenue } from '../support/venue-ledger';

describe('an activity that breaks between two of its effects', () => {
  const broken = new Map<Failpoint, number>();
  /** Breaks the first two activities that come to each point. */
  const failpoint = (name: Failpoint): void => {
    const times = (broken.get(name) ?? 0) + 1;
    broken.set(name, times);
    if (times <= 2) throw new Error(`broken ${name}`);
  };
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open({ parts: { failpoint, strategies: new ScriptedAnalysts().strategies } });
  });
  afterAll(() => stage.close());

  it('is tried again, at every such point, and each trade has one entry and ends with its books in order', async () => {
    const trades = await Promise.all(Array.from({ length: 5 }, () => stage.start(stage.scene(), { strategy: 'long' })));
    for (const tradeId of trades) {
      await stage.protected(tradeId);
      await stage.harness.handle(tradeId).executeUpdate(exitUpdate, { args: [{ by: 'tester' }] });
    }
    for (const tradeId of trades) {
      expect(await stage.ended(tradeId)).toMatchObject({ outcome: 'completed', outcomeCode: 'operator_exit' });
      const ledger = await stage.ledger(tradeId);
      expect(ledger.filter(({ leg }) => leg.startsWith('entry'))).toHaveLength(1);
      expect(ledger.filter(({ state }) => state === 'open')).toEqual([]);
      expect(heldAtVenue(ledger)).toBe(0);
    }
    expect([...broken.keys()].sort()).toEqual([...FAILPOINTS].sort());
  });
});
