import { ROLES, mayActAs } from './role';

describe('roles', () => {
  it.each(ROLES)('%s may do its own work and that of the roles before it, and nothing more', (role) => {
    const allowed = ROLES.filter((needed) => mayActAs(role, needed));
    expect(allowed).toEqual(ROLES.slice(0, ROLES.indexOf(role) + 1));
  });
});
