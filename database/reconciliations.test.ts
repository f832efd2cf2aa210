import { instant } from '../domain/clock/instant';
import { dec, decimalString as d, text } from '../domain/money/decimal';
import type { ListedOrder } from '../domain/order/broker';
import type { ClientOrderId, Fill } from '../domain/order/order';
import type { OurBooks, VenueBooks } from '../domain/reconciliation/books';
import { compareBooks } from '../domain/reconciliation/compare';
import { keyOf } from '../domain/reconciliation/difference';
import { effectOf } from '../domain/reconciliation/effect';
import { addFutures } from '../tests/support/futures';
import { JournalLab, MONDAY } from '../tests/support/journal-desk';
import type { Desk } from '../tests/support/journal-desk';
import { openAlerts } from './alerts';
import { readLedger } from './ledger-reader';
import { acceptDifference, ReconciliationStore } from './reconciliations';
import type { AcceptanceAnswer, ReconciliationEnd } from './reconciliations';
import { findDifference, listDifferences } from './registry-reconciliations';
import { TripStore } from './trips';

let lab: JournalLab;
beforeAll(async () => {
  lab = await JournalLab.open();
});
afterAll(() => lab.close());

const PAIR = { baseAsset: 'EXA', quoteAsset: 'USD' };

/** A venue that has what we have: positions by instrument, and money. */
function mirror(ours: OurBooks): VenueBooks {
  const listed = ours.orders.map(
    ({ booked, clientOrderId, instrument, quantity, side, state, venueOrderId }): ListedOrder => {
      const works = state === 'open' || state === 'partial';
      return {
        ...{ clientOrderId, instrument, quantity, side, venueOrderId: venueOrderId ?? '', type: 'market' },
        ...{ state: works ? 'open' : 'filled', filledQuantity: booked, receivedAt: instant(MONDAY) },
      };
    },
  );
  return {
    orders: listed,
    absent: [],
    whole: ours.orders.map(({ clientOrderId }) => clientOrderId),
    fills: ours.fills.map(({ clientOrderId, ...fill }): Fill =>
      clientOrderId === null ? fill : { ...fill, clientOrderId: clientOrderId as ClientOrderId },
    ),
    balances: Object.entries(ours.cash).map(([asset, free]) => ({ asset, free, locked: d('0') })),
    positions: Object.entries(ours.positions).map(([instrument, quantity]) => ({ instrument, quantity })),
  };
}

/** The same venue after a fill that it alone knows, or without one (-1). */
function moved(venue: VenueBooks, fill: Fill, sign: 1 | -1 = 1): VenueBooks {
  const { money, units } = effectOf(fill, PAIR);
  const plus = (amount: string, change: string) => text(dec(amount).plus(dec(change).mul(sign)));
  const held = venue.positions ?? [];
  return {
    ...venue,
    balances: venue.balances.map((one) => ({ ...one, free: plus(one.free, money) })),
    positions: held.some(({ instrument }) => instrument === 'EXA')
      ? held.map((one) => ({ ...one, quantity: plus(one.quantity, units) }))
      : [...held, { instrument: 'EXA', quantity: plus('0', units) }],
  };
}

/** Compares a desk with a venue as the workflow does after its second look. */
async function compare(desk: Desk, venue: VenueBooks): Promise<ReconciliationEnd> {
  const store = new ReconciliationStore(lab.database);
  const id = await store.begin(desk.account, 'request', 'tester');
  const ours = await store.books(desk.account, venue);
  const { differences, pending, undetermined } = compareBooks(ours, venue, {
    // The desk's clock is a test's own.
    settledBefore: instant(MONDAY + 365 * 86_400_000),
    moved: false,
  });
  const compared = { orders: 0, fills: 0, holdings: 0 };
  const place = { cursor: '1', fillsAfter: 0, pending };
  const keys = differences.map(keyOf);
  return store.finish(desk.account, { id, looks: 2, compared, found: differences, seen: keys, undetermined, ...place });
}

