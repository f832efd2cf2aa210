import type { VenueCodes } from '../classify';

/** How long everybody stays away when Kraken says that it was asked too much, in milliseconds. */
const BLOCK = 60_000;

/** Texts of arguments that can only be wrong because the id is in use: ours is always well formed. */
const ABOUT_THE_ID = /cl_?ord_?id|reference id/i;

/**
 * Errors of Kraken spot (https://docs.kraken.com/exchange/guides/general/errors): texts in a list, with status 200. Only
 * the first two parts of a text are its code; a third names an argument.
 * Kraken says that an id must be unique among open orders, and not in which words it refuses another: every text that
 * speaks of a duplicate counts, and one that finds fault with the id is unknown.
 */
export const KRAKEN_CODES: VenueCodes = {
  codeOf: (body) => {
    const error = firstError(body);
    if (error === undefined) return undefined;
    if (/duplicate/i.test(error)) return 'EOrder:Duplicate order';
    if (ABOUT_THE_ID.test(error)) return 'EOrder:Invalid reference id';
    return error.split(':').slice(0, 2).join(':').trim();
  },
  duplicate: new Set(['EOrder:Duplicate order']),
  // The service gave up on its own engine, or does not say whether it did.
  unknown: new Set([
    'EService:Unavailable',
    'EService:Busy',
    'EService:Deadline elapsed',
    'EService:Market in cancel_only mode',
    'EService:Market in post_only mode',
    'EGeneral:Internal error',
    'EDatabase:Internal error',
    'EOrder:Invalid reference id',
    'EAPI:Rate limit exceeded',
    'EOrder:Rate limit exceeded',
    'EOrder:Domain rate limit exceeded',
    'EGeneral:Too many requests',
    'EGeneral:Temporary lockout',
  ]),
  // A nonce below one that was seen before: the request was not read any further.
  notAccepted: new Set(['EAPI:Invalid nonce']),
  rejected: new Map([
    ['EOrder:Insufficient funds', 'insufficient_funds'],
    ['EOrder:Insufficient margin', 'insufficient_funds'],
    ['EOrder:Post only order', 'would_take_liquidity'],
    ['EOrder:Invalid price', 'invalid_order'],
    ['EOrder:Invalid order', 'invalid_order'],
    ['EOrder:Order minimum not met', 'invalid_order'],
    ['EOrder:Cost minimum not met', 'invalid_order'],
    ['EOrder:Tick size check failed', 'invalid_order'],
    ['EOrder:Orders limit exceeded', 'invalid_order'],
    ['EGeneral:Invalid arguments', 'invalid_order'],
    ['EQuery:Unknown asset pair', 'not_supported'],
    ['EQuery:Invalid asset pair', 'not_supported'],
    ['EAPI:Invalid key', 'account_refused'],
    ['EAPI:Invalid signature', 'account_refused'],
    ['EGeneral:Permission denied', 'account_refused'],
    ['EAccount:Invalid permissions', 'account_refused'],
    ['EAuth:Account temporary disabled', 'account_refused'],
    ['EAuth:Account unconfirmed', 'account_refused'],
    ['ETrade:User Locked', 'account_refused'],
  ]),
  noOrder: new Set(['EOrder:Unknown order', 'EOrder:Invalid order', 'EQuery:Unknown order']),
  // Said with a status of success, and without a time.
  blocks: new Map([
    ['EAPI:Rate limit exceeded', BLOCK],
    ['EGeneral:Too many requests', BLOCK],
    ['EGeneral:Temporary lockout', BLOCK],
  ]),
};

/** The first text that is an error and no warning. */
function firstError(body: string): string | undefined {
  try {
    const { error } = JSON.parse(body) as { readonly error?: unknown };
    const texts: readonly unknown[] = Array.isArray(error) ? error : [];
    return texts.find((text): text is string => typeof text === 'string' && text.startsWith('E'));
  } catch {
    return undefined;
  }
}
