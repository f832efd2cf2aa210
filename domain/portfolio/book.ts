import { dec, text, ZERO } from '../money/decimal';
import type { Decimal, DecimalString } from '../money/decimal';
import type { Instant } from '../clock/instant';
import type { Instrument, InstrumentId } from '../instrument/instrument';
import { futureOf } from '../instrument/worth';
import type { BookedEntry, LedgerLeg } from './entry';
import { Lots } from './lots';
import type { CostBasis } from './lots';

/** What an instrument's units are, and what they are traded for. */
export interface InstrumentAssets extends Pick<Instrument, 'future'> {
  readonly baseAsset: string;
  readonly quoteAsset: string;
}

/** Amounts by asset; those that are zero are left out. */
export type Amounts = Readonly<Record<string, DecimalString>>;

/** A lot that is open, in quote currency. */
export interface LotView {
  readonly openedAt: Instant;
  readonly units: DecimalString;
  readonly cost: DecimalString;
}

/** What the ledger says of one instrument. Money is in its quote currency. */
export interface BookedPosition extends InstrumentAssets {
  readonly instrument: InstrumentId;
  /** Units, negative when short, dust included. */
  readonly quantity: DecimalString;
  /** What they cost, signed as the units; of a future its notional at the prices of its fills. */
  readonly cost: DecimalString;
  /** Profit of what was closed, before fees. */
  readonly realised: DecimalString;
  /** Fees that were taken in units, at the price of their execution. */
  readonly feesInKind: DecimalString;
  readonly lots: readonly LotView[];
}

/** All that the entries of an account come to, apart from prices. */
export interface Book {
  /** As it is booked: what the venue holds besides positions, and the notional of open futures, see `Worth`. */
  readonly cash: Amounts;
  /** What came from outside less what went there, units at their cost. */
  readonly deposited: Amounts;
  /** Interest, dividends and funding. */
  readonly income: Amounts;
  /** Fees paid, those in units not among them. */
  readonly fees: Amounts;
  /** What corrections found that no entry explains. */
  readonly found: Amounts;
  readonly positions: readonly BookedPosition[];
}

type Totals = Map<string, Decimal>;

interface Held {
  readonly lots: Lots;
  readonly assets: InstrumentAssets;
  realised: Decimal;
  feesInKind: Decimal;
}

const PLACES = 18;

function addTo(totals: Totals, asset: string, amount: Decimal): void {
  totals.set(asset, (totals.get(asset) ?? ZERO).plus(amount));
}

function amounts(totals: Totals): Amounts {
  const kept = [...totals].filter(([, amount]) => !amount.isZero()).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(kept.map(([asset, amount]) => [asset, text(amount)]));
}

/**
 * Adds entries up to a book, one after the other in ledger order (`inLedgerOrder`). Holds open lots and sums, never the
 * entries: memory does not grow with the ledger.
 */
export class Bookkeeper {
  private readonly cash: Totals = new Map();
  private readonly deposited: Totals = new Map();
  private readonly income: Totals = new Map();
  private readonly fees: Totals = new Map();
  private readonly found: Totals = new Map();
  private readonly held = new Map<InstrumentId, Held>();

  /** @param assetsOf what the instruments of the entries are; all of them must be known */
  constructor(
    private readonly assetsOf: ReadonlyMap<InstrumentId, InstrumentAssets>,
    private readonly basis: CostBasis,
  ) {}

  /** One entry together with those that set it right: they count as one, at the place of the first. */
  add(entries: readonly BookedEntry[]): void {
    const [first] = entries;
    if (first === undefined) return;
    const { instrument } = first;
    const held = instrument === null ? undefined : this.heldOf(instrument);
    const base = held?.assets.baseAsset;
    const legs = entries.flatMap((entry) => entry.legs);
    for (const leg of legs) if (leg.asset !== base || leg.ledgerAccount.startsWith('cash:')) this.count(leg);
    if (held !== undefined) this.moveUnits(held, legs, first.marketAt);
  }

  /** A leg that is no unit of the entry's instrument. */
  private count({ ledgerAccount, asset, amount }: LedgerLeg): void {
    if (ledgerAccount.startsWith('cash:')) addTo(this.cash, asset, dec(amount));
    else if (ledgerAccount === 'fees') addTo(this.fees, asset, dec(amount));
    else if (ledgerAccount === 'income') addTo(this.income, asset, dec(amount).neg());
    else if (ledgerAccount === 'external') addTo(this.deposited, asset, dec(amount).neg());
    else if (ledgerAccount === 'suspense') addTo(this.found, asset, dec(amount).neg());
  }

