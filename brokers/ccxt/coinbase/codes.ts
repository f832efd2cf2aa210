import type { VenueCodes } from '../classify';

/** Reasons that say nothing: another field of the same answer says it. */
const EMPTY_REASON = /^UNKNOWN_(?:PREVIEW_|NEW_ORDER_)?FAILURE_REASON$/;

/**
 * Refusals of Coinbase Advanced
 * (https://docs.cdp.coinbase.com/api-reference/advanced-trade-api/rest-api/orders/create-order). A refused order is
 * answered with status 200 and an `error_response`, whose most telling field counts; the preview's reasons are the order's
 * own under another name.
 */
export const COINBASE_CODES: VenueCodes = {
  codeOf: (body) => {
    const json = parsed(body);
    const response = field(json, 'error_response');
    if (response === undefined) return topCode(json);
    const reasons = ['preview_failure_reason', 'new_order_failure_reason', 'error'].map((name) => text(response, name));
    const telling = reasons.find((reason) => reason !== undefined && !EMPTY_REASON.test(reason));
    return telling?.replace(/^PREVIEW_/, '') ?? 'UNKNOWN_FAILURE_REASON';
  },
  duplicate: new Set(['DUPLICATE_CLIENT_ORDER_ID']),
  // Coinbase gives no reason: whether there is an order is for the look-up to say.
  unknown: new Set(['UNKNOWN_FAILURE_REASON', 'COMMANDER_REJECTED_NEW_ORDER', 'internal_server_error', 'INTERNAL']),
  // Nothing voids a request early, so that none is certainly not accepted.
  notAccepted: new Set(),
  rejected: new Map([
    ['INSUFFICIENT_FUND', 'insufficient_funds'],
    ['INSUFFICIENT_FUNDS', 'insufficient_funds'],
    ['INSUFFICIENT_LEDGER_BALANCE', 'insufficient_funds'],
    ['INVALID_LEDGER_BALANCE', 'insufficient_funds'],
    ['INVALID_LIMIT_PRICE_POST_ONLY', 'would_take_liquidity'],
    ['STOP_PRICE_ABOVE_LAST_TRADE_PRICE', 'would_trigger_immediately'],
    ['STOP_PRICE_BELOW_LAST_TRADE_PRICE', 'would_trigger_immediately'],
    ['ORDER_ENTRY_DISABLED', 'instrument_closed'],
    ['UNTRADABLE_PRODUCT', 'instrument_closed'],
    ['INELIGIBLE_PAIR', 'not_supported'],
    ['INVALID_PRODUCT_ID', 'not_supported'],
    ['VIEW_ONLY_PRODUCT', 'not_supported'],
    ['UNSUPPORTED_ORDER_CONFIGURATION', 'not_supported'],
    ['INVALID_ORDER_CONFIG', 'invalid_order'],
    ['INVALID_ARGUMENT', 'invalid_order'],
    ['INVALID_REQUEST', 'invalid_order'],
    ['INVALID_SIDE', 'invalid_order'],
    ['INVALID_SIZE_PRECISION', 'invalid_order'],
    ['INVALID_PRICE_PRECISION', 'invalid_order'],
    ['INVALID_BASE_SIZE_TOO_SMALL', 'invalid_order'],
    ['INVALID_BASE_SIZE_TOO_LARGE', 'invalid_order'],
    ['INVALID_QUOTE_SIZE_TOO_SMALL', 'invalid_order'],
    ['INVALID_QUOTE_SIZE_TOO_LARGE', 'invalid_order'],
    ['INVALID_LIMIT_PRICE', 'invalid_order'],
    ['INVALID_STOP_PRICE', 'invalid_order'],
    ['INVALID_NO_LIQUIDITY', 'invalid_order'],
    ['STOP_PRICE_ABOVE_LIMIT_PRICE', 'invalid_order'],
    ['STOP_PRICE_BELOW_LIMIT_PRICE', 'invalid_order'],
    ['PERMISSION_DENIED', 'account_refused'],
    ['UNAUTHENTICATED', 'account_refused'],
    ['GEOFENCING_RESTRICTION', 'account_refused'],
  ]),
  noOrder: new Set(['order_not_found', 'NOT_FOUND']),
};

/** An unknown order is answered as `{"error":"unknown"}`; only the words beside it tell what was unknown. */
function topCode(json: unknown): string | undefined {
  const error = text(json, 'error');
  if (error !== 'unknown') return error;
  return /order.*not found/i.test(text(json, 'error_details') ?? text(json, 'message') ?? '')
    ? 'order_not_found'
    : error;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function field(json: unknown, name: string): unknown {
  return typeof json === 'object' && json !== null ? (json as Record<string, unknown>)[name] : undefined;
}

function text(json: unknown, name: string): string | undefined {
  const value = field(json, name);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