/** A desk whose trade bought ten units at 100 with a stop that works, and its venue. */
async function trading(): Promise<{ desk: Desk; tradeId: string; venue: VenueBooks }> {
  const desk = await lab.desk();
  const tradeId = await desk.trade();
  await desk.entered(tradeId, 10);
  await desk.placed(desk.order(tradeId, 'stop', 'sell', 10, { terms: { type: 'stop', stopPrice: d('90') } }));
  await lab.database.query(
    `INSERT INTO marks (account, instrument, price, market_at) VALUES ($1, 'EXA', 101, clock_timestamp())`,
    [desk.account],
  );
  return { desk, tradeId, venue: mirror(await new ReconciliationStore(lab.database).books(desk.account)) };
}

async function openIds(desk: Desk): Promise<readonly number[]> {
  const { items } = await listDifferences(lab.database, { account: desk.account, state: 'open' }, { limit: 50 });
  return items.map(({ id }) => id).reverse();
}

function accept(id: number, price?: string): Promise<AcceptanceAnswer> {
  const why = { id, actor: 'ann', reason: 'seen in the statement' };
  return acceptDifference(lab.database, price === undefined ? why : { ...why, price: d(price) });
}

const stopOf = ({ orders }: VenueBooks): ListedOrder => {
  const stop = orders.find(({ side }) => side === 'sell');
  if (stop === undefined) throw new Error('no stop');
  return stop;
};
const fillOf = ({ fills }: VenueBooks): Fill => {
  const [fill] = fills;
  if (fill === undefined) throw new Error('no fill');
  return fill;
};

/** What a test plants at the venue, the kinds that it leads to, and what acceptance must have changed. */
const PLANTS: readonly {
  readonly what: string;
  readonly plant: (venue: VenueBooks) => VenueBooks;
  readonly kinds: readonly string[];
  readonly price?: string;
  readonly position: string;
  readonly ofTrade: string;
}[] = [
  {
    what: 'a fill of the stop that was never booked',
    plant: (venue) => {
      const stop = stopOf(venue);
      const fill: Fill = {
        ...{ venueFillId: 'lost', venueOrderId: stop.venueOrderId, instrument: 'EXA', side: 'sell', quantity: d('4') },
        ...{ price: d('90'), fee: d('0.5'), feeAsset: 'USD', liquidity: 'taker', marketAt: instant(MONDAY) },
      };
      const orders = venue.orders.map((one) => (one === stop ? { ...one, filledQuantity: d('4') } : one));
      return moved({ ...venue, orders, fills: [...venue.fills, fill] }, fill);
    },
    kinds: ['fill-missing'],
    position: '6',
    ofTrade: '6',
  },
  {
    what: 'a booked fill that the venue does not show',
    plant: (venue) => {
      const fill = fillOf(venue);
      const orders = venue.orders.map((one) => (one.side === 'buy' ? { ...one, filledQuantity: d('0') } : one));
      return moved({ ...venue, orders, fills: [] }, fill, -1);
    },
    kinds: ['fill-missing-at-venue'],
    position: '0',
    ofTrade: '10',
  },
  {
    what: 'a fill at another price',
    plant: (venue) => {
      const fill = fillOf(venue);
      const dearer = { ...fill, price: d('100.5'), fee: d('1') };
      return moved(moved({ ...venue, fills: [dearer] }, fill, -1), dearer);
    },
    kinds: ['fill-differs'],
    position: '10',
    ofTrade: '10',
  },
  {
    what: 'a stop that is not there',
    plant: (venue) => {
      const stop = stopOf(venue);
      return { ...venue, orders: venue.orders.filter((one) => one !== stop), absent: [stop.clientOrderId ?? ''] };
    },
    kinds: ['order-missing-at-venue'],
    position: '10',
    ofTrade: '10',
  },
  {
    what: 'a stop that has ended',
    plant: (venue) => ({
      ...venue,
      orders: venue.orders.map((one) => (one === stopOf(venue) ? { ...one, state: 'expired' as const } : one)),
    }),
    kinds: ['state'],
    position: '10',
    ofTrade: '10',
  },
  {
    what: 'units that the venue counts and shows no fill of',
    plant: (venue) => {
      const stop = stopOf(venue);
      return moved(
        { ...venue, orders: venue.orders.map((one) => (one === stop ? { ...one, filledQuantity: d('3') } : one)) },
        {
          ...{ venueFillId: 'x', venueOrderId: stop.venueOrderId, instrument: 'EXA', side: 'sell', quantity: d('3') },
          ...{ price: d('91'), fee: d('0'), feeAsset: 'USD', liquidity: 'taker', marketAt: instant(MONDAY) },
        },
      );
    },
    kinds: ['filled-quantity', 'balance', 'position'],
    price: '91',
    position: '7',
    ofTrade: '7',
  },
  {
    what: 'a withdrawal',
    plant: (venue) => ({
      ...venue,
      balances: [...venue.balances, { asset: 'USD', free: d('-250.01'), locked: d('0') }],
    }),
    kinds: ['balance'],
    position: '10',
    ofTrade: '10',
  },
  {
    what: 'units that came without a trade',
    plant: (venue) => ({ ...venue, positions: [...(venue.positions ?? []), { instrument: 'EXA', quantity: d('2') }] }),
    kinds: ['position'],
    position: '12',
    ofTrade: '10',
  },
  {
    what: 'an order of somebody else',
    plant: (venue) => ({
      ...venue,
      orders: [...venue.orders, { ...stopOf(venue), clientOrderId: null, venueOrderId: 'theirs' }],
    }),
    kinds: ['order-unknown-to-us'],
    position: '10',
    ofTrade: '10',
  },
];

