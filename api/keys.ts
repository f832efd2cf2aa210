import { generateKey, storeKey } from '../database/keys';
import type { Database } from '../database/pool';
import { ROUTES } from './contract/routes';
import { answer, mount } from './mount';
import type { Gate } from './mount';

/** Mounts the making of keys. */
export function mountKeys(gate: Gate, database: Database): void {
  mount(gate, ROUTES.createKey, async ({ body, audit }) => {
    const key = generateKey();
    const id = await storeKey(database, key, body.name, body.role);
    audit({ made: id, role: body.role });
    return answer(201, { id, name: body.name, role: body.role, key });
  });
}
