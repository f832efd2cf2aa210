import { z } from 'zod';
import { CONTRACT_KINDS } from '../../domain/order/broker';
import { instrumentId, oneOf, positiveAmount, rule } from './fields';
import type { Route } from './route';
import { actionView, orderDetailView } from './views';
import { balancesView, brokerCheckView, contractsView, lookedUpView, quoteView, venueOrdersView } from './venue-views';

const accountParams = z.object({ name: z.string() });
const orderParams = z.object({ id: z.string().meta({ description: 'Client order id, 32 hexadecimal digits.' }) });
const noBody = z.strictObject({}).optional();
const REASON = rule('length', 'must be 3 to 500 characters that say why');

const SEARCH = rule('format', 'must be a symbol: 1 to 15 letters, digits, dots, spaces and hyphens');

const settlement = z
  .strictObject({
    as: oneOf(['never-arrived', 'filled']),
    reason: z.string({ error: REASON }).trim().min(3, { error: REASON }).max(500, { error: REASON }),
    price: positiveAmount.optional(),
    quantity: positiveAmount.optional(),
    fee: positiveAmount.optional(),
  })
  .superRefine((body, context) => {
    const refuse = (field: string, message: string): void => {
      context.addIssue({ code: 'custom', path: [field], message });
    };
    if (body.as === 'filled') {
      if (body.price === undefined) refuse('price', rule('required', 'is required: what was filled has a price'));
      return;
    }
    for (const field of ['price', 'quantity', 'fee'] as const)
      if (body[field] !== undefined) refuse(field, rule('not_allowed', 'an order that never arrived has none'));
  })
  .meta({ id: 'Settlement' });

/** Routes over what the watchers of accounts read of their venues, and over orders in doubt. */
export const venueRoutes = {
  showBalances: {
    method: 'get',
    path: '/v1/accounts/{name}/balances',
    operationId: 'showBalances',
    summary: "Balances of an account by its venue's count, as of the watcher's last look.",
    role: 'viewer',
    params: accountParams,
    answers: { 200: { description: 'The balances.', schema: balancesView } },
    problems: ['not_found'],
  },
  listVenueOrders: {
    method: 'get',
    path: '/v1/accounts/{name}/orders',
    operationId: 'listVenueOrders',
    summary: "Working orders of an account by its venue's count, ours and foreign ones apart.",
    role: 'viewer',
    params: accountParams,
    answers: { 200: { description: 'The orders.', schema: venueOrdersView } },
    problems: ['not_found'],
  },
  cancelOrder: {
    method: 'delete',
    path: '/v1/accounts/{name}/orders/{orderId}',
    operationId: 'cancelOrder',
    summary: 'Cancel an entry: its trade stops entering. The stop of an open position is never cancelled.',
    role: 'trader',
    params: z.object({ name: z.string(), orderId: z.string() }),
    idempotencyKey: 'optional',
    answers: { 200: { description: 'Where its trade stands now.', schema: actionView } },
    problems: [
      'not_found',
      'invalid_idempotency_key',
      'not_our_order',
      'protects_position',
      'order_ended',
      'action_not_possible',
      'temporal_unavailable',
    ],
  },
  showQuote: {
    method: 'get',
    path: '/v1/accounts/{name}/quote',
    operationId: 'showQuote',
    summary: "The last price at an account's venue; asking keeps it fresh for half a minute.",
    role: 'viewer',
    params: accountParams,
    query: z.strictObject({ instrument: instrumentId }),
    answers: { 200: { description: 'The price, if there is one.', schema: quoteView } },
    problems: ['not_found', 'invalid_request', 'unknown_reference'],
  },
  checkBroker: {
    method: 'post',
    path: '/v1/accounts/{name}/check',
    operationId: 'checkBroker',
    summary: "Ask an account's venue what harms nobody: clock, listings, balances, rights, orders, a look-up.",
    role: 'trader',
    params: accountParams,
    body: noBody,
    answers: { 200: { description: 'What was found.', schema: brokerCheckView } },
    problems: ['not_found', 'venue_unavailable', 'temporal_unavailable'],
  },
  findContracts: {
    method: 'post',
    path: '/v1/accounts/{name}/contracts',
    operationId: 'findContracts',
    summary: "Ask an account's venue what a symbol may mean, where symbols are ambiguous.",
    role: 'trader',
    params: accountParams,
    body: z.strictObject({
      text: z
        .string({ error: SEARCH })
        .trim()
        .regex(/^[A-Za-z0-9. -]{1,15}$/, { error: SEARCH }),
      kind: oneOf(CONTRACT_KINDS).optional().meta({ description: 'All kinds when left out.' }),
    }),
    answers: { 200: { description: 'The contracts.', schema: contractsView } },
    problems: ['not_found', 'venue_unavailable', 'temporal_unavailable'],
  },
  resolveOrder: {
    method: 'post',
    path: '/v1/orders/{id}/resolve',
    operationId: 'resolveOrder',
    summary: 'Look an order in doubt up at its venue now.',
    role: 'trader',
    params: orderParams,
    body: noBody,
    answers: { 200: { description: 'What the look-up proved.', schema: lookedUpView } },
    problems: ['not_found', 'order_not_in_doubt', 'venue_unavailable', 'temporal_unavailable'],
  },
  settleOrder: {
    method: 'post',
    path: '/v1/orders/{id}/settle',
    operationId: 'settleOrder',
    summary: 'Settle an order in doubt by your word, where the venue can say nothing any more.',
    role: 'operator',
    params: orderParams,
    body: settlement,
    answers: { 200: { description: 'The order now.', schema: orderDetailView } },
    problems: ['not_found', 'invalid_request', 'order_not_in_doubt'],
  },
} as const satisfies Record<string, Route>;
