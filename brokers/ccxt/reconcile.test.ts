import { setTimeout as sleep } from 'node:timers/promises';
import { lookAtBooks } from '../../activities/reconciliation/look-at-books';
import type { Look } from '../../activities/reconciliation/look-at-books';
import { openDatabase } from '../../database/pool';
import { ReconciliationStore } from '../../database/reconciliations';
import { instant } from '../../domain/clock/instant';
import { decimalString as d } from '../../domain/money/decimal';
import type { ClientOrderId } from '../../domain/order/order';
import { SIMULATED_VENUES } from '../../simulators/exchange/start';
import { createTestDatabase } from '../../tests/support/database';
import { ExchangeHarness } from '../../tests/support/exchange-harness';
import { executionDeps } from '../../tests/support/execution-desk';

describe.each(SIMULATED_VENUES)('an account at %s', (venue) => {
  it('agrees with its venue, and an order of somebody else is the one difference: its fill explains the balances', async () => {
    const h = await ExchangeHarness.open(venue);
    const { url, drop } = await createTestDatabase();
    const database = openDatabase(url, { max: 4 });
    try {
      const [base, quote] = h.instrument.split('/');
      await database.query(
        `INSERT INTO instruments (id, description, calendar, feed, base_asset, quote_asset) VALUES ($1, $1, 'ALWAYS', 'venue', $2, $3)`,
        [h.instrument, base, quote],
      );
      await database.query(
        `INSERT INTO accounts (name, venue, mode, currency, opening_cash, policy) VALUES ('main', $1, 'live', $2, 10000, '{}')`,
        [venue, quote],
      );
      await database.query(
        `INSERT INTO account_clocks (account, kind, market_time) VALUES ('main', 'live', clock_timestamp())`,
      );
      await database.query(
        `INSERT INTO listings (account, instrument, tick, lot, min_quantity, min_notional, max_base_fee_rate)
         VALUES ('main', $1, 0.01, 0.01, 0.01, 1, 0)`,
        [h.instrument],
      );
      const deps = {
        ...executionDeps(database, 'main', h.broker, 'test'),
        reconciliations: new ReconciliationStore(database),
      };
      await h.trade(100);
      expect((await lookAtBooks(deps)).differences).toEqual([]);
      await h.another().submit(
        {
          ...{ clientOrderId: 'f'.repeat(32) as ClientOrderId, account: 'main', instrument: h.instrument, side: 'buy' },
          ...{ quantity: d('1'), terms: { type: 'limit', price: d('101') }, timeInForce: 'GTC' },
        },
        { validUntil: instant(Date.now() + 10_000), stillValid: () => Promise.resolve(true) },
      );
      await h.trade(100);
      // Young fills are on their way for as long as the venue's queries and clock may be late.
      let look: Look = await lookAtBooks(deps);
      for (let tries = 0; tries < 60 && look.differences.length === 0; tries += 1) {
        await sleep(500);
        look = await lookAtBooks(deps);
      }
      expect(look.differences).toMatchObject([{ kind: 'fill-unknown', ours: null, venue: '1' }]);
    } finally {
      await database.end();
      await drop();
      await h.close();
    }
  });
});
