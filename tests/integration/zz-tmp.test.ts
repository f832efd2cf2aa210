import { createTestDatabase } from '../support/database';
import { amount, Harness } from '../support/harness';
import { cancelUpdate, exitUpdate } from '../../temporal/messages/trade';

describe('a manual trade on the synthetic market', () => {
  let harness: Harness;
  let drop: () => Promise<void>;

  beforeAll(async () => {
    const database = await createTestDatabase();
    drop = () => database.drop();
    harness = await Harness.open({
      databaseUrl: database.url,
      temporalAddress: process.env['TEST_TEMPORAL_ADDRESS'] ?? '',
      clock: { kind: 'live' },
    });
    await harness.work();
  });

  afterAll(async () => {
    await harness.close();
    await drop();
  });

  it('leaves by time', async () => {
    const tradeId = await harness.accept('timed', { instrument: 'SIM', direction: 'long', stopPrice: amount('95.00'), timeExitSeconds: 1, trailing: { bps: 5000 } });
    const ended = await harness.until(tradeId, 'ended', (row) => row.phase === 'ended');
    expect(ended).toMatchObject({ outcome: 'completed', code: 'time-exit' });
    const facts = await harness.trades.facts(tradeId);
    console.log(JSON.stringify(facts.protection), facts.orders.map((o) => [o.leg, o.revision, o.state, o.type]));
    await harness.trades.updateProtection(tradeId, { stopPrice: amount('95'), fired: 'stop' });
  });
});
