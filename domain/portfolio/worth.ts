import { worthOf as notionalOf } from '../instrument/worth';
import { dec, text, ZERO } from '../money/decimal';
import type { Decimal, DecimalString } from '../money/decimal';
import type { InstrumentId } from '../instrument/instrument';
import type { Amounts, Book, BookedPosition, InstrumentAssets } from './book';
import { convert, rateOf } from './rates';
import type { Rate } from './rates';

/** Prices of one moment. */
export interface Prices {
  readonly assetsOf: ReadonlyMap<InstrumentId, InstrumentAssets>;
  readonly priceOf: (instrument: InstrumentId) => DecimalString | undefined;
}

/** A position at its price, in its quote currency. */
export interface WorthOfPosition extends BookedPosition {
  /** The price that the units cost on average, to 18 digits; null when flat. */
  readonly averagePrice: DecimalString | null;
  /** Null where no price is known: it then counts as nothing. */
  readonly mark: DecimalString | null;
  /** Of a future alone: quantity × mark × multiplier, negative when short. It is what limits are set on. */
  readonly notional?: DecimalString | null;
  /** What the position adds to the equity: quantity × mark; of a future, that nothing was paid for, its profit so far. */
  readonly value: DecimalString | null;
  readonly unrealised: DecimalString | null;
}

/**
 * What an account is worth, in its currency. To the last digit, where every asset has a price:
 * `equity = deposited + realised − fees + income + found + unrealised`, and that is cash and the value of positions.
 *
 * Fills of a future are booked gross, by their whole worth. What is shown as cash has the cost of the open contracts added, so
 * that their notional is in neither cash nor value: cash is what the account would have had its fills only paid fees and what
 * closing contracts realised.
 */
export interface Worth {
  readonly currency: string;
  readonly equity: DecimalString;
  /** Without the notional of open futures. */
  readonly cashByAsset: Amounts;
  readonly cash: DecimalString;
  readonly positionsValue: DecimalString;
  readonly deposited: DecimalString;
  readonly realised: DecimalString;
  readonly unrealised: DecimalString;
  readonly fees: DecimalString;
  readonly income: DecimalString;
  /** What corrections found that no entry explains. */
  readonly found: DecimalString;
  /** All that was made: realised − fees + income + found + unrealised. */
  readonly profit: DecimalString;
  readonly positions: readonly WorthOfPosition[];
  readonly rates: readonly Rate[];
  /** What counts as nothing for want of a price: assets and instruments. */
  readonly unvalued: readonly string[];
}

function atPrice(position: BookedPosition, price: DecimalString | undefined): WorthOfPosition {
  const quantity = dec(position.quantity);
  const flat = quantity.isZero();
  const notional = flat ? ZERO : price === undefined ? undefined : notionalOf(position, quantity, price);
  const unrealised = notional?.minus(position.cost);
  const shown = (amount: Decimal | undefined): DecimalString | null => (amount === undefined ? null : text(amount));
  return {
    ...position,
    averagePrice: flat ? null : text(dec(position.cost).div(notionalOf(position, quantity, dec(1)))),
    mark: price ?? null,
    ...(position.future === undefined ? {} : { notional: shown(notional) }),
    value: shown(position.future === undefined ? notional : unrealised),
    unrealised: shown(unrealised),
  };
}

/** What is held besides positions: what is booked, without the notional of the futures that are open. */
export function cashOf({ cash, positions }: Pick<Book, 'cash' | 'positions'>): Amounts {
  const totals = new Map(Object.entries(cash).map(([asset, amount]) => [asset, dec(amount)]));
  for (const { cost, future, quoteAsset } of positions) {
    if (future !== undefined) totals.set(quoteAsset, (totals.get(quoteAsset) ?? ZERO).plus(cost));
  }
  const kept = [...totals].filter(([, amount]) => !amount.isZero()).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(kept.map(([asset, amount]) => [asset, text(amount)]));
}

/** Sums of one figure of positions by their currency. */
function byCurrency(positions: readonly WorthOfPosition[], of: (p: WorthOfPosition) => DecimalString | null): Amounts {
  const totals = new Map<string, Decimal>();
  for (const position of positions) {
    const currency = position.quoteAsset;
    totals.set(currency, (totals.get(currency) ?? ZERO).plus(of(position) ?? 0));
  }
  return Object.fromEntries([...totals].map(([currency, total]) => [currency, text(total)]));
}

/** Values a book at the prices of one moment. */
export function worthOf(book: Book, currency: string, { assetsOf, priceOf }: Prices): Worth {
  const positions = book.positions.map((position) => atPrice(position, priceOf(position.instrument)));
  const known = new Map<string, Rate | undefined>();
  const rateFor = (asset: string): Rate | undefined => {
    if (!known.has(asset)) known.set(asset, rateOf(asset, currency, assetsOf, priceOf));
    return known.get(asset);
  };
  const unvalued = new Set(positions.filter(({ value }) => value === null).map(({ instrument }) => instrument));
  const rates = new Map<string, Rate>();
  const total = (amounts: Amounts): Decimal => {
    const converted = convert(amounts, rateFor);
    for (const asset of converted.unvalued) unvalued.add(asset);
    for (const rate of converted.rates) rates.set(rate.asset, rate);
    return dec(converted.total);
  };
  const cashByAsset = cashOf(book);
  const cash = total(cashByAsset);
  const positionsValue = total(byCurrency(positions, ({ value }) => value));
  const unrealised = total(byCurrency(positions, (p) => p.unrealised));
  const realised = total(byCurrency(positions, (p) => p.realised));
  const fees = total(book.fees).plus(total(byCurrency(positions, ({ feesInKind }) => feesInKind)));
  const [income, found] = [total(book.income), total(book.found)];
  return {
    currency,
    equity: text(cash.plus(positionsValue)),
    cashByAsset,
    cash: text(cash),
    positionsValue: text(positionsValue),
    deposited: text(total(book.deposited)),
    realised: text(realised),
    unrealised: text(unrealised),
    fees: text(fees),
    income: text(income),
    found: text(found),
    profit: text(realised.minus(fees).plus(income).plus(found).plus(unrealised)),
    positions,
    rates: [...rates.values()],
    unvalued: [...unvalued].sort(),
  };
}
