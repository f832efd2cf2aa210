import { timingSafeEqual } from 'node:crypto';
import type { Request } from 'express';
import { mayActAs } from '../domain/access/role';
import type { Role } from '../domain/access/role';
import { findKey, hashKey, touchKey } from '../database/keys';
import type { Queryable } from '../database/pool';
import type { FailureWindow } from './failure-window';
import { ApiProblem } from './problem';

/** Who asks, once the key is known. */
export interface Caller {
  readonly keyId: string;
  readonly role: Role;
  /** The key's name and the start of its id: unique, and readable in audit rows and on trades. */
  readonly actor: string;
}

/** Compared against when no key was found, so that both cases do the same work. */
const NO_HASH = '0'.repeat(64);

/**
 * Finds out who asks. An unknown, a revoked and a wrong key take one path: hash, one look-up, one comparison in
 * constant time, one answer.
 * @throws ApiProblem `unauthenticated`, or `too_many_failures` when this address failed too often of late. A valid key
 * is served in any case: nobody who guesses may keep an operator out.
 */
export async function authenticate(request: Request, database: Queryable, failures: FailureWindow): Promise<Caller> {
  const address = request.ip ?? '';
  const key = keyOf(request);
  if (key !== undefined) {
    const hash = hashKey(key);
    const found = await findKey(database, hash);
    const equal = timingSafeEqual(Buffer.from(hash), Buffer.from(found?.hash ?? NO_HASH));
    if (found !== undefined && equal && !found.revoked) {
      await touchKey(database, found.id);
      return { keyId: found.id, role: found.role, actor: `${found.name}#${found.id.slice(0, 8)}` };
    }
  }
  const wait = failures.record(address);
  if (wait !== undefined) {
    throw new ApiProblem(
      'too_many_failures',
      'Too many requests without a valid API key came from this address.',
      {},
      wait,
    );
  }
  throw new ApiProblem(
    'unauthenticated',
    'Send a valid API key as "Authorization: Bearer KEY" or "X-API-Key: KEY"; the first key is in var/api-key.',
  );
}

/** @throws ApiProblem `forbidden` when the role is too low */
export function authorise(caller: Caller, needed: Role): void {
  if (mayActAs(caller.role, needed)) return;
  throw new ApiProblem('forbidden', `This needs the role ${needed}; the key has the role ${caller.role}.`);
}

function keyOf(request: Request): string | undefined {
  const bearer = /^Bearer +(\S+) *$/i.exec(request.get('authorization') ?? '')?.[1];
  return bearer ?? request.get('x-api-key');
}
