import { findAlert, listAlerts, planTest, servedChannels } from '../database/alert-registry';
import type { Database } from '../database/pool';
import { ROUTES } from './contract/routes';
import { answer, mount } from './mount';
import type { Gate } from './mount';
import { pageRequest } from './page-request';
import { ApiProblem, notFound } from './problem';
import { unknownReference } from './trade-request';

/** Mounts the routes of alerts. */
export function mountAlerts(gate: Gate, database: Database): void {
  mount(gate, ROUTES.listAlerts, async ({ query }) => {
    const filter = query.open === undefined ? {} : { open: query.open === 'true' };
    const page = await listAlerts(database, filter, pageRequest(query));
    return answer(200, { items: [...page.items], nextCursor: page.nextCursor });
  });
  mount(gate, ROUTES.showAlert, async ({ params }) => answer(200, await required(database, params.id)));
  mount(gate, ROUTES.testAlerts, async ({ body, caller, audit }) => {
    const served = await servedChannels(database);
    const channels = body?.channel === undefined ? served : [body.channel];
    audit({ channels });
    if (channels.some((channel) => !served.includes(channel)))
      throw unknownReference([['channel', body?.channel ?? '', served]]);
    if (channels.length === 0) {
      const words = 'No alert channel is set up, or no worker with the role operations runs: see docs/alerts.md.';
      throw new ApiProblem('unknown_reference', words);
    }
    return answer(202, await required(database, String(await planTest(database, channels, caller.actor))));
  });
}

async function required(database: Database, id: string) {
  const found = /^[1-9]\d{0,14}$/.test(id) ? await findAlert(database, Number(id)) : undefined;
  if (found === undefined) throw notFound('alert');
  return { ...found, detail: { ...found.detail }, deliveries: [...found.deliveries] };
}