  /** Units change hands by trading, go as a fee at the price of the trade, or come and go without one at their cost. */
  private moveUnits(held: Held, legs: readonly LedgerLeg[], at: Instant): void {
    const { lots, assets } = held;
    const sum = (of: (leg: LedgerLeg) => boolean): Decimal =>
      legs.reduce<Decimal>((total, leg) => (of(leg) ? total.plus(leg.amount) : total), ZERO);
    const unit = (leg: LedgerLeg): boolean => leg.asset === assets.baseAsset;
    const kept = (leg: LedgerLeg): boolean => /^(position|dust):/.test(leg.ledgerAccount);
    const traded = sum((leg) => unit(leg) && leg.ledgerAccount.startsWith('trading:')).neg();
    const money = sum((leg) => !unit(leg) && leg.ledgerAccount.startsWith('trading:')).neg();
    const passed = sum((leg) => leg.cost !== undefined);
    const fee = traded.plus(passed).minus(sum(kept));
    held.realised = held.realised.plus(lots.move(traded, money, at));
    if (fee.isZero())
      addTo(
        this.fees,
        assets.baseAsset,
        sum((leg) => unit(leg) && leg.ledgerAccount === 'fees'),
      );
    else {
      const value = feeValue(fee, traded, money, lots);
      held.feesInKind = held.feesInKind.plus(value);
      held.realised = held.realised.plus(lots.move(fee.neg(), value, at));
    }
    if (passed.isZero()) return;
    const cost = legs.reduce<Decimal>((total, leg) => total.plus(leg.cost ?? 0), ZERO);
    const from = legs.find((leg) => unit(leg) && /^(external|income|suspense)$/.test(leg.ledgerAccount));
    const totals = { external: this.deposited, income: this.income }[String(from?.ledgerAccount)] ?? this.found;
    addTo(totals, assets.quoteAsset, cost);
    held.realised = held.realised.plus(lots.move(passed, cost.neg(), at));
  }

  private heldOf(instrument: InstrumentId): Held {
    const known = this.held.get(instrument);
    if (known !== undefined) return known;
    const assets = this.assetsOf.get(instrument);
    if (assets === undefined) throw new Error(`instrument ${instrument} of the ledger is not known`);
    const fresh = { lots: new Lots(this.basis), assets, realised: ZERO, feesInKind: ZERO };
    this.held.set(instrument, fresh);
    return fresh;
  }

  /** The book as it stands after the entries so far. */
  book(): Book {
    const positions = [...this.held].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      cash: amounts(this.cash),
      deposited: amounts(this.deposited),
      income: amounts(this.income),
      fees: amounts(this.fees),
      found: amounts(this.found),
      positions: positions.map(([instrument, { lots, assets, realised, feesInKind }]) => ({
        instrument,
        baseAsset: assets.baseAsset,
        quoteAsset: assets.quoteAsset,
        ...futureOf(assets),
        quantity: text(lots.quantity),
        cost: text(lots.cost),
        realised: text(realised),
        feesInKind: text(feesInKind),
        lots: lots.open.map(({ openedAt, units, cost }) => ({ openedAt, units: text(units), cost: text(cost) })),
      })),
    };
  }
}

/** What a fee in units is worth: at the price of its trade, or of what is held where there is none. */
function feeValue(fee: Decimal, traded: Decimal, money: Decimal, lots: Lots): Decimal {
  const [units, paid] = traded.isZero() ? [lots.quantity, lots.cost] : [traded, money.neg()];
  return units.isZero() ? ZERO : fee.mul(paid).div(units).toDecimalPlaces(PLACES);
}

/**
 * Entries in the order in which they count, whatever order they were booked in: by passage of the clock, market time, and the
 * source of the entry that they belong to; an entry that sets another right follows it. Answers them in groups of that kind.
 */
function inLedgerOrder(entries: readonly BookedEntry[]): readonly (readonly BookedEntry[])[] {
  const roots = entries.filter(({ corrects }) => corrects === null);
  const bySource = (a: BookedEntry, b: BookedEntry): number => (a.source < b.source ? -1 : a.source > b.source ? 1 : 0);
  const ordered = roots.toSorted(
    (a, b) => a.passage - b.passage || (a.marketAt < b.marketAt ? -1 : a.marketAt > b.marketAt ? 1 : bySource(a, b)),
  );
  const corrections = new Map<number, BookedEntry[]>();
  for (const entry of entries) {
    if (entry.corrects !== null) corrections.set(entry.corrects, [...(corrections.get(entry.corrects) ?? []), entry]);
  }
  return ordered.map((root) => [root, ...(corrections.get(root.id) ?? []).toSorted(bySource)]);
}

/** The book of some entries, in whatever order they are given. */
export function bookOf(
  entries: readonly BookedEntry[],
  assetsOf: ReadonlyMap<InstrumentId, InstrumentAssets>,
  basis: CostBasis,
): Book {
  const keeper = new Bookkeeper(assetsOf, basis);
  for (const group of inLedgerOrder(entries)) keeper.add(group);
  return keeper.book();
}
