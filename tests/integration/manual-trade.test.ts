import { amount, Harness } from '../support/harness';
import { cancelUpdate, exitUpdate } from '../../temporal/messages/trade';

describe('a manual trade on the synthetic market', () => {
  let harness: Harness;

  beforeAll(async () => {
    harness = await Harness.openAlone({ clock: { kind: 'live' } });
    await harness.work();
  });

  afterAll(() => harness.close());

  it('enters at market, is protected by a stop, leaves on request and ends completed', async () => {
    const tradeId = await harness.accept('simple', { instrument: 'SIM', direction: 'long', stopPrice: amount('95') });
    const before = await harness.untilFacts(tradeId, 'protected', ({ orders }) =>
      orders.some((o) => o.leg === 'stop' && o.state === 'open'),
    );
    expect(before.phase).toBe('managing');
    expect(Number(before.position)).toBeGreaterThan(0);
    expect(before.orders.map((o) => [o.leg, o.side, o.type, o.state])).toEqual([
      ['entry', 'buy', 'market', 'filled'],
      ['stop', 'sell', 'stop', 'open'],
    ]);
    await harness.handle(tradeId).executeUpdate(exitUpdate, { args: [{ by: 'test' }] });
    const ended = await harness.until(tradeId, 'ended', (row) => row.phase === 'ended');
    expect(ended).toMatchObject({ outcome: 'completed', attention: null, position: '0' });
    const after = await harness.trades.facts(tradeId);
    expect(after.orders.map((o) => [o.leg, o.state])).toEqual([
      ['entry', 'filled'],
      ['stop', 'cancelled'],
      ['exit', 'filled'],
    ]);
    expect(Number(ended.pnl)).toBeLessThan(0);
    await expect(harness.handle(tradeId).result()).resolves.toMatchObject({ outcome: 'completed' });
  });

  it('a limit that does not fill is cancelled on request and ends cancelled', async () => {
    const tradeId = await harness.accept('limit', {
      instrument: 'SIM',
      direction: 'long',
      stopPrice: amount('85'),
      entry: { type: 'limit', price: amount('90') },
    });
    await harness.until(tradeId, 'resting', (row) => row.phase === 'executing');
    await harness.handle(tradeId).executeUpdate(cancelUpdate, { args: [{ by: 'test' }] });
    const ended = await harness.until(tradeId, 'ended', (row) => row.phase === 'ended');
    expect(ended).toMatchObject({ outcome: 'cancelled', position: '0' });
  });
});
