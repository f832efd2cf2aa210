import { generateKey, listKeys, revokeKey, storeKey } from '../database/keys';
import type { Database } from '../database/pool';
import { ROUTES } from './contract/routes';
import { answer, mount } from './mount';
import type { Gate } from './mount';
import { ApiProblem, notFound } from './problem';

/** Mounts making, listing and revoking keys. */
export function mountKeys(gate: Gate, database: Database): void {
  mount(gate, ROUTES.createKey, async ({ body, audit }) => {
    const key = generateKey();
    const id = await storeKey(database, key, body.name, body.role);
    audit({ made: id, role: body.role });
    return answer(201, { id, name: body.name, role: body.role, key });
  });
  mount(gate, ROUTES.listKeys, async () => answer(200, { items: [...(await listKeys(database))], nextCursor: null }));
  mount(gate, ROUTES.revokeKey, async ({ params, audit }) => {
    audit({ revoked: params.id });
    const revoked = await revokeKey(database, params.id);
    if (revoked === 'not-found') throw notFound('key');
    if (revoked === 'last-admin')
      throw new ApiProblem('last_admin_key', 'This is the last admin key: make another one before.');
    return answer(200, revoked);
  });
}
