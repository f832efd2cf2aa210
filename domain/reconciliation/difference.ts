import type { InstrumentId } from '../instrument/instrument';
import type { DecimalString } from '../money/decimal';

/**
 * In which way the books and the venue differ.
 *
 * - `order-missing-at-venue` the journal has it working, and the venue has no such order
 * - `order-unknown-to-us` an order works at the venue that is none of ours
 * - `state` one side has it working, the other has it ended
 * - `filled-quantity` the venue counts other units filled than are booked, and no fill explains it
 * - `fill-missing` the venue shows a fill of an order of ours that is not booked
 * - `fill-unknown` a fill of somebody else's order
 * - `fill-missing-at-venue` a fill is booked that the venue does not show
 * - `fill-differs` both have the fill, with another side, quantity, price or fee
 * - `balance` an asset, beyond what the fills above explain
 * - `position` the units of an instrument, at a venue that counts positions
 * - `position-unknown-to-us` units of something that the account does not trade, at such a venue
 */
export const DIFFERENCE_KINDS = [
  'order-missing-at-venue',
  'order-unknown-to-us',
  'state',
  'filled-quantity',
  'fill-missing',
  'fill-unknown',
  'fill-missing-at-venue',
  'fill-differs',
  'balance',
  'position',
  'position-unknown-to-us',
] as const;
export type DifferenceKind = (typeof DIFFERENCE_KINDS)[number];

/** Kinds that come from somebody else's trading: none is taken for ours, and each is shown until a person accepts it. */
export const FOREIGN_KINDS: readonly DifferenceKind[] = [
  'order-unknown-to-us',
  'fill-unknown',
  'position-unknown-to-us',
];

/** What makes our side equal to the venue's where no order or fill can. */
export interface Correction {
  /** By how much the position of the difference's instrument is moved, in units; 0 for not at all. */
  readonly units: DecimalString;
  /** What is moved of assets that are counted by themselves; none is zero. */
  readonly amounts: readonly { readonly asset: string; readonly amount: DecimalString }[];
}

/** One thing in which the two sides do not agree. */
export interface Difference {
  readonly kind: DifferenceKind;
  /** What it is about, such as `fill/BTC/USDT/17/3` or `balance/USDT`. */
  readonly subject: string;
  readonly instrument: InstrumentId | null;
  /** Of a balance: the asset; every instrument that exchanges it is concerned. */
  readonly asset: string | null;
  /** Our side and the venue's: amounts as decimal strings, states by name; null where that side has nothing. */
  readonly ours: string | null;
  readonly venue: string | null;
  /** What both sides show, in full. */
  readonly evidence: Readonly<Record<string, unknown>>;
  /** Null where accepting books no correction. */
  readonly correction: Correction | null;
}

/**
 * The same difference at another look has the same key. Of amounts that move with every fill the key holds how far they
 * are apart, not how high they are.
 */
export function keyOf({ kind, subject, ours, venue, correction }: Difference): string {
  const gap = correction?.amounts[0]?.amount ?? correction?.units;
  const apart = kind === 'balance' || kind === 'position' ? (gap ?? '') : `${ours ?? ''}|${venue ?? ''}`;
  // Whether somebody else's fill is booked already, and how far somebody else's order is filled, makes it no other one.
  return FOREIGN_KINDS.includes(kind) ? `${kind}|${subject}` : `${kind}|${subject}|${apart}`;
}

/** One line for people. */
export function describeDifference({
  kind,
  subject,
  ours,
  venue,
}: Pick<Difference, 'kind' | 'subject' | 'ours' | 'venue'>): string {
  return `${kind} ${subject}: ours ${ours ?? 'nothing'}, venue ${venue ?? 'nothing'}`;
}

/** Those of the second look that the first one had, too: what only one look saw was on its way. */
export function seenTwice(first: readonly Difference[], second: readonly Difference[]): readonly Difference[] {
  const keys = new Set(first.map(keyOf));
  return second.filter((difference) => keys.has(keyOf(difference)));
}
