import { lookup as lookUp } from 'node:dns';
import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** A host that leads to an address which the source may not reach. */
export class ForbiddenAddress extends Error {
  override readonly name = 'ForbiddenAddress';
}

/**
 * Whether an address is one of the public internet: only what no registry keeps for another use. Loopback, private, link
 * local (cloud metadata lives there), shared, mapped and tunnelled addresses are not.
 */
export function isPublicAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast';
}

/** The address that an URL names instead of a host; undefined for a name. */
export function literalAddress({ hostname }: URL): string | undefined {
  const bare = hostname.replace(/^\[|\]$/g, '');
  return isIP(bare) === 0 ? undefined : bare;
}

/**
 * Looks a name up as `dns.lookup` does, for the very connection that is then made, and fails when any of its addresses is
 * not allowed: a name that answers otherwise a moment later cannot lead elsewhere.
 */
export function guardedLookup(isAllowed: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookUp(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      const [first] = (addresses as readonly LookupAddress[] | undefined) ?? [];
      if (error !== null || first === undefined) {
        callback(error ?? new Error('the name has no address'), '', 4);
      } else if (!addresses.every(({ address }) => isAllowed(address))) {
        callback(new ForbiddenAddress('the name leads to a private address'), '', 4);
      } else if (options.all === true) {
        callback(null, addresses);
      } else {
        callback(null, first.address, first.family);
      }
    });
  };
}
