import type { StoredFacts } from '../../database/trades';
import { decimalString as d } from '../../domain/money/decimal';
import type { TradeSpec } from '../../domain/trade/spec';
import { exitUpdate } from '../../temporal/messages/trade';
import { Stage } from '../support/stage';
import { heldAtVenue, summary } from '../support/venue-ledger';

describe('a trade that is entered ends completed', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open();
  });
  afterAll(() => stage.close());

  /** Runs a trade that the price alone brings to its end, and checks its books. */
  async function closedByPrice(prices: readonly number[], spec: Partial<TradeSpec> = {}): Promise<StoredFacts> {
    const scene = stage.scene();
    const tradeId = await stage.start(scene, spec);
    await stage.protected(tradeId);
    for (const price of prices) {
      scene.tape.set(price);
      await stage.until(tradeId, `aware of ${price}`, ({ phase, protection }) => {
        const seen = spec.trailing === undefined || protection?.best === String(price);
        return phase !== 'managing' || (seen && price !== prices.at(-1));
      });
    }
    return finished(tradeId);
  }

  /** The trade's end, of which venue and journal say the same: one entry, nothing working, nothing held. */
  async function finished(tradeId: string): Promise<StoredFacts> {
    const facts = await stage.ended(tradeId);
    expect(facts).toMatchObject({ outcome: 'completed', attention: null });
    expect(Number(facts.position)).toBe(0);
    const ledger = await stage.ledger(tradeId);
    expect(ledger.filter(({ leg }) => leg.startsWith('entry'))).toHaveLength(1);
    expect(ledger.filter(({ state }) => state === 'open')).toEqual([]);
    expect(heldAtVenue(ledger)).toBe(0);
    return facts;
  }

  async function profit(tradeId: string): Promise<number> {
    return Number((await stage.harness.row(tradeId)).pnl);
  }

  it.concurrent('when a person asks for the exit', async () => {
    const tradeId = await stage.start(stage.scene());
    await stage.protected(tradeId);
    const state = await stage.harness.handle(tradeId).executeUpdate(exitUpdate, { args: [{ by: 'tester' }] });
    expect(state).toMatchObject({ phase: 'managing', position: '10' });
    const facts = await finished(tradeId);
    expect(facts.outcomeCode).toBe('operator_exit');
    expect(summary(await stage.ledger(tradeId))).toEqual(['entry/1 filled', 'stop/1 cancelled', 'exit/1 filled']);
    // Spread, slippage and fees of both sides: 2 * (1 + 4 + 10) bp of 1,000 at an unchanged price.
    expect(await profit(tradeId)).toBeCloseTo(-3, 1);
    await expect(stage.harness.handle(tradeId).result()).resolves.toEqual({
      tradeId,
      outcome: 'completed',
      code: 'operator_exit',
    });
  });

  it.concurrent('at its take-profit', async () => {
    const facts = await closedByPrice([103], { takeProfitPrice: d('102') });
    expect(facts.outcomeCode).toBe('take-profit');
    expect(await profit(facts.tradeId)).toBeGreaterThan(20);
  });

  it.concurrent('when the price falls back from its best by the trailing amount', async () => {
    const facts = await closedByPrice([105, 103.9], { trailing: { amount: d('1') } });
    expect(facts.outcomeCode).toBe('trailing-stop');
    expect(facts.protection?.best).toBe('105');
    expect(await profit(facts.tradeId)).toBeGreaterThan(30);
  });

  it.concurrent('when it was bought as the price turned up, below where its stop would have lain', async () => {
    const scene = stage.scene();
    const tradeId = await stage.start(scene, {
      entry: { type: 'trailing-stop', trailAmount: d('4') },
      stopPrice: undefined,
      stopDistance: d('5'),
    } as never);
    const follows = (level: string) =>
      stage.until(tradeId, `following at ${level}`, ({ orders }) => orders[0]?.venueStopPrice === level);
    await follows('104');
    scene.tape.set(80);
    await follows('84');
    scene.tape.set(83);
    scene.tape.set(84);
    const held = await stage.protected(tradeId);
    // Bought at 84 and five basis points: 84.05 (84.042 on the tick), and the stop five below. Fixed at the beginning, it
    // would have lain at 95 or so, above all of it.
    expect(held).toMatchObject({ position: '10', protection: { stopPrice: '79.05' } });
    expect(held.protection).not.toHaveProperty('stopDistance');
    expect(held.orders.at(-1)).toMatchObject({ leg: 'stop', type: 'stop', stopPrice: '79.05', state: 'open' });
    scene.tape.set(79);
    const facts = await finished(tradeId);
    expect(facts.outcomeCode).toBe('stop');
    expect(facts.protection).toMatchObject({ stopPrice: '79.05' });
    expect(summary(await stage.ledger(tradeId))).toEqual(['entry/1 filled', 'stop/1 filled']);
  });

  it.concurrent('when the price falls back to its stop, which has trailed it at the venue', async () => {
    const facts = await closedByPrice([105, 103.9], { trailing: { amount: d('1'), native: true } });
    expect(facts.outcomeCode).toBe('trailing-stop');
    expect(facts.protection).not.toHaveProperty('fired');
    const stops = facts.orders.filter(({ leg }) => leg === 'stop');
    expect(stops).toMatchObject([{ type: 'trailing-stop', stopPrice: '95', venueStopPrice: '104', state: 'filled' }]);
    expect(summary(await stage.ledger(facts.tradeId))).toEqual(['entry/1 filled', 'stop/1 filled']);
  });

  it.concurrent('when its trailing stop has become a limit, and the price is within it', async () => {
    const facts = await closedByPrice([110, 107.7], { trailing: { bps: 200, native: true, limitOffset: d('0.2') } });
    expect(facts.outcomeCode).toBe('trailing-stop');
    const stop = facts.orders.find(({ leg }) => leg === 'stop');
    expect(stop).toMatchObject({ type: 'trailing-stop-limit', limitOffset: '0.2', venueStopPrice: '107.8' });
  });

  it.concurrent('when the price falls back from its best by the trailing share', async () => {
    const facts = await closedByPrice([110, 107.7], { trailing: { bps: 200 } });
    expect(facts.outcomeCode).toBe('trailing-stop');
  });

  it.concurrent('when its time is over', async () => {
    const tradeId = await stage.start(stage.scene(), { timeExitSeconds: 1 });
    const facts = await finished(tradeId);
    expect(facts.outcomeCode).toBe('time-exit');
    expect(summary(await stage.ledger(tradeId))).toEqual(['entry/1 filled', 'stop/1 cancelled', 'exit/1 filled']);
  });

  it.concurrent('when its stop is filled at the venue', async () => {
    const facts = await closedByPrice([94.99]);
    expect(facts.outcomeCode).toBe('stop');
    const [, stop] = await stage.ledger(facts.tradeId);
    expect(stop).toMatchObject({ leg: 'stop/1', state: 'filled' });
    expect(stop?.price).toBeLessThan(95);
    expect(stop?.price).toBeGreaterThan(94.9);
  });

  it.concurrent('when the price leaps over its stop, at the price that there is', async () => {
    const facts = await closedByPrice([80]);
    expect(facts.outcomeCode).toBe('stop');
    const [, stop] = await stage.ledger(facts.tradeId);
    expect(stop?.price).toBeLessThan(80);
    expect(await profit(facts.tradeId)).toBeLessThan(-200);
  });

  it.concurrent('with its stop leg at market when the price is beyond the stop as the entry fills', async () => {
    const scene = stage.scene();
    const tradeId = await stage.start(scene, { entry: { type: 'limit', price: d('99') }, stopPrice: d('98.5') });
    await stage.resting(tradeId);
    scene.tape.set(98);
    const facts = await finished(tradeId);
    expect(facts.outcomeCode).toBe('stop');
    const stop = facts.orders.find((o) => o.leg === 'stop');
    expect(stop).toMatchObject({ type: 'market', state: 'filled' });
  });

  it.concurrent('after an entry on a stop that the price reached', async () => {
    const scene = stage.scene();
    const tradeId = await stage.start(scene, { entry: { type: 'stop', stopPrice: d('101') } });
    await stage.resting(tradeId);
    scene.tape.set(101.5);
    await stage.protected(tradeId);
    scene.tape.set(94);
    expect((await finished(tradeId)).outcomeCode).toBe('stop');
  });

  it.concurrent('after an entry on a stop-limit that the price came back to', async () => {
    const scene = stage.scene();
    const entry = { type: 'stop-limit', stopPrice: d('101'), price: d('101.2') } as const;
    const tradeId = await stage.start(scene, { entry });
    await stage.resting(tradeId);
    scene.tape.set(103);
    await stage.untilLedger(tradeId, 'triggered above its limit', ([order]) => order?.triggered === true);
    scene.tape.set(101.1);
    await stage.protected(tradeId);
    const [order] = await stage.ledger(tradeId);
    expect(order?.price).toBeLessThanOrEqual(101.2);
    scene.tape.set(94);
    await finished(tradeId);
  });

  it.concurrent('when it is short and the price falls to its take-profit', async () => {
    const facts = await closedByPrice([97], { direction: 'short', stopPrice: d('105'), takeProfitPrice: d('98') });
    expect(facts.outcomeCode).toBe('take-profit');
    expect(facts.orders.map((o) => o.side)).toEqual(['sell', 'buy', 'buy']);
    expect(await profit(facts.tradeId)).toBeGreaterThan(20);
  });

  it.concurrent('when it is short and the price rises to its stop', async () => {
    const facts = await closedByPrice([106], { direction: 'short', stopPrice: d('105') });
    expect(facts.outcomeCode).toBe('stop');
    expect(await profit(facts.tradeId)).toBeLessThan(-50);
  });
});
