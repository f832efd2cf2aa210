import type { Fill } from '../domain/order/order';
import { instant, millisOf } from '../domain/clock/instant';
import { dec, text } from '../domain/money/decimal';
import { createTestDatabase } from '../tests/support/database';
import { Harness } from '../tests/support/harness';

const START = '2018-07-10T13:25:00.000Z';

describe('an account in Postgres', () => {
  let harness: Harness;
  let drop: () => Promise<void>;
  let sequence = 0;

  beforeAll(async () => {
    const database = await createTestDatabase();
    drop = () => database.drop();
    const clock = { kind: 'replay', start: instant(millisOf(START)), speed: 28_800 } as const;
    const temporalAddress = process.env['TEST_TEMPORAL_ADDRESS'] ?? '';
    harness = await Harness.open({ databaseUrl: database.url, temporalAddress, clock });
  });

  afterAll(async () => {
    await harness.close();
    await drop();
  });

  const book = (side: 'buy' | 'sell', quantity: string, price: string): Promise<unknown> => {
    sequence += 1;
    const fill: Fill = {
      venueFillId: '1',
      venueOrderId: String(sequence),
      instrument: 'US500',
      side,
      quantity: text(dec(quantity)),
      price: text(dec(price)),
      fee: text(dec('0.5')),
      feeAsset: 'USD',
      liquidity: 'taker',
      marketAt: instant(millisOf(START) + 3_600_000),
    };
    return harness.journal.applyReport({
      venue: 'paper',
      account: harness.account,
      skewMs: 0,
      orders: [],
      fills: [fill],
    });
  };
  const rows = async (query: string): Promise<unknown> => (await harness.database.query(query, [harness.account])).rows;

  it('has the positions that its fills add up to', async () => {
    await book('buy', '3', '2790.25');
    await book('sell', '1.25', '2801.5');
    await book('sell', '1.75', '2799');
    const summed = 'instrument, plain(sum(position_change)) AS quantity, plain(sum(cash_change)) AS cash';
    const fromFills = await rows(`SELECT ${summed} FROM fills WHERE account = $1 GROUP BY instrument`);
    const kept = 'instrument, plain(quantity) AS quantity, plain(cash) AS cash';
    expect(await rows(`SELECT ${kept} FROM account_positions WHERE account = $1`)).toEqual(fromFills);
    // 1.25 * 2801.5 + 1.75 * 2799 - 3 * 2790.25, less three fees of 0.5
    expect(fromFills).toEqual([{ instrument: 'US500', quantity: '0', cash: '27.875' }]);
  });

  it('counts a loss of today once, and not again when its clock was turned back over the same day', async () => {
    const since = instant(millisOf('2018-07-10T00:00:00.000Z'));
    expect((await harness.trades.movedSince(harness.account, since)).cash).toBe('27.875');
    await harness.database.query("SELECT move_clock($1, '2018-07-12T13:25:00Z', false)", [harness.account]);
    expect((await harness.trades.movedSince(harness.account, since)).cash).toBe('27.875');
    await harness.database.query('SELECT move_clock($1, $2, true)', [harness.account, START]);
    expect((await harness.trades.movedSince(harness.account, since)).cash).toBe('0');
  });
});
