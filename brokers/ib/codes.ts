import type { VenueRejectCode } from '../../domain/order/broker';

/**
 * What an error of TWS says about the order or request that it names.
 *
 * - `rejected`: refused, nothing works at the venue.
 * - `duplicate`: TWS has seen this order id; ours may be there.
 * - `cancelled`: the order has ended, cancelled.
 * - `too-late`: a cancel came when nothing was left to cancel, or named an order that TWS does not know.
 * - `held`: accepted, and kept back until its market opens.
 * - `warning`: accepted, with a remark.
 */
export type OrderErrorClass = 'rejected' | 'duplicate' | 'cancelled' | 'too-late' | 'held' | 'warning';

/** What a message about the connection as a whole says. */
export type LineErrorClass = 'client-id-in-use' | 'upstream-lost' | 'upstream-back' | 'port-moved' | 'unsupported';

/** One row of the table of error codes. */
export interface OrderErrorRow {
  readonly code: number;
  readonly is: OrderErrorClass;
  /** Of a rejection. */
  readonly as?: VenueRejectCode;
  /** What the code means and what to do, for people. */
  readonly meaning: string;
}

/**
 * The codes that an order can be answered with.
 * Source: Interactive Brokers, TWS API documentation, "Error Handling: system and TWS message codes".
 */
export const ORDER_ERRORS: readonly OrderErrorRow[] = [
  { code: 103, is: 'duplicate', meaning: 'the order id was used before by this client id' },
  { code: 104, is: 'duplicate', meaning: 'the order of this id has filled and cannot be modified' },
  { code: 105, is: 'duplicate', meaning: 'the order of this id differs from the one sent' },
  { code: 106, is: 'rejected', as: 'invalid_order', meaning: 'the order cannot be transmitted' },
  { code: 107, is: 'rejected', as: 'invalid_order', meaning: 'the order is incomplete' },
  { code: 109, is: 'rejected', as: 'invalid_order', meaning: 'the price is out of the range that TWS allows' },
  { code: 110, is: 'rejected', as: 'invalid_order', meaning: 'the price is off the minimum tick' },
  {
    code: 116,
    is: 'rejected',
    as: 'account_refused',
    meaning: 'the order could not be transmitted to a dead exchange',
  },
  { code: 133, is: 'rejected', as: 'invalid_order', meaning: 'the new order could not be submitted' },
  { code: 135, is: 'too-late', meaning: 'TWS does not know the order that was to be cancelled' },
  { code: 161, is: 'too-late', meaning: 'the order is in no state in which it can be cancelled' },
  { code: 200, is: 'rejected', as: 'not_supported', meaning: 'no contract was found for the request' },
  { code: 201, is: 'rejected', as: 'invalid_order', meaning: 'the order was rejected; the text says why' },
  { code: 202, is: 'cancelled', meaning: 'the order was cancelled' },
  { code: 203, is: 'rejected', as: 'not_supported', meaning: 'this account may not trade the instrument' },
  { code: 321, is: 'rejected', as: 'invalid_order', meaning: 'TWS refused the request: the text names the field' },
  { code: 322, is: 'rejected', as: 'invalid_order', meaning: 'TWS could not process the request' },
  { code: 325, is: 'rejected', as: 'not_supported', meaning: 'a discretionary order of this kind is not allowed' },
  { code: 328, is: 'rejected', as: 'not_supported', meaning: 'a trailing stop needs another order type' },
  { code: 329, is: 'duplicate', meaning: 'the order cannot be changed into this type' },
  { code: 355, is: 'rejected', as: 'invalid_order', meaning: 'the size does not suit the market rule' },
  { code: 387, is: 'rejected', as: 'not_supported', meaning: 'the order type is not supported for this instrument' },
  { code: 388, is: 'rejected', as: 'invalid_order', meaning: 'the size is below the minimum' },
  { code: 391, is: 'rejected', as: 'invalid_order', meaning: 'the good-till date is wrong' },
  { code: 399, is: 'held', meaning: 'accepted with a remark, most often: held until the market opens' },
  { code: 404, is: 'held', meaning: 'held while shares to borrow are looked for' },
  { code: 434, is: 'rejected', as: 'invalid_order', meaning: 'the size must not be zero' },
  { code: 435, is: 'rejected', as: 'account_refused', meaning: 'the account code is missing or wrong' },
  { code: 436, is: 'rejected', as: 'account_refused', meaning: 'no allocation for the order' },
  { code: 460, is: 'rejected', as: 'not_supported', meaning: 'no trading permission for this instrument' },
  { code: 461, is: 'rejected', as: 'invalid_order', meaning: 'the size must be a whole number of lots' },
  { code: 10052, is: 'rejected', as: 'invalid_order', meaning: 'the time in force is not valid' },
  { code: 10147, is: 'too-late', meaning: 'the order that was to be cancelled is not there' },
  { code: 10148, is: 'too-late', meaning: 'the order that was to be cancelled has ended' },
  { code: 10149, is: 'rejected', as: 'invalid_order', meaning: 'the model code is not valid' },
  { code: 10243, is: 'rejected', as: 'invalid_order', meaning: 'the interface takes no fractional quantity here' },
  { code: 10268, is: 'rejected', as: 'not_supported', meaning: 'an attribute of the order is not supported' },
  { code: 10289, is: 'rejected', as: 'invalid_order', meaning: 'a cash quantity is needed' },
  { code: 10318, is: 'rejected', as: 'invalid_order', meaning: 'the order breaks a size rule of its exchange' },
  { code: 10349, is: 'warning', meaning: 'the time in force was set by a preset of TWS' },
];