describe.each(PLANTS)('$what', ({ kinds, ofTrade, plant, position, price }) => {
  it('is one difference for as long as nobody accepts it; accepted, both sides are equal', async () => {
    const { desk, tradeId, venue } = await trading();
    expect(await compare(desk, venue)).toEqual({ state: 'agreed', opened: 0, gone: 0 });
    const planted = plant(venue);
    expect(await compare(desk, planted)).toEqual({ state: 'differs', opened: kinds.length, gone: 0 });
    expect(await compare(desk, planted)).toEqual({ state: 'differs', opened: 0, gone: 0 });
    const { items } = await listDifferences(lab.database, { account: desk.account }, { limit: 50 });
    expect(items.map(({ kind }) => kind).sort()).toEqual([...kinds].sort());

    const [first = 0] = await openIds(desk);
    if (price !== undefined) expect(await accept(first)).toEqual({ result: 'price_required' });
    expect(await accept(first, price)).toMatchObject({ result: 'accepted' });
    expect(await accept(first, price)).toEqual({ result: 'not_open', state: 'accepted' });
    // What followed from the first is gone with it; what the venue keeps counting in its own way is accepted, too.
    await compare(desk, planted);
    for (const id of await openIds(desk)) expect(await accept(id)).toMatchObject({ result: 'accepted' });
    expect(await compare(desk, planted)).toEqual({ state: 'agreed', opened: 0, gone: 0 });

    const { rows } = await lab.database.query(
      `SELECT plain(quantity) AS position, plain(trade_position($2)) AS "ofTrade" FROM account_positions WHERE account = $1`,
      [desk.account, tradeId],
    );
    expect(rows).toEqual([{ position, ofTrade }]);
    expect(await findDifference(lab.database, first)).toMatchObject({
      closedBy: 'ann',
      reason: 'seen in the statement',
    });
    // The control: without the planted change the accepted corrections are differences themselves, where any were booked.
    const entries = await lab.database.query(`SELECT FROM ledger_entries WHERE account = $1 AND kind = 'correction'`, [
      desk.account,
    ]);
    const back = await compare(desk, venue);
    if (entries.rowCount !== 0) expect(back).toMatchObject({ state: 'differs' });
  });
});

