import type { InstrumentId } from '../../domain/instrument/instrument';
import { worthOf } from '../../domain/instrument/worth';
import { dec, Decimal, ZERO } from '../../domain/money/decimal';
import type { DecimalString } from '../../domain/money/decimal';
import { stopPriceOf } from '../../domain/order/order';
import type { OrderTerms, Side } from '../../domain/order/order';
import type { BookDraft } from './book-draft';
import { closable } from './tape-end';

/** Share of the gross notional that the equity must cover before exposure may grow: four times the equity at most. */
const INITIAL_MARGIN = dec('0.25');

/** What an order may still add to a position. */
interface Exposure {
  readonly instrument: InstrumentId;
  readonly side: Side;
  /** What may still fill, in units. */
  readonly rest: Decimal;
  readonly terms: OrderTerms;
}

/** The equity that an order needs and that the account has, in account currency. */
export interface Shortfall {
  readonly needed: Decimal;
  readonly equity: Decimal;
}

function markOf(draft: BookDraft, instrument: InstrumentId): Decimal {
  return draft.market.sourceOf(instrument).lastPrint(draft.at)?.price ?? ZERO;
}

function namedPrice(terms: OrderTerms): DecimalString | undefined {
  if ('price' in terms) return terms.price;
  return stopPriceOf(terms);
}

/** The notional that an order can add: only what goes beyond closing the position. A sale is worth the market at least. */
function addedNotional(draft: BookDraft, { instrument, side, rest, terms }: Exposure): Decimal {
  const added = Decimal.max(0, rest.minus(closable(draft.position(instrument), side)));
  const mark = markOf(draft, instrument);
  const named = namedPrice(terms);
  const price = named === undefined ? mark : side === 'sell' ? Decimal.max(named, mark) : dec(named);
  return worthOf(draft.market.rulesOf(instrument), added, price);
}

/**
 * What the account lacks for a new order, or undefined when it may be placed.
 *
 * The account is a margin account: its equity (cash plus positions at the last print, short ones negative) must cover
 * `INITIAL_MARGIN` of the notional of all positions, of what working orders can add to them, and of what the new order
 * can add. A future counts with its whole worth at the price, multiplier included. Selling more than is held opens a short
 * position. An order that only reduces a position is always allowed; there is no interest and no margin call.
 */
export function marginShortfall(draft: BookDraft, order: Exposure): Shortfall | undefined {
  const added = addedNotional(draft, order);
  if (added.isZero()) return undefined;
  const worths = draft.held().map((id) => worthOf(draft.market.rulesOf(id), draft.position(id), markOf(draft, id)));
  const equity = worths.reduce((sum, worth) => sum.plus(worth), draft.cash);
  const held = worths.reduce((sum, worth) => sum.plus(worth.abs()), ZERO);
  const working = draft.working().reduce((sum, { instrument, order: { side, terms, quantity, filled } }) => {
    return sum.plus(addedNotional(draft, { instrument, side, rest: dec(quantity).minus(filled), terms }));
  }, ZERO);
  const needed = held.plus(working).plus(added).mul(INITIAL_MARGIN);
  return needed.gt(equity) ? { needed, equity } : undefined;
}