/** Codes of messages about the connection. Source: as above, "system message codes". */
const LINE_ERRORS: ReadonlyMap<number, LineErrorClass> = new Map([
  [326, 'client-id-in-use'],
  [1100, 'upstream-lost'],
  [2110, 'upstream-lost'],
  [1101, 'upstream-back'],
  [1102, 'upstream-back'],
  [1300, 'port-moved'],
  [506, 'unsupported'],
]);

const BY_CODE = new Map(ORDER_ERRORS.map((row) => [row.code, row]));
const REMARKS = { from: 2_100, to: 2_169 } as const;

/** Texts of 201 that have a code of their own; TWS gives no more than the text. */
const REASONS: readonly (readonly [RegExp, VenueRejectCode])[] = [
  [/insufficient|margin|buying power|available funds|cash/i, 'insufficient_funds'],
  [/not open|market is closed|outside .*trading hours|no trading|halted/i, 'instrument_closed'],
  [/permission|not allowed to trade|restricted|account/i, 'account_refused'],
  [/not supported|not available for/i, 'not_supported'],
];

/** What an error says about an order. */
export interface OrderErrorReading {
  readonly is: OrderErrorClass;
  /** Of a rejection. */
  readonly as: VenueRejectCode;
  /** Whether the code stands in the table: one that does not counts as a rejection only if TWS shows no order. */
  readonly listed: boolean;
}

/** What an error says about an order: its class, and the code of a rejection. */
export function orderError(code: number, message: string): OrderErrorReading {
  const row = BY_CODE.get(code);
  if (row === undefined) {
    const remark = code >= REMARKS.from && code <= REMARKS.to;
    return { is: remark ? 'warning' : 'rejected', as: 'invalid_order', listed: remark };
  }
  if (code !== 201) return { is: row.is, as: row.as ?? 'invalid_order', listed: true };
  const reason = REASONS.find(([words]) => words.test(message));
  return { is: 'rejected', as: reason?.[1] ?? 'invalid_order', listed: true };
}

/** What a message about the connection means; undefined for one that changes nothing. */
export function lineError(code: number): LineErrorClass | undefined {
  return LINE_ERRORS.get(code);
}
