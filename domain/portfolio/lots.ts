import type { Instant } from '../clock/instant';
import { dec, ZERO } from '../money/decimal';
import type { Decimal } from '../money/decimal';

/** Which units a sale takes: the oldest first, or a part of all at their average price. */
export const COST_BASES = ['fifo', 'average'] as const;
export type CostBasis = (typeof COST_BASES)[number];

/** Units that were acquired together. Both are negative for units that were sold short. */
export interface OpenLot {
  readonly openedAt: Instant;
  readonly units: Decimal;
  /** What they cost in all, in quote currency: for a short lot less than zero, since its sale brought money. */
  readonly cost: Decimal;
}

/** Digits after the point that a part of a lot's cost is rounded to; what is rounded off stays with the rest of the lot. */
const PLACES = 18;

/**
 * The open lots of one instrument. Nothing is lost to rounding: what a closing part does not take of a lot's cost stays in
 * it, so that money received = profit realised − cost of what is open, to the last digit and after every move.
 */
export class Lots {
  private lots: OpenLot[] = [];
  private first = 0;
  private held: Decimal = ZERO;
  private paid: Decimal = ZERO;

  constructor(private readonly basis: CostBasis) {}

  /** Units held, negative when short. */
  get quantity(): Decimal {
    return this.held;
  }

  /** Cost of all that is open, signed as the units. */
  get cost(): Decimal {
    return this.paid;
  }

  /** Open lots, the oldest first. */
  get open(): readonly OpenLot[] {
    return this.lots.slice(this.first);
  }

  /**
   * Adds units (negative: takes them away) for the money that they bring (negative: cost), and answers the profit that this
   * realises. What is more than the position closes it and opens one on the other side.
   */
  move(units: Decimal, money: Decimal, at: Instant): Decimal {
    if (units.isZero()) return money;
    if (this.held.isZero() || this.held.isNegative() === units.isNegative()) {
      this.add({ openedAt: at, units, cost: money.neg() });
      return ZERO;
    }
    const through = units.abs().gt(this.held.abs());
    const closing = through ? this.held.neg() : units;
    const share = through ? money.mul(closing).div(units).toDecimalPlaces(PLACES) : money;
    const realised = share.minus(this.take(closing));
    if (through) this.add({ openedAt: at, units: units.minus(closing), cost: share.minus(money) });
    return realised;
  }

  private add(lot: OpenLot): void {
    this.held = this.held.plus(lot.units);
    this.paid = this.paid.plus(lot.cost);
    const only = this.lots[this.first];
    if (this.basis === 'average' && only !== undefined) {
      this.lots[this.first] = { openedAt: only.openedAt, units: this.held, cost: this.paid };
    } else this.lots.push(lot);
  }

  /** Takes units of the other sign out of the lots; answers what they had cost. */
  private take(closing: Decimal): Decimal {
    let rest = closing;
    let cost: Decimal = ZERO;
    while (!rest.isZero()) {
      const lot = this.lots[this.first];
      if (lot === undefined) throw new RangeError('more units are closed than are held');
      if (lot.units.abs().lte(rest.abs())) {
        cost = cost.plus(lot.cost);
        rest = rest.plus(lot.units);
        this.first += 1;
        continue;
      }
      const part = lot.cost.mul(rest.abs()).div(lot.units.abs()).toDecimalPlaces(PLACES);
      this.lots[this.first] = { openedAt: lot.openedAt, units: lot.units.plus(rest), cost: lot.cost.minus(part) };
      cost = cost.plus(part);
      rest = dec(0);
    }
    this.held = this.held.plus(closing);
    this.paid = this.paid.minus(cost);
    // Closed lots are given back from time to time, not at every move.
    if (this.first > 1_000) {
      this.lots = this.lots.slice(this.first);
      this.first = 0;
    }
    return cost;
  }
}
