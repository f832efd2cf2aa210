import { assertNever } from '../domain/assert-never';
import type { Database } from '../database/pool';
import { findOrder } from '../database/registry-orders';
import type { OrderDetailRow } from '../database/registry-orders';
import {
  orderRef,
  readBalances,
  readVenueOrders,
  settleByHand,
  tradableInstruments,
  watchQuote,
} from '../database/registry-venues';
import { isTerminal } from '../domain/order/state';
import { requireAccount } from './accounts';
import { ROUTES } from './contract/routes';
import { answer, mount } from './mount';
import type { Gate } from './mount';
import { requireOrder } from './orders';
import { ApiProblem, notFound, RETRY_AFTER_SECONDS } from './problem';
import { perform } from './trade-actions';
import type { ActionRoutes } from './trade-actions';
import { unknownReference } from './trade-request';
import type { VenueAnswer, VenueCommands } from './venue-commands';

/** A price that was asked for is kept fresh for so long. */
const LEASE_SECONDS = 30;

/** What the routes over venues need. */
export interface VenueRoutes extends ActionRoutes {
  readonly venues: VenueCommands;
}

/** Mounts what the watchers know of their venues, and what people may do about orders. */
export function mountVenues(gate: Gate, deps: VenueRoutes): void {
  const { database } = deps;
  mount(gate, ROUTES.showBalances, async ({ params: { name } }) => {
    await requireAccount(database, name);
    const { balances, positions, values, ...state } = await readBalances(database, name);
    const lists = { positions: positions && [...positions], values: values && [...values] };
    return answer(200, { account: name, ...state, balances: [...balances], ...lists });
  });
  mount(gate, ROUTES.listVenueOrders, async ({ params: { name } }) => {
    await requireAccount(database, name);
    const { foreign, foreignFills, ours, ...state } = await readVenueOrders(database, name);
    const lists = { ours: [...ours], foreign: [...foreign], foreignFills: [...foreignFills] };
    return answer(200, { account: name, ...state, ...lists });
  });
  mount(gate, ROUTES.showQuote, async ({ params: { name }, query: { instrument } }) => {
    await requireAccount(database, name);
    const known = await tradableInstruments(database, name);
    if (!known.includes(instrument)) throw unknownReference([['instrument', instrument, known]]);
    return answer(200, { account: name, ...(await watchQuote(database, name, instrument, LEASE_SECONDS)) });
  });
  mount(gate, ROUTES.checkBroker, async ({ params: { name }, audit }) => {
    audit({ account: name });
    const { quarantine } = await requireAccount(database, name);
    const findings = answered(await deps.venues.check(name), quarantine);
    return answer(200, { account: name, findings: [...findings] });
  });
  mount(gate, ROUTES.findContracts, async ({ params: { name }, body: { kind, text }, audit }) => {
    audit({ account: name, text, ...(kind === undefined ? {} : { kind }) });
    const { quarantine } = await requireAccount(database, name);
    const asked = { account: name, text, ...(kind === undefined ? {} : { kind }) };
    const found = answered(await deps.venues.findContracts(asked), quarantine);
    return answer(200, { account: name, contracts: found === null ? null : [...found] });
  });
  mount(gate, ROUTES.cancelOrder, async (call) => {
    const { name, orderId } = call.params;
    call.audit({ account: name, order: orderId.slice(0, 64) });
    const order = await cancellable(database, name, orderId);
    return answer(200, await perform(deps, 'cancel', { ...call, params: { id: order.tradeId } }));
  });
  mount(gate, ROUTES.resolveOrder, async ({ params: { id }, audit }) => {
    const { account, state, tradeId } = await requireOrder(database, id);
    audit({ order: id, trade: tradeId });
    const ref = await orderRef(database, id);
    if (ref === undefined) throw notFound('order');
    if (state !== 'unknown' && state !== 'sending') throw notInDoubt(state);
    const { quarantine } = await requireAccount(database, account);
    const found = answered(await deps.venues.lookUp({ account, tradeId, order: ref }), quarantine);
    await deps.venues.wake(tradeId);
    return answer(200, { ...found, order: await detail(database, id) });
  });
  mount(gate, ROUTES.settleOrder, async ({ params: { id }, body, caller, audit }) => {
    const { tradeId } = await requireOrder(database, id);
    audit({ order: id, trade: tradeId, as: body.as, reason: body.reason });
    const { price, quantity, fee } = body;
    const { result, state } = await settleByHand(database, {
      clientOrderId: id,
      as: body.as,
      reason: body.reason,
      actor: caller.actor,
      ...(price === undefined ? {} : { price }),
      ...(quantity === undefined ? {} : { quantity }),
      ...(fee === undefined ? {} : { fee }),
    });
    switch (result) {
      case 'settled':
        await deps.venues.wake(tradeId);
        return answer(200, await detail(database, id));
      case 'unknown_order':
        throw notFound('order');
      case 'not_in_doubt':
        throw notInDoubt(state ?? 'unknown');
      case 'bad_quantity': {
        const message = 'must be above what is booked and at most the quantity of the order';
        const errors = [{ field: 'quantity', rule: 'range', message }];
        throw new ApiProblem('invalid_request', `quantity ${message}.`, { errors });
      }
      default:
        return assertNever(result);
    }
  });
}

/** The order of ours that may be cancelled. @throws ApiProblem for every other one */
async function cancellable(database: Database, account: string, id: string): Promise<OrderDetailRow> {
  await requireAccount(database, account);
  const order = /^[0-9a-f]{32}$/.test(id) ? await findOrder(database, id) : undefined;
  if (order === undefined || order.account !== account) {
    const { foreign } = await readVenueOrders(database, account);
    if (!foreign.some(({ clientOrderId, venueOrderId }) => venueOrderId === id || clientOrderId === id))
      throw notFound('order');
    throw new ApiProblem('not_our_order', 'Somebody else placed this order; cancel it where it was placed.');
  }
  if (isTerminal(order.state)) throw new ApiProblem('order_ended', `The order has ended: it is ${order.state}.`);
  if (order.leg === 'entry') return order;
  const what = order.leg === 'exit' ? 'closes' : 'protects';
  throw new ApiProblem(
    'protects_position',
    `The order ${what} the position of ${order.tradeId}; to close it, ask the trade to exit (tradewind trade exit ${order.tradeId}).`,
  );
}

async function detail(database: Database, id: string) {
  const order = await requireOrder(database, id);
  return { ...order, tries: [...order.tries], lookups: [...order.lookups], fills: [...order.fills] };
}

function notInDoubt(state: string): ApiProblem {
  return new ApiProblem('order_not_in_doubt', `Nothing about the order is in doubt: it is ${state}.`);
}

function answered<T>(reply: VenueAnswer<T>, quarantine: string | null): T {
  switch (reply.kind) {
    case 'answered':
      return reply.result;
    case 'unserved': {
      const why = quarantine === null ? '' : ` The account is quarantined: ${quarantine}.`;
      throw new ApiProblem(
        'venue_unavailable',
        `No process that sends orders answered for the account in time.${why}`,
        {},
        RETRY_AFTER_SECONDS,
      );
    }
    case 'unreachable':
      throw new ApiProblem('temporal_unavailable', 'Temporal did not answer in time.', {}, RETRY_AFTER_SECONDS);
    default:
      return assertNever(reply);
  }
}