describe('an open difference', () => {
  const deposit = (venue: VenueBooks): VenueBooks => ({
    ...venue,
    positions: [...(venue.positions ?? []), { instrument: 'EXA', quantity: d('1') }],
  });

  it('refuses what adds exposure in its instrument, and nothing that reduces; not in others', async () => {
    const { desk, tradeId, venue } = await trading();
    const other = await desk.trade('other', { instrument: 'EXB' });
    const second = await desk.trade('second');
    await compare(desk, deposit(venue));
    await expect(desk.trade('third')).rejects.toThrow('unreconciled');
    const entry = desk.order(second, 'entry', 'buy', 5);
    await desk.approve(entry, 5);
    expect(await desk.refusal(entry)).toBe('unreconciled');
    const elsewhere = desk.order(other, 'entry', 'buy', 5, { instrument: 'EXB' });
    await desk.approve(elsewhere, 5);
    expect(await desk.fence(elsewhere)).toMatchObject({ result: 'go' });
    await desk.report([
      desk.shown(
        desk.order(tradeId, 'stop', 'sell', 10, { terms: { type: 'stop', stopPrice: d('90') } }),
        'cancelled',
        0,
      ),
    ]);
    const exit = desk.order(tradeId, 'exit', 'sell', 10);
    expect(await desk.fence(exit)).toMatchObject({ result: 'go' });
    await desk.record(exit, { kind: 'acked', order: desk.shown(exit, 'open', 0), fills: [] });
    await desk.record(elsewhere, { kind: 'acked', order: desk.shown(elsewhere, 'open', 0), fills: [] });
    // The control: once it is gone, the same entry passes.
    await compare(desk, mirror(await new ReconciliationStore(lab.database).books(desk.account)));
    expect(await desk.fence(entry)).toMatchObject({ result: 'go' });
  });

  it('of an asset refuses every instrument that exchanges it', async () => {
    const { desk, venue } = await trading();
    await compare(desk, { ...venue, balances: [...venue.balances, { asset: 'USD', free: d('1'), locked: d('0') }] });
    await expect(desk.trade('usd', { instrument: 'EXB' })).rejects.toThrow('unreconciled');
    const portfolio = await desk.trades.portfolio(desk.account, '');
    expect(portfolio.unreconciled).toEqual(expect.arrayContaining(['EXA', 'EXB']));
  });

  it('alerts once with both sides, is counted by the trip, and ends with what it was about', async () => {
    const { desk, venue } = await trading();
    const trips = new TripStore(lab.database);
    const alerts = async () =>
      (await openAlerts(lab.database)).filter(({ cause }) => cause.includes(`:${desk.account}:`));
    expect((await trips.evidence(desk.account)).mismatches).toBe(0);
    await compare(desk, deposit(venue));
    await compare(desk, deposit(venue));
    expect(await alerts()).toMatchObject([
      {
        cause: `reconciliation:${desk.account}:EXA`,
        severity: 'critical',
        detail: { first: 'position position/EXA: ours 10, venue 11' },
      },
    ]);
    expect((await trips.evidence(desk.account)).mismatches).toBe(1);
    expect(await compare(desk, venue)).toEqual({ state: 'agreed', opened: 0, gone: 1 });
    expect(await alerts()).toEqual([]);
    expect((await trips.evidence(desk.account)).mismatches).toBe(0);
  });

  it('that came and went twice is two; rows neither change after their end nor are deleted', async () => {
    const { desk, venue } = await trading();
    for (const at of [deposit(venue), venue, deposit(venue), venue]) await compare(desk, at);
    const { items } = await listDifferences(lab.database, { account: desk.account }, { limit: 9 });
    expect(items.map(({ state }) => state)).toEqual(['gone', 'gone']);
    await expect(lab.database.query(`UPDATE reconciliation_differences SET state = 'open'`)).rejects.toThrow(
      'append-only',
    );
    await expect(lab.database.query('DELETE FROM reconciliations')).rejects.toThrow('append-only');
  });

  it('that nothing could be said about stays open, and one that could not be compared says so', async () => {
    const { desk, venue } = await trading();
    await compare(desk, deposit(venue));
    const store = new ReconciliationStore(lab.database);
    const id = await store.begin(desk.account, 'market', 'schedule');
    expect(await store.begin(desk.account, 'request', 'ann')).toBe(id);
    const compared = { orders: 0, fills: 0, holdings: 0 };
    const nothing = { id, looks: 1, compared, found: [], seen: [], cursor: '1', fillsAfter: 0, pending: false };
    const end = await store.finish(desk.account, { ...nothing, undetermined: ['position/EXA'] });
    expect(end).toEqual({ state: 'differs', opened: 0, gone: 0 });
    // A repeat after a crash changes nothing.
    expect(await store.finish(desk.account, { ...nothing, undetermined: [] })).toMatchObject({ gone: 0 });
    const next = await store.begin(desk.account, 'market', 'schedule');
    await store.fail(desk.account, next, 'the venue is away');
    const failed = (await openAlerts(lab.database)).filter(
      ({ cause }) => cause === `reconciliation-failed:${desk.account}`,
    );
    expect(failed).toMatchObject([{ severity: 'warning', detail: { failure: 'the venue is away' } }]);
    await compare(desk, deposit(venue));
    expect(
      (await openAlerts(lab.database)).filter(({ cause }) => cause === `reconciliation-failed:${desk.account}`),
    ).toEqual([]);
  });
});

