import { createPublicKey, verify } from 'node:crypto';
import type { EpochMillis } from '../../../domain/clock/instant';
import type { SimAccount, SimLedger } from '../ledger';

interface Claims {
  readonly sub?: unknown;
  readonly iss?: unknown;
  readonly nbf?: unknown;
  readonly exp?: unknown;
  readonly uri?: unknown;
}

/**
 * Whose token this is: ES256 over the key's own P-256 curve, issued for this method and path (none for a stream), and good
 * at this moment. Undefined for every other one; Coinbase does not say what was wrong with it.
 */
export function holderOf(ledger: SimLedger, token: string, where?: string): SimAccount | undefined {
  const [head = '', payload = '', signature = ''] = token.split('.');
  const header = decoded(head) as { readonly alg?: unknown; readonly kid?: unknown } | undefined;
  const claims = decoded(payload) as Claims | undefined;
  if (header === undefined || claims === undefined || header.alg !== 'ES256') return undefined;
  const account = ledger.account(String(header.kid));
  if (account === undefined || claims.sub !== account.apiKey || claims.iss !== 'coinbase-cloud') return undefined;
  const key = { key: createPublicKey(account.secret), dsaEncoding: 'ieee-p1363' } as const;
  if (!verify('sha256', Buffer.from(`${head}.${payload}`), key, Buffer.from(signature, 'base64url'))) return undefined;
  return isGood(claims, ledger.options.now()) && isFor(claims, where) ? account : undefined;
}

function isGood({ nbf, exp }: Claims, now: EpochMillis): boolean {
  return Number(nbf) * 1_000 <= now && now < Number(exp) * 1_000;
}

/** The claim names method, host and path; the host of a simulator is any. */
function isFor({ uri }: Claims, where: string | undefined): boolean {
  if (where === undefined) return uri === undefined;
  const [method, path] = where.split(' ');
  return typeof uri === 'string' && uri.startsWith(`${method} `) && uri.endsWith(path ?? '');
}

function decoded(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString());
  } catch {
    return undefined;
  }
}
