import type { Instant } from '../clock/instant';
import type { DecimalString } from '../money/decimal';
import type { InstrumentId } from '../instrument/instrument';

/** What an entry of the ledger records. */
export const ENTRY_KINDS = [
  'fill',
  'fee',
  'funding',
  'interest',
  'dividend',
  'deposit',
  'withdrawal',
  'correction',
  'dust',
] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

/**
 * Where an amount is or where it came from. `cash:ASSET`, `position:ID` and `dust:ID` together are what the venue holds;
 * the others are the counterparts that make every entry sum to zero.
 */
export type LedgerAccount =
  | `cash:${string}`
  | `position:${InstrumentId}`
  | `dust:${InstrumentId}`
  | `trading:${InstrumentId}`
  | 'fees'
  | 'income'
  | 'external'
  | 'suspense';

/** One movement of one asset in one ledger account. */
export interface LedgerLeg {
  readonly ledgerAccount: LedgerAccount;
  readonly asset: string;
  /** What comes in is positive, what leaves negative; never zero. */
  readonly amount: DecimalString;
  /** Of units that come or go without a trade: what they count as, in quote currency, signed as the units. */
  readonly cost?: DecimalString;
}

/** An entry as the ledger holds it. */
export interface BookedEntry {
  readonly id: number;
  readonly kind: EntryKind;
  /** Identity of what the entry comes from, unique for the account. */
  readonly source: string;
  readonly instrument: InstrumentId | null;
  readonly tradeId: string | null;
  /** Id of the entry that this one sets right. */
  readonly corrects: number | null;
  /** How often the account's clock had been turned back; market times are in order only within one passage. */
  readonly passage: number;
  readonly marketAt: Instant;
  readonly actor: string | null;
  readonly reason: string | null;
  readonly legs: readonly LedgerLeg[];
}