describe('accounts', () => {
  it('are due by what they hold and trade; those that cannot be asked are left out', async () => {
    const { desk, venue } = await trading();
    const quiet = await lab.desk();
    await lab.database.query(`UPDATE accounts SET venue = 'paper' WHERE name = ANY ($1)`, [
      [desk.account, quiet.account],
    ]);
    const places = async () =>
      (await new ReconciliationStore(lab.database).places()).filter(({ account }) =>
        [desk.account, quiet.account].includes(account),
      );
    expect(await places()).toMatchObject([
      { account: desk.account, calendars: ['ALWAYS'], lastAt: null, moved: true },
      { account: quiet.account, calendars: [], lastAt: null, moved: false },
    ]);
    await compare(desk, venue);
    await lab.database.query(`UPDATE accounts SET quarantine = 'a test' WHERE name = $1`, [quiet.account]);
    expect(await places()).toMatchObject([{ account: desk.account, lastAt: expect.any(String) as string }]);
  });
});

describe('a future', () => {
  const store = () => new ReconciliationStore(lab.database);
  beforeAll(() => addFutures(lab.database));

  /** A desk that bought two contracts at 100, fifty dollars a point, marked at 103, and its venue. */
  async function holding(): Promise<{ desk: Desk; venue: VenueBooks }> {
    const desk = await lab.desk();
    const entry = desk.order(await desk.trade('one', { instrument: 'EXF50' }), 'entry', 'buy', 2, {
      instrument: 'EXF50',
    });
    await desk.approve(entry, 200);
    await desk.placed(entry, 'filled', 2);
    await lab.database.query(`INSERT INTO marks VALUES ($1, 'EXF50', 103, clock_timestamp())`, [desk.account]);
    return { desk, venue: mirror(await store().books(desk.account)) };
  }
  const cash = (venue: VenueBooks, free: string): VenueBooks => ({
    ...venue,
    balances: [{ asset: 'USD', free: d(free), locked: d('0') }],
  });

  it('that is held keeps the cash from being compared, whatever the venue has paid of its profit', async () => {
    const { desk, venue } = await holding();
    // Booked: 100000 − 2 × 100 × 50.
    expect(venue.balances).toMatchObject([{ asset: 'USD', free: '90000' }]);
    expect(await compare(desk, cash(venue, '100212.5'))).toEqual({ state: 'agreed', opened: 0, gone: 0 });
    expect(
      await compare(desk, { ...cash(venue, '1'), positions: [{ instrument: 'EXF50', quantity: d('3') }] }),
    ).toEqual({
      ...{ state: 'differs', opened: 1, gone: 0 },
    });
  });

  it('that the venue settled at its end is settled at the last price, and then the cash is compared again', async () => {
    const { desk, venue } = await holding();
    const settled = { ...cash(venue, '100300'), positions: [] };
    expect(await compare(desk, settled)).toMatchObject({ state: 'differs', opened: 1 });
    const [id = 0] = await openIds(desk);
    expect(await accept(id)).toMatchObject({ result: 'accepted' });
    // Three points of two contracts: 300, and no deposit; the control is the venue that paid a cent less.
    const books = await store().books(desk.account);
    expect(books.cash).toEqual({ USD: '100300' });
    const ledger = await readLedger(lab.database, desk.account);
    expect(ledger).toMatchObject({ deposited: { USD: '100000' }, positions: [{ quantity: '0', realised: '300' }] });
    expect(await compare(desk, settled)).toMatchObject({ state: 'agreed' });
    expect(await compare(desk, cash(settled, '100299.99'))).toMatchObject({ state: 'differs', opened: 1 });
  });
});
