import type { VenueCodes } from '../classify';

/** Error codes of Binance spot (https://developers.binance.com/docs/binance-spot-api-docs/errors). */
export const BINANCE_CODES: VenueCodes = {
  codeOf: (body) => {
    const code = /"code"\s*:\s*(-?\d+)/.exec(body)?.[1];
    if (code === undefined) return undefined;
    // One code covers every refusal of the matching engine; only its words tell them apart.
    const words = /"msg"\s*:\s*"([^"]*)"/.exec(body)?.[1] ?? '';
    if (code === '-2010' || code === '-1013') return `${code} ${reasonOf(words)}`;
    return code;
  },
  duplicate: new Set(['-2010 duplicate']),
  // "Unknown error", "unexpected response; status unknown", "time-out; status unknown", "server busy".
  unknown: new Set(['-1000', '-1001', '-1006', '-1007', '-1008', '-1016']),
  // Outside of the receive window, or the time stamp was ahead of the server's.
  notAccepted: new Set(['-1021']),
  rejected: new Map([
    ['-2010 funds', 'insufficient_funds'],
    ['-2010 trigger', 'would_trigger_immediately'],
    ['-2010 maker', 'would_take_liquidity'],
    ['-2010 closed', 'instrument_closed'],
    ['-2010 other', 'invalid_order'],
    ['-1013 closed', 'instrument_closed'],
    ['-1013 other', 'invalid_order'],
    ['-1013 duplicate', 'invalid_order'],
    ['-1013 funds', 'invalid_order'],
    ['-1013 trigger', 'invalid_order'],
    ['-1013 maker', 'invalid_order'],
    ['-1111', 'invalid_order'],
    ['-1121', 'not_supported'],
    ['-2014', 'account_refused'],
    ['-2015', 'account_refused'],
    ['-1002', 'account_refused'],
    ['-1022', 'account_refused'],
  ]),
  noOrder: new Set(['-2013', '-2011', '-2026']),
};

function reasonOf(words: string): string {
  if (/duplicate order/i.test(words)) return 'duplicate';
  if (/insufficient balance/i.test(words)) return 'funds';
  if (/trigger immediately/i.test(words)) return 'trigger';
  if (/immediately match and take/i.test(words)) return 'maker';
  return /market is closed/i.test(words) ? 'closed' : 'other';
}
