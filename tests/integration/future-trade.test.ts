import { readAccounts } from '../../database/registry-accounts';
import { dec, text, ZERO } from '../../domain/money/decimal';
import { DEFAULT_RISK_POLICY } from '../../domain/risk/policy';
import { exitUpdate } from '../../temporal/messages/trade';
import { amount, Harness } from '../support/harness';

/** What SIMF gains a point. */
const MULTIPLIER = 50;
/** Above two contracts, wherever the price swings around 100: the usual limit lies in the middle of the swing. */
const MAX_POSITION_NOTIONAL = amount('20000');

describe('a trade in a future at the paper venue', () => {
  let harness: Harness;

  beforeAll(async () => {
    harness = await Harness.openAlone({
      clock: { kind: 'live' },
      policy: { ...DEFAULT_RISK_POLICY, maxPositionNotional: MAX_POSITION_NOTIONAL },
    });
    await harness.work();
  });

  afterAll(() => harness.close());

  interface Sides {
    readonly booked: string;
    readonly venue: string;
    readonly position: string;
    readonly held: string;
  }

  /** Cash and contracts by our books and by the venue's own ledger. */
  async function sides(): Promise<Sides> {
    const { rows } = await harness.database.query<Sides>(
      `SELECT plain(cash_of(a)) AS booked, plain(b.cash) AS venue,
         plain(coalesce((SELECT quantity FROM account_positions p WHERE p.account = a.name AND p.instrument = 'SIMF'), 0)) AS position,
         plain(coalesce((SELECT quantity FROM paper.positions p WHERE p.account = a.name AND p.instrument = 'SIMF'), 0)) AS held
       FROM accounts a JOIN paper.books b ON b.account = a.name WHERE a.name = $1`,
      [harness.account],
    );
    const [row] = rows;
    if (row === undefined) throw new Error('no account');
    return row;
  }

  /** What the venue executed: signed contracts × price, and fees. */
  async function executed(): Promise<{ readonly points: string; readonly fees: string }> {
    const { rows } = await harness.database.query<{ side: string; quantity: string; price: string; fee: string }>(
      `SELECT o.side, f.quantity, f.price, f.fee FROM paper.fills f JOIN paper.orders o USING (account, venue_order_id) WHERE account = $1`,
      [harness.account],
    );
    const points = rows.reduce(
      (sum, { price, quantity, side }) =>
        sum.plus(
          dec(quantity)
            .mul(price)
            .mul(side === 'buy' ? -1 : 1),
        ),
      ZERO,
    );
    return { points: text(points), fees: text(rows.reduce((sum, { fee }) => sum.plus(fee), ZERO)) };
  }

  const enter = (key: string) =>
    harness.accept(key, { instrument: 'SIMF', direction: 'long', stopPrice: amount('95'), maxQuantity: amount('2') });

  it('is sized in contracts, booked as the venue books it, and makes what its points are worth less the fees', async () => {
    const tradeId = await enter('round-trip');
    const before = await harness.untilFacts(tradeId, 'protected', ({ orders }) =>
      orders.some((o) => o.leg === 'stop' && o.state === 'open'),
    );
    expect(before).toMatchObject({ position: '2', instrument: { id: 'SIMF', future: { multiplier: '50' } } });
    const open = await sides();
    expect([open.booked, open.position]).toEqual([open.venue, open.held]);
    const entry = await executed();
    // Two contracts around 100 are booked as 10,000; what is shown as cash has only paid the fee.
    expect(open.booked).toBe(text(dec(100_000).plus(dec(entry.points).mul(MULTIPLIER)).minus(entry.fees)));
    expect(Number(open.booked)).toBeLessThan(90_100);
    const [account] = await readAccounts(harness.database, harness.account);
    expect(account?.cash).toBe(text(dec(100_000).minus(entry.fees)));
    const [position] = account?.positions ?? [];
    expect(position?.value).toBe(text(dec(position?.notional ?? 0).plus(dec(entry.points).mul(MULTIPLIER))));

    await harness.handle(tradeId).executeUpdate(exitUpdate, { args: [{ by: 'test' }] });
    const ended = await harness.until(tradeId, 'ended', (row) => row.phase === 'ended');
    expect(ended).toMatchObject({ outcome: 'completed', attention: null });
    const { fees, points } = await executed();
    const made = dec(points).mul(MULTIPLIER).minus(fees);
    expect(text(dec(ended.pnl ?? 0))).toBe(text(made));
    expect(await sides()).toEqual({
      ...{ booked: text(dec(100_000).plus(made)), venue: text(dec(100_000).plus(made)) },
      ...{ position: '0', held: '0' },
    });
    // The control: without the multiplier the same executions would have made something else.
    expect(text(dec(points).minus(fees))).not.toBe(text(made));
  });

  it('exits by itself when its contract is to be left, and then no further one is entered', async () => {
    const tradeId = await enter('last-days');
    await harness.untilFacts(tradeId, 'protected', ({ orders }) =>
      orders.some((o) => o.leg === 'stop' && o.state === 'open'),
    );
    await harness.database.query(
      `UPDATE instruments SET last_trading_day = (clock_timestamp() AT TIME ZONE 'UTC')::date WHERE id = 'SIMF'`,
    );
    const ended = await harness.until(tradeId, 'ended', (row) => row.phase === 'ended');
    expect(ended).toMatchObject({ outcome: 'completed', attention: null });
    expect(await harness.trades.facts(tradeId)).toMatchObject({ outcomeCode: 'time-exit', position: '0' });
    const late = await enter('too-late');
    await harness.until(late, 'refused', (row) => row.phase === 'ended');
    expect(await harness.trades.facts(late)).toMatchObject({ outcome: 'rejected', outcomeCode: 'contract_ending' });
    const { booked, held, venue } = await sides();
    expect([booked, held]).toEqual([venue, '0']);
  });
});
