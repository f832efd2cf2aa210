/**
 * What a key may do; each role may also do what the ones before it may. A viewer reads; a trader starts, cancels and
 * exits; an operator also decides about the trades of others; an admin also makes keys and moves clocks.
 */
export const ROLES = ['viewer', 'trader', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** True when a holder of `role` may do what needs `needed`. */
export function mayActAs(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
