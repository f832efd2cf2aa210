import * as fc from 'fast-check';
import { instant } from '../clock/instant';
import type { Instant } from '../clock/instant';
import { dec, decimalString as d, text } from '../money/decimal';
import type { ListedOrder } from '../order/broker';
import type { Fill } from '../order/order';
import type { InFlight, OurBooks, OurFill, OurOrder, TradedPair, VenueBooks } from './books';
import { compareBooks } from './compare';
import { describeDifference, DIFFERENCE_KINDS, keyOf, seenTwice } from './difference';
import type { Difference, DifferenceKind } from './difference';
import { effectOf } from './effect';

const NOW = Date.UTC(2026, 0, 5, 15);
const at = (seconds: number): Instant => instant(NOW + seconds * 1_000);
const QUIET: InFlight = { settledBefore: at(0), moved: false };
const PAIRS: Readonly<Record<string, TradedPair>> = {
  'BTC/USDT': { baseAsset: 'BTC', quoteAsset: 'USDT' },
  'ETH/USDT': { baseAsset: 'ETH', quoteAsset: 'USDT' },
  'ETH/BTC': { baseAsset: 'ETH', quoteAsset: 'BTC' },
};
const INSTRUMENTS = Object.keys(PAIRS);
const pairOf = (instrument: string): TradedPair => PAIRS[instrument] ?? { baseAsset: '', quoteAsset: '' };

/** Both sides of one account that agree. */
interface Sides {
  readonly ours: OurBooks;
  readonly venue: VenueBooks;
}

/** One order with its fills: what a plan of random numbers becomes. */
interface PlannedOrder {
  readonly instrument: number;
  readonly buy: boolean;
  readonly works: boolean;
  readonly fills: readonly {
    readonly quantity: number;
    readonly price: number;
    readonly fee: number;
    readonly feeIn: number;
  }[];
}

const plannedOrder: fc.Arbitrary<PlannedOrder> = fc.record({
  instrument: fc.nat({ max: 2 }),
  buy: fc.boolean(),
  works: fc.boolean(),
  fills: fc.array(
    fc.record({
      quantity: fc.integer({ min: 1, max: 500 }),
      price: fc.integer({ min: 1, max: 9_000_000 }),
      fee: fc.nat({ max: 99 }),
      feeIn: fc.nat({ max: 2 }),
    }),
    { maxLength: 3 },
  ),
});

function orderOf(planned: PlannedOrder, n: number): { order: OurOrder; listed: ListedOrder; fills: readonly Fill[] } {
  const instrument = INSTRUMENTS[planned.instrument] ?? '';
  const { baseAsset, quoteAsset } = pairOf(instrument);
  const clientOrderId = `c${n}`;
  const venueOrderId = `v${n}`;
  const side = planned.buy ? 'buy' : 'sell';
  const fills = planned.fills.map(({ quantity, price, fee, feeIn }, index): Fill => {
    const feeAsset = [baseAsset, quoteAsset, 'BNB'][feeIn] ?? '';
    return {
      ...{
        venueFillId: String(index),
        venueOrderId,
        instrument,
        side,
        feeAsset,
        liquidity: 'taker',
        marketAt: at(-60),
      },
      quantity: text(dec(quantity).div(1_000)),
      price: text(dec(price).div(100)),
      fee: text(dec(fee).div(10_000)),
    };
  });
  const booked = text(fills.reduce((sum, { quantity }) => sum.plus(quantity), dec(0)));
  const quantity = text(dec(booked).plus(planned.works ? 1 : 0));
  const about = { clientOrderId, venueOrderId, instrument, side, quantity } as const;
  return {
    order: { ...about, booked, state: planned.works ? (fills.length > 0 ? 'partial' : 'open') : 'cancelled' },
    listed: {
      ...{ ...about, type: 'limit', filledQuantity: booked, receivedAt: at(-70) },
      state: planned.works ? 'open' : 'cancelled',
    },
    fills,
  };
}

