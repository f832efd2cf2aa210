import type { VenueCodes } from '../classify';

/** Error codes of OKX (https://www.okx.com/docs-v5/en/#error-code). Refused orders come with HTTP 200 and a code of their own. */
export const OKX_CODES: VenueCodes = {
  codeOf: (body) => {
    // The order's own code says more than "all operations failed".
    const own = /"sCode"\s*:\s*"?(\d+)/.exec(body)?.[1];
    return own !== undefined && own !== '0' ? own : /"code"\s*:\s*"?(\d+)/.exec(body)?.[1];
  },
  duplicate: new Set(['51016', '51065']),
  // The engine is being upgraded, a time-out of the endpoint, busy, a system error, too many requests (which may have been
  // counted after their acceptance), and a placement that timed out.
  unknown: new Set(['50001', '50004', '50011', '50013', '50026', '50061', '51054', '51149']),
  // The request's time stamp, or its own deadline, had passed.
  notAccepted: new Set(['50036', '50037', '50102', '50112']),
  rejected: new Map([
    ['51008', 'insufficient_funds'],
    ['51119', 'insufficient_funds'],
    ['51127', 'insufficient_funds'],
    ['51131', 'insufficient_funds'],
    ['51278', 'would_trigger_immediately'],
    ['51280', 'would_trigger_immediately'],
    ['51001', 'not_supported'],
    ['51021', 'instrument_closed'],
    ['51022', 'instrument_closed'],
    ['51027', 'instrument_closed'],
    ['51000', 'invalid_order'],
    ['51004', 'invalid_order'],
    ['51005', 'invalid_order'],
    ['51006', 'invalid_order'],
    ['51020', 'invalid_order'],
    ['51120', 'invalid_order'],
    ['51121', 'invalid_order'],
    ['50030', 'account_refused'],
    ['50035', 'account_refused'],
    ['50100', 'account_refused'],
    ['50101', 'account_refused'],
    ['50105', 'account_refused'],
    ['50110', 'account_refused'],
    ['50111', 'account_refused'],
    ['50113', 'account_refused'],
    ['50114', 'account_refused'],
    ['50119', 'account_refused'],
    ['51009', 'account_refused'],
    ['51010', 'account_refused'],
    ['51024', 'account_refused'],
    ['51155', 'account_refused'],
  ]),
  noOrder: new Set(['51400', '51401', '51402', '51503', '51603']),
};
