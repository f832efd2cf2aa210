/**
 * Every problem that the API can answer with: HTTP status and title. Clients branch on the code; a code never changes
 * its meaning. `urn:tradewind:problem:{code}` is the document's `type` (RFC 9457).
 */
export const PROBLEMS = {
  bad_request: { status: 400, title: 'The request cannot be read' },
  malformed_json: { status: 400, title: 'The body is not JSON' },
  invalid_cursor: { status: 400, title: 'The cursor is not one that this list gave out' },
  idempotency_key_required: { status: 400, title: 'The header Idempotency-Key is missing' },
  invalid_idempotency_key: { status: 400, title: 'The header Idempotency-Key breaks its rule' },
  unauthenticated: { status: 401, title: 'No valid API key' },
  forbidden: { status: 403, title: 'The role of this key does not allow this' },
  own_trade: { status: 403, title: 'Nobody approves a trade of their own' },
  own_halt: { status: 403, title: 'Nobody releases a halt of their own' },
  not_found: { status: 404, title: 'There is no such thing' },
  method_not_allowed: { status: 405, title: 'This address does not take this method' },
  idempotency_conflict: { status: 409, title: 'The key was used for another request' },
  halted: { status: 409, title: 'The kill switch is engaged' },
  unreconciled: { status: 409, title: 'Our books and the venue differ' },
  difference_not_open: { status: 409, title: 'This difference is not open' },
  correction_refused: { status: 409, title: 'The ledger does not take this correction' },
  not_standing: { status: 409, title: 'This halt does not stand' },
  action_not_possible: { status: 409, title: 'Not possible in this phase of the trade' },
  account_not_flat: { status: 409, title: 'The account has an open trade or position' },
  quarantined: { status: 409, title: 'The account is quarantined' },
  not_our_order: { status: 409, title: 'The order was placed by somebody else' },
  protects_position: { status: 409, title: 'The order protects or closes a position' },
  order_ended: { status: 409, title: 'The order has ended' },
  order_not_in_doubt: { status: 409, title: 'The order is not in doubt' },
  clock_is_live: { status: 409, title: 'The clock of this account cannot be moved' },
  clock_goes_back: { status: 409, title: 'A clock only moves forward' },
  no_analysis: { status: 409, title: 'The trade has asked no language model' },
  last_admin_key: { status: 409, title: 'Somebody must be able to make keys' },
  reports_own_age: { status: 409, title: 'The secret reports its own age' },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The body must be application/json' },
  invalid_request: { status: 422, title: 'The request breaks a rule' },
  outside_coverage: { status: 422, title: 'The calendar does not know these days' },
  unknown_reference: { status: 422, title: 'The request names something that does not exist' },
  strategy_unavailable: { status: 422, title: 'The strategy is not set up on this installation' },
  insufficient_funds: { status: 422, title: 'The venue refused the entry: not enough funds' },
  invalid_order: { status: 422, title: 'The venue refused the entry: the order breaks its rules' },
  trade_rejected: { status: 422, title: 'The trade was rejected before anything was bought or sold' },
  too_many_failures: { status: 429, title: 'Too many failed authentications' },
  too_many_halts: { status: 429, title: 'Too many halts by one caller' },
  internal: { status: 500, title: 'An error of this server' },
  database_unavailable: { status: 503, title: 'The database cannot be reached' },
  venue_unavailable: { status: 503, title: 'Nobody answers for the account' },
  temporal_unavailable: { status: 503, title: 'Temporal cannot be reached' },
} as const satisfies Readonly<Record<string, { readonly status: number; readonly title: string }>>;

export type ProblemCode = keyof typeof PROBLEMS;

/** One field that breaks a rule. */
export interface FieldProblem {
  /** Path in the body, query or headers, such as `entry.price`; empty for the whole. */
  readonly field: string;
  /** Stable name of the rule, such as `required` or `decimal_string`. */
  readonly rule: string;
  /** The rule in words; it never repeats what the client sent. */
  readonly message: string;
  /** What would have been accepted, where that is a short list. */
  readonly known?: readonly string[];
}

/** A broken rule as a sentence without its full stop: most rules go on from the field, others speak for themselves. */
export function ruleSentence(field: string, message: string): string {
  return /^(must|is|has|needs|breaks) /.test(message) ? `${field} ${message}` : `${field}: ${message}`;
}

/** A problem document (RFC 9457) as this API writes it. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail: string;
  readonly errors?: readonly FieldProblem[];
  /** Of `action_not_possible`: where the trade stands and what could be asked of it. */
  readonly phase?: string;
  readonly possibleActions?: readonly string[];
  /** Of `halted`: which scope is engaged. */
  readonly scope?: string;
  /** Of a trade that ended while its client waited: which trade, and why by its code. */
  readonly tradeId?: string;
  readonly outcomeCode?: string;
}