/** Equal books; the venue counts balances, or positions and money. */
function sides(plan: readonly PlannedOrder[], byPosition: boolean): Sides {
  const made = plan.map(orderOf);
  const fills = made.flatMap((one) => one.fills);
  const cash: Record<string, string> = { USDT: '10000' };
  const positions: Record<string, string> = {};
  const add = (sums: Record<string, string>, name: string, value: string): void => {
    sums[name] = text(dec(sums[name] ?? '0').plus(value));
  };
  for (const fill of fills) {
    const { instrument, money, quoteAsset, third, thirdAsset, units } = effectOf(fill, pairOf(fill.instrument));
    add(cash, quoteAsset, money);
    add(positions, instrument, units);
    if (thirdAsset !== null) add(cash, thirdAsset, third);
  }
  const assets = { ...cash };
  if (!byPosition)
    for (const [instrument, units] of Object.entries(positions)) add(assets, pairOf(instrument).baseAsset, units);
  const owned = made.flatMap(({ fills: own, order }): OurFill[] =>
    own.map((fill) => ({ ...fill, clientOrderId: order.clientOrderId, bookedAt: at(-50) })),
  );
  return {
    ours: {
      account: 'main',
      orders: made.map(({ order }) => order),
      fills: owned,
      cash: cash as OurBooks['cash'],
      positions: positions as OurBooks['positions'],
      instruments: PAIRS,
      accepted: [],
    },
    venue: {
      orders: made.map(({ listed }) => listed),
      absent: [],
      whole: made.map(({ order }) => order.clientOrderId),
      fills,
      balances: Object.entries(assets).map(([asset, amount]) => ({ asset, free: d(amount), locked: d('0') })),
      ...(byPosition
        ? { positions: Object.entries(positions).map(([instrument, units]) => ({ instrument, quantity: d(units) })) }
        : {}),
    },
  };
}

const found = ({ ours, venue }: Sides, inFlight = QUIET): readonly Difference[] =>
  compareBooks(ours, venue, inFlight).differences;
const kinds = (differences: readonly Difference[]): readonly string[] => differences.map(({ kind }) => kind);

/** Moves what the venue holds by the effect of a fill, as the venue would. */
function moveVenue({ venue, ...rest }: Sides, fill: Fill, sign: 1 | -1): Sides {
  const effect = effectOf(fill, pairOf(fill.instrument));
  const byPosition = venue.positions !== undefined;
  const moves: [string, string][] = [[effect.quoteAsset, effect.money]];
  if (!byPosition) moves.push([pairOf(fill.instrument).baseAsset, effect.units]);
  if (effect.thirdAsset !== null) moves.push([effect.thirdAsset, effect.third]);
  const balances = new Map(venue.balances.map(({ asset, free }) => [asset, dec(free)]));
  for (const [asset, amount] of moves) balances.set(asset, (balances.get(asset) ?? dec(0)).plus(dec(amount).mul(sign)));
  const positions = new Map((venue.positions ?? []).map(({ instrument, quantity }) => [instrument, dec(quantity)]));
  const before = positions.get(fill.instrument) ?? dec(0);
  positions.set(fill.instrument, before.plus(dec(effect.units).mul(sign)));
  return {
    ...rest,
    venue: {
      ...venue,
      balances: [...balances].map(([asset, free]) => ({ asset, free: text(free), locked: d('0') })),
      ...(byPosition
        ? { positions: [...positions].map(([instrument, q]) => ({ instrument, quantity: text(q) })) }
        : {}),
    },
  };
}

const foreignFill = (instrument: string): Fill => ({
  ...{ venueFillId: 'x', venueOrderId: 'foreign', instrument, side: 'buy', feeAsset: 'BNB', liquidity: 'taker' },
  ...{ quantity: d('0.3'), price: d('64000.01'), fee: d('0.0007'), marketAt: at(-60) },
});

