import type { VenueCodes } from '../classify';

const TEN_MINUTES = 600_000;

/** Error codes of Bybit v5 (https://bybit-exchange.github.io/docs/v5/error); all but a few come with HTTP 200. */
export const BYBIT_CODES: VenueCodes = {
  codeOf: (body) => /"ret_?[cC]ode"\s*:\s*(-?\d+)/.exec(body)?.[1],
  duplicate: new Set(['110072', '170141', '10014', '12141']),
  // A time-out of the server, a system error, a limit of the whole system, an internal error, a time-out of the backend, of
  // the order's creation, a creation that failed without a reason, and a network or system error behind the gateway.
  unknown: new Set(['10000', '10016', '10429', '170001', '170007', '170032', '170146', '170149', '170234']),
  // Outside of the receive window, or the time stamp was ahead of the server's.
  notAccepted: new Set(['10002', '-1021']),
  rejected: new Map([
    ['110004', 'insufficient_funds'],
    ['110007', 'insufficient_funds'],
    ['110012', 'insufficient_funds'],
    ['170033', 'insufficient_funds'],
    ['170131', 'insufficient_funds'],
    ['170218', 'would_take_liquidity'],
    ['170151', 'instrument_closed'],
    ['170157', 'not_supported'],
    ['170159', 'instrument_closed'],
    ['170121', 'not_supported'],
    ['170209', 'account_refused'],
    ['10003', 'account_refused'],
    ['10004', 'account_refused'],
    ['10005', 'account_refused'],
    ['10007', 'account_refused'],
    ['10008', 'account_refused'],
    ['10009', 'account_refused'],
    ['10010', 'account_refused'],
    ['10024', 'account_refused'],
    ['10027', 'account_refused'],
    ['10028', 'account_refused'],
    ['10029', 'account_refused'],
    ['170201', 'account_refused'],
    ['170124', 'invalid_order'],
    ['170130', 'invalid_order'],
    ['170132', 'invalid_order'],
    ['170133', 'invalid_order'],
    ['170134', 'invalid_order'],
    ['170135', 'invalid_order'],
    ['170136', 'invalid_order'],
    ['170137', 'invalid_order'],
    ['170140', 'invalid_order'],
    ['170148', 'invalid_order'],
    ['170210', 'invalid_order'],
  ]),
  noOrder: new Set(['110001', '110008', '110010', '170139', '170142', '170143', '170190', '170213']),
  // Too many requests from one address: a status without a code, or a code of its own.
  blocks: new Map([
    ['403', TEN_MINUTES],
    ['10018', TEN_MINUTES],
  ]),
};
