import { findOrder, listOrders } from '../database/registry-orders';
import type { OrderDetailRow, OrderFilter } from '../database/registry-orders';
import type { Database } from '../database/pool';
import { ROUTES } from './contract/routes';
import { answer, mount } from './mount';
import type { Gate } from './mount';
import { pageRequest } from './page-request';
import { notFound } from './problem';

const CLIENT_ORDER_ID = /^[0-9a-f]{32}$/;

/** Mounts the list of orders and the show of one. */
export function mountOrders(gate: Gate, database: Database): void {
  mount(gate, ROUTES.listOrders, async ({ query }) => {
    const { trade, account, instrument, state } = query;
    const filter: OrderFilter = {
      ...(trade === undefined ? {} : { trade }),
      ...(account === undefined ? {} : { account }),
      ...(instrument === undefined ? {} : { instrument }),
      ...(state === undefined ? {} : { state }),
    };
    const page = await listOrders(database, filter, pageRequest(query));
    return answer(200, { items: [...page.items], nextCursor: page.nextCursor });
  });
  mount(gate, ROUTES.showOrder, async ({ params }) => {
    const order = await requireOrder(database, params.id);
    return answer(200, { ...order, tries: [...order.tries], lookups: [...order.lookups], fills: [...order.fills] });
  });
}

/** The order of a client order id. @throws ApiProblem `not_found` */
export async function requireOrder(database: Database, id: string): Promise<OrderDetailRow> {
  const order = CLIENT_ORDER_ID.test(id) ? await findOrder(database, id) : undefined;
  if (order === undefined) throw notFound('order');
  return order;
}