/** One change to equal books for each kind of difference; undefined where these books have nothing to change. */
const PLANTS: Readonly<Record<DifferenceKind, (sides: Sides) => Sides | undefined>> = {
  'order-missing-at-venue': ({ ours, venue }) => {
    const order = ours.orders.find(({ state }) => state === 'open' || state === 'partial');
    if (order === undefined) return undefined;
    const orders = venue.orders.filter(({ clientOrderId }) => clientOrderId !== order.clientOrderId);
    return { ours, venue: { ...venue, orders, absent: [order.clientOrderId] } };
  },
  'order-unknown-to-us': ({ ours, venue }) => {
    const { listed } = orderOf({ instrument: 0, buy: true, works: true, fills: [] }, 1);
    const foreign = { ...listed, clientOrderId: null, venueOrderId: 'foreign' };
    return { ours, venue: { ...venue, orders: [...venue.orders, foreign] } };
  },
  state: ({ ours, venue }) => {
    const [first, ...rest] = venue.orders;
    if (first === undefined) return undefined;
    const state = first.state === 'open' ? 'cancelled' : 'open';
    return { ours, venue: { ...venue, orders: [{ ...first, state }, ...rest] } };
  },
  'filled-quantity': ({ ours, venue }) => {
    const [first, ...rest] = venue.orders;
    if (first === undefined) return undefined;
    const filledQuantity = text(dec(first.filledQuantity).plus('0.001'));
    return { ours, venue: { ...venue, orders: [{ ...first, filledQuantity }, ...rest] } };
  },
  'fill-missing': ({ ours, venue }) => {
    const [lost] = ours.fills;
    if (lost === undefined) return undefined;
    const effect = effectOf(lost, pairOf(lost.instrument));
    const less = (sums: OurBooks['cash'], name: string, amount: string): OurBooks['cash'] => ({
      ...sums,
      [name]: text(dec(sums[name] ?? '0').minus(amount)),
    });
    let cash = less(ours.cash, effect.quoteAsset, effect.money);
    if (effect.thirdAsset !== null) cash = less(cash, effect.thirdAsset, effect.third);
    const orders = ours.orders.map((order) =>
      order.clientOrderId === lost.clientOrderId
        ? { ...order, state: 'partial' as const, booked: text(dec(order.booked).minus(lost.quantity)) }
        : order,
    );
    const positions = less(ours.positions, lost.instrument, effect.units);
    return { ours: { ...ours, cash, positions, orders, fills: ours.fills.filter((fill) => fill !== lost) }, venue };
  },
  'fill-unknown': (both) => {
    const fill = foreignFill('BTC/USDT');
    const { ours, venue } = moveVenue(both, fill, 1);
    return { ours, venue: { ...venue, fills: [...venue.fills, fill] } };
  },
  'fill-missing-at-venue': (both) => {
    const [lost, ...rest] = both.venue.fills;
    if (lost === undefined) return undefined;
    const { ours, venue } = moveVenue(both, lost, -1);
    const orders = venue.orders.map((order) =>
      order.venueOrderId === lost.venueOrderId
        ? { ...order, filledQuantity: text(dec(order.filledQuantity).minus(lost.quantity)) }
        : order,
    );
    return { ours, venue: { ...venue, orders, fills: rest } };
  },
  'fill-differs': (both) => {
    const [first, ...rest] = both.venue.fills;
    if (first === undefined) return undefined;
    const changed = { ...first, price: text(dec(first.price).plus('0.01')) };
    const { ours, venue } = moveVenue(moveVenue(both, first, -1), changed, 1);
    return { ours, venue: { ...venue, fills: [changed, ...rest] } };
  },
  balance: ({ ours, venue }) => {
    const balances = [...venue.balances, { asset: 'USDT', free: d('0'), locked: d('0.00000001') }];
    return { ours, venue: { ...venue, balances } };
  },
  position: ({ ours, venue }) => {
    if (venue.positions === undefined) return undefined;
    const positions = [...venue.positions, { instrument: 'BTC/USDT', quantity: d('-0.00000001') }];
    return { ours, venue: { ...venue, positions } };
  },
  'position-unknown-to-us': ({ ours, venue }) => {
    if (venue.positions === undefined) return undefined;
    const foreign = { instrument: 'conId 7 (ES)', quantity: d('-3'), foreign: true as const };
    return { ours, venue: { ...venue, positions: [...venue.positions, foreign] } };
  },
};

const plans = fc.array(plannedOrder, { maxLength: 6 });

describe('books that agree', () => {
  it('show no difference, whatever is in them', () => {
    fc.assert(
      fc.property(plans, fc.boolean(), (plan, byPosition) => expect(found(sides(plan, byPosition))).toEqual([])),
    );
  });

  it('show one when the smallest unit of a fee is changed at one side (the control)', () => {
    const both = sides(
      [{ instrument: 0, buy: true, works: false, fills: [{ quantity: 5, price: 100, fee: 1, feeIn: 1 }] }],
      false,
    );
    const [fill] = both.venue.fills;
    if (fill === undefined) throw new Error('no fill');
    const venue = { ...both.venue, fills: [{ ...fill, fee: d('0.00010001') }] };
    expect(kinds(found({ ...both, venue }))).toEqual(['fill-differs', 'balance']);
  });
});

