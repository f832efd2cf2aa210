import type { StoredFacts } from '../../database/trades';
import { instant } from '../../domain/clock/instant';
import { decimalString as d } from '../../domain/money/decimal';
import type { TradeOutcome } from '../../domain/trade/phase';
import type { TradeSpec } from '../../domain/trade/spec';
import { cancelUpdate } from '../../temporal/messages/trade';
import { ScriptedAnalysts } from '../support/scripted-analysts';
import { Stage } from '../support/stage';
import type { Scene } from '../support/stage';
import { summary } from '../support/venue-ledger';

describe('a trade that is never entered', () => {
  const analysts = new ScriptedAnalysts();
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open({ parts: { strategies: analysts.strategies } });
  });
  afterAll(async () => {
    analysts.release();
    await stage.close();
  });

  /** Waits for the end, which is to be this one, with these orders at the venue. */
  async function endsAs(
    tradeId: string,
    outcome: TradeOutcome,
    code: string,
    orders: readonly string[] = [],
  ): Promise<StoredFacts> {
    const facts = await stage.ended(tradeId);
    expect(facts).toMatchObject({ outcome, outcomeCode: code, attention: null, position: '0' });
    expect(summary(await stage.ledger(tradeId))).toEqual(orders);
    await expect(stage.harness.handle(tradeId).result()).resolves.toEqual({ tradeId, outcome, code });
    return facts;
  }

  const start = (spec: Partial<TradeSpec>, scene: Scene = stage.scene()): Promise<string> => stage.start(scene, spec);
  const cancel = (tradeId: string): Promise<unknown> =>
    stage.harness.handle(tradeId).executeUpdate(cancelUpdate, { args: [{ by: 'tester' }] });
  const farLimit = { type: 'limit', price: d('97') } as const;

  describe('ends without a trade', () => {
    it.concurrent('when the analyst is neutral', async () => {
      await endsAs(await start({ strategy: 'neutral' }), 'no-trade', 'neutral');
    });

    it.concurrent('when the analyst abstains, with its reason', async () => {
      const facts = await endsAs(await start({ strategy: 'abstains' }), 'no-trade', 'too_few_bars');
      expect(facts.signal).toMatchObject({ kind: 'abstained' });
    });

    it.concurrent('when the analysis fails for good: that is an abstention too', async () => {
      await endsAs(await start({ strategy: 'unheard-of' }), 'no-trade', 'analysis_failed');
    });
  });

  describe('ends rejected', () => {
    it.concurrent('when its stop is on the wrong side', async () => {
      await endsAs(await start({ stopPrice: d('105') }), 'rejected', 'stop_wrong_side');
    });

    it.concurrent('when its risk does not pay for a lot', async () => {
      await endsAs(await start({ maxQuantity: d('0.001') }), 'rejected', 'below_minimum');
    });

    it.concurrent('when a price is off the tick', async () => {
      await endsAs(await start({ entry: { type: 'limit', price: d('97.005') } }), 'rejected', 'tick');
    });

    it.concurrent('when the venue refuses the entry, with the code of the venue', async () => {
      const scene = stage.scene();
      stage.broker.fault(scene.instrument, {
        submit: () =>
          Promise.resolve({ kind: 'rejected', code: 'insufficient_funds', venueCode: '-2010', message: 'no money' }),
      });
      const facts = await endsAs(await start({}, scene), 'rejected', 'insufficient_funds');
      expect(facts.orders).toMatchObject([{ leg: 'entry', state: 'rejected', attempts: 1 }]);
    });

    it.concurrent('when a stop entry would trigger at once', async () => {
      const entry = { type: 'stop', stopPrice: d('99') } as const;
      await endsAs(await start({ entry }), 'rejected', 'would_trigger_immediately');
    });
  });

  describe('ends expired', () => {
    it.concurrent('when its entry did not fill within its time', async () => {
      const tradeId = await start({ entry: farLimit, unfilledTimeoutSeconds: 1 });
      await endsAs(tradeId, 'expired', 'unfilled_timeout', ['entry/1 cancelled']);
    });

    it.concurrent('when its validity ends while the entry rests', async () => {
      const tradeId = await start({ entry: farLimit, validUntil: instant(Date.now() + 3_000) });
      await endsAs(tradeId, 'expired', 'expired', ['entry/1 cancelled']);
    });

    it.concurrent('when its validity is over before risk is asked', async () => {
      const tradeId = await start({ validUntil: instant(Date.now() - 1) });
      const facts = await endsAs(tradeId, 'expired', 'expired');
      expect(facts.orders).toEqual([]);
    });

    it.concurrent('when the venue ends the order itself', async () => {
      const tradeId = await start({ entry: farLimit, timeInForce: 'IOC' });
      await endsAs(tradeId, 'expired', 'expired', ['entry/1 expired']);
    });
  });

  describe('ends cancelled', () => {
    it.concurrent('when it is cancelled while the analyst thinks', async () => {
      const tradeId = await start({ strategy: 'ponders' });
      await stage.until(tradeId, 'analysing', ({ phase }) => phase === 'analysing');
      await cancel(tradeId);
      const facts = await endsAs(tradeId, 'cancelled', 'cancelled');
      expect(facts.signal).toBeNull();
    });

    it.concurrent('when it is cancelled while its entry rests', async () => {
      const tradeId = await start({ entry: farLimit });
      await stage.resting(tradeId);
      await cancel(tradeId);
      await endsAs(tradeId, 'cancelled', 'cancelled', ['entry/1 cancelled']);
    });
  });

  it.concurrent('is managed when it was cancelled after a part of its entry had filled', async () => {
    const scene = stage.scene();
    const tradeId = await start({ entry: { type: 'limit', price: d('99') } }, scene);
    await stage.resting(tradeId);
    scene.tape.once(99, 4);
    await stage.until(tradeId, 'partly filled', ({ position }) => position === '4');
    await cancel(tradeId);
    const held = await stage.until(tradeId, 'guarded', ({ orders: [entry, stop] }) => {
      return entry?.state === 'cancelled' && stop?.state === 'open' && stop.quantity === '4';
    });
    expect(held).toMatchObject({ phase: 'managing', position: '4' });
    scene.tape.set(94);
    const ended = await stage.ended(tradeId);
    expect(ended).toMatchObject({ outcome: 'completed', outcomeCode: 'stop', position: '0' });
    const ledger = await stage.ledger(tradeId);
    expect(ledger.filter(({ filled }) => filled > 0).map(({ leg, filled }) => [leg, filled])).toEqual([
      ['entry/1', 4],
      ['stop/1', 4],
    ]);
  });
});
