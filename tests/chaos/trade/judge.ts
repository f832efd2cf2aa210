import { dec, ZERO } from '../../../domain/money/decimal';
import type { Decimal } from '../../../domain/money/decimal';
import type { VenueFillRow, VenueOrderRow, VenueRecord } from './venue-record';

/** Which trade and leg an order at the venue belongs to. */
export interface Attribution {
  readonly tradeId: string;
  readonly leg: string;
  readonly revision: number;
}

/** What the venue's tables say of one trade. Durations in milliseconds. */
export interface VenueVerdict {
  readonly entries: number;
  /** Orders beyond the one that each intent may have, and entries beyond the one of the trade. */
  readonly duplicates: number;
  /** True when at some moment more exit quantity was live than the trade held. */
  readonly oversold: boolean;
  /** True when nothing is held and nothing works. */
  readonly flat: boolean;
  /** From the first fill of the entry until exits at the venue covered all of it, or it was flat; null without a fill. */
  readonly unprotected: number | null;
  /** The longest later time in which they did not. */
  readonly gap: number;
}

/** Judges the orders and fills of one trade, in the order in which the venue's book took them. */
export function judgeTrade(record: VenueRecord, legOf: (order: VenueOrderRow) => Attribution): VenueVerdict {
  const walk = new Walk();
  for (const change of changesOf(record, legOf)) walk.take(change);
  const intents = record.orders.map((order) => {
    const { leg, revision } = legOf(order);
    // The entry is one intent of one revision.
    return leg === 'entry' ? leg : `${leg}/${revision}`;
  });
  return {
    entries: intents.filter((intent) => intent === 'entry').length,
    duplicates: intents.length - new Set(intents).size,
    ...walk.verdict(),
  };
}

type Change = {
  readonly sequence: number;
  readonly at: number;
  readonly order: VenueOrderRow;
  readonly entry: boolean;
} & ({ readonly kind: 'accepted' | 'ended' } | { readonly kind: 'filled'; readonly quantity: Decimal });

/** Everything that happened to the orders, by the venue's own numbering. */
function changesOf(record: VenueRecord, legOf: (order: VenueOrderRow) => Attribution): Change[] {
  const byId = new Map(record.orders.map((order) => [order.venueOrderId, order]));
  const changes = record.orders.flatMap((order): Change[] => {
    const common = { order, entry: legOf(order).leg === 'entry' };
    const accepted: Change = { ...common, kind: 'accepted', sequence: order.venueOrderId, at: order.receivedAt };
    if (order.state === 'open') return [accepted];
    return [accepted, { ...common, kind: 'ended', sequence: order.sequence, at: order.endedAt ?? order.receivedAt }];
  });
  const fills = record.fills.flatMap((fill: VenueFillRow): Change[] => {
    const order = byId.get(fill.venueOrderId);
    if (order === undefined) return [];
    const entry = legOf(order).leg === 'entry';
    return [{ kind: 'filled', order, entry, sequence: fill.sequence, at: fill.at, quantity: dec(fill.quantity) }];
  });
  // An end may share its number with the last fill, and comes after it.
  const rank = { accepted: 0, filled: 1, ended: 2 };
  return [...changes, ...fills].sort((a, b) => a.sequence - b.sequence || rank[a.kind] - rank[b.kind]);
}

/** Position and live exits of one trade, step by step. */
class Walk {
  private held = ZERO;
  private readonly live = new Map<number, { readonly side: string; rest: Decimal; readonly entry: boolean }>();
  private oversold = false;
  private at = 0;
  private bareSince: number | undefined;
  private readonly bareFor: number[] = [];
  private covered = false;
  private filledAt: number | undefined;
  private unprotected: number | null = null;

  take(change: Change): void {
    // The numbering is the truth; clocks of prints and commits may differ by a little.
    this.at = Math.max(this.at, change.at);
    const { order } = change;
    if (change.kind === 'accepted')
      this.live.set(order.venueOrderId, { side: order.side, rest: dec(order.quantity), entry: change.entry });
    if (change.kind === 'ended') this.live.delete(order.venueOrderId);
    if (change.kind === 'filled') this.fill(order, change.quantity, change.at);
    this.look();
  }

  verdict(): Pick<VenueVerdict, 'oversold' | 'flat' | 'unprotected' | 'gap'> {
    return {
      oversold: this.oversold,
      flat: this.held.isZero() && this.live.size === 0,
      unprotected: this.unprotected,
      gap: Math.max(0, ...this.bareFor),
    };
  }

  private fill(order: VenueOrderRow, quantity: Decimal, at: number): void {
    const entry = this.live.get(order.venueOrderId);
    if (entry) entry.rest = entry.rest.sub(quantity);
    this.held = this.held.add(order.side === 'buy' ? quantity : quantity.neg());
    this.filledAt ??= at;
  }

  private look(): void {
    const reducing = this.held.gt(0) ? 'sell' : 'buy';
    const exits = [...this.live.values()].filter(({ entry }) => !entry);
    const live = exits.reduce((sum, { rest }) => sum.add(rest), ZERO);
    const cover = exits.filter(({ side }) => side === reducing).reduce((sum, { rest }) => sum.add(rest), ZERO);
    if (live.gt(this.held.abs())) this.oversold = true;
    const bare = !this.held.isZero() && cover.lt(this.held.abs());
    if (bare) this.bareSince ??= this.filledAt === undefined || this.covered ? this.at : this.filledAt;
    if (bare || this.bareSince === undefined) return;
    const lasted = this.at - this.bareSince;
    this.bareSince = undefined;
    if (this.covered) this.bareFor.push(lasted);
    else this.unprotected = lasted;
    this.covered = true;
  }
}