describe.each(DIFFERENCE_KINDS)('a planted %s', (kind) => {
  it('is found, and nothing else', () => {
    fc.assert(
      fc.property(plans, fc.boolean(), (plan, byPosition) => {
        const planted = PLANTS[kind](sides(plan, byPosition));
        fc.pre(planted !== undefined);
        const differences = found(planted);
        expect(kinds(differences)).toEqual([kind]);
        // The same at another look, and what was accepted is none any more.
        expect(seenTwice(differences, found(planted))).toEqual(differences);
        const [difference] = differences;
        if (difference === undefined) return;
        expect(describeDifference(difference)).toContain(kind);
        const corrected = kind === 'fill-differs' || kind === 'fill-missing-at-venue' || kind === 'fill-missing';
        if (corrected) return;
        expect(kinds(found({ ...planted, ours: { ...planted.ours, accepted: [keyOf(difference)] } }))).toEqual([]);
      }),
    );
  });
});

describe('what is on its way', () => {
  const working: PlannedOrder = {
    instrument: 0,
    buy: true,
    works: true,
    fills: [{ quantity: 5, price: 100, fee: 0, feeIn: 1 }],
  };

  it('is no difference: an order whose answer we wait for, whatever it did at the venue', () => {
    const both = sides([working], false);
    const [order] = both.ours.orders;
    if (order === undefined) throw new Error('no order');
    const ours: OurBooks = {
      ...both.ours,
      ...{ orders: [{ ...order, state: 'unknown', booked: d('0'), venueOrderId: null }], fills: [] },
      ...{ cash: { USDT: d('10000') }, positions: {} },
    };
    const { differences, undetermined } = compareBooks(ours, both.venue, QUIET);
    expect(differences).toEqual([]);
    expect(undetermined).toEqual(expect.arrayContaining(['order/BTC/USDT/c0', 'balance/USDT', 'balance/BTC']));
    // Once its answer has come, the same is one.
    const known = { ...ours, orders: [{ ...order, booked: d('0') }] };
    expect(kinds(found({ ours: known, venue: both.venue }))).toEqual(['fill-missing']);
  });

  it('is no difference: a fill that is younger than what the venue and the watcher may be late by', () => {
    const both = sides([working], false);
    const planted = PLANTS['fill-missing'](both);
    if (planted === undefined) throw new Error('nothing planted');
    expect(found(planted, { settledBefore: at(-61), moved: false })).toEqual([]);
    expect(kinds(found(planted, { settledBefore: at(-60), moved: false }))).toEqual(['fill-missing']);
    const phantom = PLANTS['fill-missing-at-venue'](both);
    if (phantom === undefined) throw new Error('nothing planted');
    expect(kinds(found(phantom, { settledBefore: at(-51), moved: true }))).toEqual([]);
  });

  it('says nothing of holdings that moved while they were read', () => {
    const planted = PLANTS.balance(sides([], false));
    if (planted === undefined) throw new Error('nothing planted');
    const { differences, undetermined } = compareBooks(planted.ours, planted.venue, { ...QUIET, moved: true });
    expect(differences).toEqual([]);
    expect(undetermined).toContain('balance/USDT');
  });

  it('is no difference: an order that the venue lists without an id while we wait for an answer there', () => {
    const both = sides([working], false);
    const [order] = both.ours.orders;
    const [listed] = both.venue.orders;
    if (order === undefined || listed === undefined) throw new Error('no order');
    const venue = { ...both.venue, orders: [listed, { ...listed, clientOrderId: null, venueOrderId: 'new' }] };
    const waiting: OurOrder = { ...order, clientOrderId: 'w', venueOrderId: null, state: 'sending', booked: d('0') };
    expect(kinds(found({ ours: both.ours, venue }))).toEqual(['order-unknown-to-us']);
    expect(found({ ours: { ...both.ours, orders: [order, waiting] }, venue })).toEqual([]);
  });

  it('leaves open what the venue could not say: an order of ours that it neither shows nor denies', () => {
    const both = sides([working], false);
    const { differences, undetermined } = compareBooks(both.ours, { ...both.venue, orders: [], whole: [] }, QUIET);
    expect(differences).toEqual([]);
    expect(undetermined).toEqual(['order/BTC/USDT/c0']);
  });
});

