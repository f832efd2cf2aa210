import { BTC, ExchangeStage } from '../support/exchange-stage';
import type { ExchangeStageOptions } from '../support/exchange-stage';

const open: ExchangeStage[] = [];
async function openStage(options: ExchangeStageOptions = {}): Promise<ExchangeStage> {
  const stage = await ExchangeStage.open(options);
  open.push(stage);
  return stage;
}
afterEach(async () => {
  for (const stage of open.splice(0)) await stage.close();
});

describe('an account at an exchange', () => {
  it('opens by itself when its venue answers, and trades without a restart', async () => {
    const stage = await openStage({ prepare: (exchange) => (exchange.away = true) });
    await stage.quarantine('waiting for its venue', (text) => text?.includes('not answered yet') ?? false);
    await stage.harness.poll('the outage is not told', async () => {
      const { rows } = await stage.harness.database.query<{ problem: string | null }>(
        `SELECT problems ->> 'contact' AS problem FROM venue_snapshots WHERE account = $1`,
        [stage.account],
      );
      return rows[0]?.problem === 'the venue is away';
    });
    stage.exchange.away = false;
    await stage.free();
    const { rows } = await stage.harness.database.query<{ cash: string; tick: string }>(
      `SELECT plain(opening_cash) AS cash, (SELECT plain(tick) FROM listings WHERE account = name) AS tick
       FROM accounts WHERE name = $1`,
      [stage.account],
    );
    expect(rows).toEqual([{ cash: '100000', tick: BTC.tick }]);
    const facts = await stage.protected(await stage.start());
    expect(facts.instrument).toEqual(BTC);
    expect(facts.position).toBe('10');
  });
});
