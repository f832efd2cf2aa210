import { judgeTrade } from './judge';
import type { VenueFillRow, VenueOrderRow } from './venue-record';

/** An order of the account; `id` is also the time at which it came, in seconds. */
function order(id: number, name: string, more: Partial<VenueOrderRow> = {}): VenueOrderRow {
  const side = name.startsWith('entry') ? 'buy' : 'sell';
  return {
    ...{ account: 'a', venueOrderId: id, clientOrderId: name, side, quantity: '2', type: 'market', state: 'filled' },
    ...{ receivedAt: id * 1_000, sequence: id + 1, endedAt: (id + 1) * 1_000 },
    ...more,
  };
}

function fill(venueOrderId: number, sequence: number, quantity = '2'): VenueFillRow {
  return { account: 'a', venueOrderId, sequence, quantity, at: sequence * 1_000 };
}

/** `entry/1`, `stop/2`: the tests name orders after their intent. */
function judge(orders: readonly VenueOrderRow[], fills: readonly VenueFillRow[]): ReturnType<typeof judgeTrade> {
  return judgeTrade({ orders, fills }, ({ clientOrderId }) => {
    const [leg = '', revision = '1'] = clientOrderId.split('/');
    return { tradeId: 'a:t', leg, revision: Number(revision) };
  });
}

const resting = { type: 'stop', state: 'cancelled' } as const;

describe('the judge of the venue’s tables', () => {
  it('finds nothing in a trade that entered, was protected and left', () => {
    const verdict = judge(
      [order(1, 'entry/1'), order(4, 'stop/1', { ...resting, sequence: 9, endedAt: 9_000 }), order(10, 'exit/1')],
      [fill(1, 2), fill(10, 11)],
    );
    expect(verdict).toEqual({
      ...{ entries: 1, duplicates: 0, oversold: false, flat: true },
      // Filled at 2 s, its stop came at 4 s; the stop left at 9 s, the exit came at 10 s.
      ...{ unprotected: 2_000, gap: 1_000 },
    });
  });

  it('counts a second entry, under the same id or as a later revision, and a second order of any intent', () => {
    const entries = [order(1, 'entry/1'), order(3, 'entry/1'), order(5, 'entry/2')];
    expect(judge(entries, [])).toMatchObject({ entries: 3, duplicates: 2 });
    expect(judge([order(1, 'stop/1'), order(3, 'stop/1'), order(5, 'stop/2')], [])).toMatchObject({ duplicates: 1 });
  });

  it('notices an exit beside a stop that still works, even when none of them fills too much', () => {
    const orders = [
      order(1, 'entry/1'),
      order(3, 'stop/1', { ...resting, sequence: 7, endedAt: 7_000 }),
      order(5, 'exit/1'),
    ];
    expect(judge(orders, [fill(1, 2), fill(5, 6)])).toMatchObject({ oversold: true, flat: true });
  });

  it('notices exits that are live before anything is held', () => {
    expect(judge([order(1, 'stop/1', { state: 'open' })], [])).toMatchObject({ oversold: true, flat: false });
  });

  it('a stop for a part leaves the position unprotected until the rest is covered', () => {
    const orders = [
      order(1, 'entry/1'),
      order(4, 'stop/1', { ...resting, quantity: '1.5', state: 'open' }),
      order(6, 'stop-2/1', { ...resting, quantity: '0.5', state: 'open' }),
    ];
    expect(judge(orders, [fill(1, 2)])).toMatchObject({ unprotected: 4_000, oversold: false, flat: false });
  });

  it('an entry that never filled was never unprotected', () => {
    const verdict = judge([order(1, 'entry/1', { state: 'cancelled' })], []);
    expect(verdict).toMatchObject({ entries: 1, unprotected: null, gap: 0, flat: true });
  });
});
