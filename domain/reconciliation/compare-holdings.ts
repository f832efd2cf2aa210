import { dec, text, ZERO } from '../money/decimal';
import type { Decimal, DecimalString } from '../money/decimal';
import type { VenuePosition } from '../order/broker';
import type { InFlight, OurBooks, VenueBooks } from './books';
import type { Compared } from './compare-orders';
import type { Difference } from './difference';
import type { Effect } from './effect';
import { isOnItsWay } from './on-its-way';

/** Something that this comparison leaves out although both sides have it, and why. */
export interface Uncompared {
  readonly subject: string;
  readonly why: string;
}

/** What both sides hold, compared. */
interface ComparedHoldings extends Compared {
  readonly uncompared: readonly Uncompared[];
}

/** Sums by name; what is not there is zero. */
class Sums {
  private readonly sums = new Map<string, Decimal>();

  add(name: string, amount: DecimalString | Decimal): void {
    this.sums.set(name, this.of(name).plus(amount));
  }

  of(name: string): Decimal {
    return this.sums.get(name) ?? ZERO;
  }

  names(): readonly string[] {
    return [...this.sums.keys()];
  }
}

/**
 * Compares what both sides hold, beyond what the fills that only one of them has explain. A venue that counts positions
 * is compared by instrument, and by the assets that money is counted in; any other by asset. Assets that no instrument of
 * the account exchanges are none of ours. Money that futures are held in is left out, by name, until they are closed: the venue
 * pays their profit day by day at prices of its own.
 */
export function compareHoldings(
  ours: OurBooks,
  venue: VenueBooks,
  unbooked: readonly Effect[],
  { moved }: InFlight,
): ComparedHoldings {
  const positions = new Sums();
  const assets = new Sums();
  for (const [instrument, units] of Object.entries(ours.positions)) positions.add(instrument, units);
  for (const [asset, amount] of Object.entries(ours.cash)) assets.add(asset, amount);
  for (const { instrument, money, quoteAsset, third, thirdAsset, units } of unbooked) {
    positions.add(instrument, units);
    assets.add(quoteAsset, money);
    if (thirdAsset !== null) assets.add(thirdAsset, third);
  }
  const byPosition = venue.positions !== undefined;
  if (!byPosition) {
    for (const instrument of positions.names())
      assets.add(ours.instruments[instrument]?.baseAsset ?? instrument, positions.of(instrument));
  }
  const held = [
    ...(byPosition ? comparePositions(positions, venue.positions) : []),
    ...compareAssets(ours, assets, venue, byPosition),
  ];
  const waiting = waitingOn(ours);
  const unsettled = unsettledMoney(ours, positions, venue);
  const open = ({ asset, instrument, kind }: Difference): boolean =>
    // What is none of ours moves with nothing of ours.
    kind === 'position-unknown-to-us' ||
    (!moved && !waiting.has(instrument ?? '') && !waiting.has(asset ?? '') && !unsettled.has(asset ?? ''));
  const subjects = moved
    ? [
        ...comparable(ours, assets, venue, byPosition).map(assetSubject),
        ...Object.keys(ours.instruments).map(positionSubject),
      ]
    : [...waiting].flatMap((name) => [assetSubject(name), positionSubject(name)]);
  return {
    differences: held.filter(open),
    undetermined: [...subjects, ...[...unsettled.keys()].map(assetSubject)],
    uncompared: [...unsettled].map(([asset, futures]) => ({
      subject: assetSubject(asset),
      why: `futures are held: ${futures.join(', ')}`,
    })),
  };
}

/** The money in which either side holds futures, with their names. */
function unsettledMoney(
  { instruments }: OurBooks,
  own: Sums,
  { positions = [] }: VenueBooks,
): ReadonlyMap<string, readonly string[]> {
  const held = new Set(own.names().filter((name) => !own.of(name).isZero()));
  for (const { instrument, quantity } of positions) if (!dec(quantity).isZero()) held.add(instrument);
  const found = new Map<string, readonly string[]>();
  for (const instrument of [...held].sort()) {
    const pair = instruments[instrument];
    if (pair?.future === undefined) continue;
    found.set(pair.quoteAsset, [...(found.get(pair.quoteAsset) ?? []), instrument]);
  }
  return found;
}

/** Instruments with an order whose answer we wait for, and their assets: the venue may have filled it already. */
function waitingOn({ instruments, orders }: OurBooks): ReadonlySet<string> {
  return new Set(
    orders.filter(isOnItsWay).flatMap(({ instrument }) => {
      const pair = instruments[instrument];
      return pair === undefined ? [instrument] : [instrument, pair.baseAsset, pair.quoteAsset];
    }),
  );
}

function comparePositions(own: Sums, shown: NonNullable<VenueBooks['positions']>): readonly Difference[] {
  const theirs = new Sums();
  for (const { foreign, instrument, quantity } of shown) if (foreign !== true) theirs.add(instrument, quantity);
  const all = new Set([...own.names(), ...theirs.names()]);
  const differences = [...all].sort().flatMap((instrument): Difference[] => {
    const gap = theirs.of(instrument).minus(own.of(instrument));
    if (gap.isZero()) return [];
    return [
      {
        kind: 'position',
        subject: positionSubject(instrument),
        instrument,
        asset: null,
        ours: text(own.of(instrument)),
        venue: text(theirs.of(instrument)),
        evidence: {},
        correction: { units: text(gap), amounts: [] },
      },
    ];
  });
  return [...differences, ...shown.filter(({ foreign }) => foreign === true).map(foreignPosition)];
}

/** What the account does not trade is nobody's trade of ours: our books have no place for it, and get none. */
function foreignPosition({ instrument, quantity }: VenuePosition): Difference {
  return {
    ...{ kind: 'position-unknown-to-us', subject: positionSubject(instrument), instrument, asset: null },
    ...{ ours: null, venue: quantity, evidence: { quantity }, correction: null },
  };
}

function compareAssets(ours: OurBooks, own: Sums, venue: VenueBooks, byPosition: boolean): readonly Difference[] {
  const theirs = new Sums();
  for (const { asset, free, locked } of venue.balances) theirs.add(asset, dec(free).plus(locked));
  return comparable(ours, own, venue, byPosition).flatMap((asset) => {
    const gap = theirs.of(asset).minus(own.of(asset));
    if (gap.isZero()) return [];
    return [
      {
        kind: 'balance',
        subject: assetSubject(asset),
        instrument: null,
        asset,
        ours: text(own.of(asset)),
        venue: text(theirs.of(asset)),
        evidence: {},
        correction: { units: text(ZERO), amounts: [{ asset, amount: text(gap) }] },
      },
    ];
  });
}

/** The assets to compare: what our books count and what our instruments exchange, the base assets only where they are balances. */
function comparable(ours: OurBooks, own: Sums, { balances }: VenueBooks, byPosition: boolean): readonly string[] {
  const pairs = Object.values(ours.instruments);
  const money = new Set([...Object.keys(ours.cash), ...pairs.map(({ quoteAsset }) => quoteAsset)]);
  const bases = byPosition ? [] : pairs.map(({ baseAsset }) => baseAsset);
  const known = new Set([...money, ...bases]);
  const named = [...own.names(), ...balances.map(({ asset }) => asset)];
  return [...new Set(named)].filter((asset) => known.has(asset)).sort();
}

function assetSubject(asset: string): string {
  return `balance/${asset}`;
}

function positionSubject(instrument: string): string {
  return `position/${instrument}`;
}