describe('a fill whose difference was accepted', () => {
  it.each(['fill-differs', 'fill-missing-at-venue'] as const)('moves holdings by its correction alone (%s)', (kind) => {
    const fills = [{ quantity: 5, price: 100, fee: 3, feeIn: 1 }];
    const planted = PLANTS[kind](sides([{ instrument: 0, buy: true, works: false, fills }], false));
    const [difference] = planted === undefined ? [] : found(planted);
    if (planted === undefined || difference?.correction == null) throw new Error('no correction');
    const { amounts, units } = difference.correction;
    const { amount, asset } = amounts[0] ?? { amount: '0', asset: '' };
    const cash = { ...planted.ours.cash, [asset]: text(dec(planted.ours.cash[asset] ?? '0').plus(amount)) };
    const positions = { 'BTC/USDT': text(dec(planted.ours.positions['BTC/USDT'] ?? '0').plus(units)) };
    const corrected = { ...planted.ours, cash, positions, accepted: [keyOf(difference)] };
    const after = found({ ours: corrected, venue: planted.venue });
    // The count of the order is the venue's to keep.
    expect(kinds(after).filter((one) => one !== 'filled-quantity')).toEqual([]);
  });
});

describe('assets', () => {
  it('that no instrument of the account exchanges are none of ours', () => {
    const both = sides([], false);
    const venue = {
      ...both.venue,
      balances: [...both.venue.balances, { asset: 'SHIB', free: d('5'), locked: d('0') }],
    };
    expect(found({ ours: both.ours, venue })).toEqual([]);
  });

  it('and fills of an instrument that is not traded here are left out', () => {
    const both = sides([], false);
    expect(found({ ours: both.ours, venue: { ...both.venue, fills: [foreignFill('DOGE/USDT')] } })).toEqual([]);
  });
});

describe('money in which futures are held', () => {
  const future = { multiplier: d('50'), lastTradingDay: '2026-12-18' };
  const ES: TradedPair = { baseAsset: 'ES', quoteAsset: 'USD', future };
  const books = (position: string, cash: string): OurBooks => ({
    ...{ account: 'main', orders: [], fills: [], accepted: [], cash: { USD: d(cash), EUR: d('10') } },
    positions: position === '0' ? {} : { ES: d(position) },
    instruments: { ES, 'EUR/USD': { baseAsset: 'EUR', quoteAsset: 'USD' } },
  });
  const shown = (position: string, cash: string, euros = '10'): VenueBooks => ({
    ...{ orders: [], absent: [], whole: [], fills: [], positions: [{ instrument: 'ES', quantity: d(position) }] },
    balances: [
      { asset: 'USD', free: d(cash), locked: d('0') },
      { asset: 'EUR', free: d(euros), locked: d('0') },
    ],
  });

  test('is not compared while they are held, and the comparison says so by name', () => {
    // The books have the notional in their cash; the venue has what it paid of the variation so far.
    const compared = compareBooks(books('2', '-400000'), shown('2', '100312.5'), QUIET);
    expect(compared.differences).toEqual([]);
    expect(compared.uncompared).toEqual([{ subject: 'balance/USD', why: 'futures are held: ES' }]);
    // A difference of before is neither confirmed nor gone.
    expect(compared.undetermined).toContain('balance/USD');
  });

  test('is compared to the last digit once they are closed', () => {
    expect(compareBooks(books('0', '100312.5'), shown('0', '100312.5'), QUIET)).toMatchObject({
      ...{ differences: [], uncompared: [] },
    });
    expect(kinds(found({ ours: books('0', '100312.5'), venue: shown('0', '100312.51') }))).toEqual(['balance']);
  });

  test('keeps nothing else from being compared: contracts to the last one, and other money to the last digit', () => {
    const differences = found({ ours: books('2', '-400000'), venue: shown('3', '1', '10.01') });
    expect(differences.map(({ kind, subject }) => `${kind} ${subject}`)).toEqual([
      'position position/ES',
      'balance balance/EUR',
    ]);
  });

  test('is not compared either while the venue alone holds them', () => {
    const { differences, uncompared } = compareBooks(books('0', '100000'), shown('1', '99000'), QUIET);
    expect(kinds(differences)).toEqual(['position']);
    expect(uncompared).toHaveLength(1);
  });

  test('of an execution that only one side has, the multiplier counts', () => {
    const fill = { ...foreignFill('ES'), quantity: d('2'), price: d('5000.25'), fee: d('4.2'), feeAsset: 'USD' };
    expect(effectOf(fill, ES)).toMatchObject({ units: '2', money: '-500029.2' });
    expect(effectOf(fill, { baseAsset: 'ES', quoteAsset: 'USD' })).toMatchObject({ money: '-10004.7' });
  });
});
