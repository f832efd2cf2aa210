import { Option } from 'commander';
import type { Command } from 'commander';
import type { LookedUpView } from '../api/contract/venue-views';
import type { ActionView, OrderDetailView, OrderView, Page } from '../api/contract/views';
import { ApiClient } from './api-client';
import { amount, whole } from './arguments';
import type { CliContext } from './context';
import { leaf, more } from './leaf';
import type { ListOptions } from './leaf';
import { fields, show, table } from './output';
import type { OutputOptions } from './output';
import { actionText, fillTable, moment, orderTable } from './trade-views';

interface OrderListOptions extends ListOptions {
  readonly trade?: string;
  readonly account?: string;
  readonly instrument?: string;
  readonly state?: string;
}

interface CancelOptions extends OutputOptions {
  readonly key?: string;
}

interface SettleOptions extends OutputOptions {
  readonly as: string;
  readonly reason: string;
  readonly price?: string;
  readonly quantity?: string;
  readonly fee?: string;
}

/** Adds `order` with its verbs. */
export function addOrder(program: Command, context: CliContext): void {
  const order = program.command('order').description('Look at the order journal, and settle what is in doubt.');
  leaf(order, 'list', 'List orders, newest first.')
    .option('--trade <id>')
    .option('--account <name>')
    .option('--instrument <id>')
    .option('--state <state>')
    .option('--limit <rows>', 'rows a page, at most 200', whole)
    .option('--cursor <cursor>', 'go on where a page ended')
    .action(async (options: OrderListOptions) => {
      const { trade, account, instrument, state, limit, cursor } = options;
      const query = { trade, account, instrument, state, limit: limit?.toString(), cursor };
      const page = await new ApiClient(context).get<Page<OrderView>>('/v1/orders', query);
      show(context, options, page, ({ items, nextCursor }) => `${orderTable(items, true)}${more(nextCursor)}`);
    });
  leaf(order, 'show <id>', 'Show an order with its attempts, look-ups and fills.').action(
    async (id: string, options: OutputOptions) => {
      const found = await new ApiClient(context).get<OrderDetailView>(`/v1/orders/${encodeURIComponent(id)}`);
      show(context, options, found, orderText);
    },
  );
  addDoubt(order, context);
}

/** What people may do about an order that works or is in doubt. */
function addDoubt(order: Command, context: CliContext): void {
  leaf(order, 'cancel <id>', 'Cancel an entry; the stop of an open position goes with `trade exit` only.')
    .option('--key <key>', 'your own key of this request: a repeat is carried out once')
    .action(async (id: string, { key, ...options }: CancelOptions) => {
      const api = new ApiClient(context);
      const { account } = await api.get<OrderDetailView>(path(id));
      const { body } = await api.delete<ActionView>(
        `/v1/accounts/${encodeURIComponent(account)}/orders/${encodeURIComponent(id)}`,
        key === undefined ? {} : { idempotencyKey: key },
      );
      show(context, options, body, actionText);
    });
  leaf(order, 'resolve <id>', 'Look an order in doubt up at its venue now.').action(
    async (id: string, options: OutputOptions) => {
      const { body } = await new ApiClient(context).post<LookedUpView>(`${path(id)}/resolve`);
      show(context, options, body, (found) => `${verdictText(found)}\n\n${orderText(found.order)}`);
    },
  );
  leaf(order, 'settle <id>', 'Settle an order in doubt by your word; needs the role operator, and is audited.')
    .addOption(
      new Option('--as <outcome>', 'what became of it').choices(['never-arrived', 'filled']).makeOptionMandatory(),
    )
    .requiredOption('--reason <text>', 'how you know')
    .option('--price <price>', 'of the fill', amount)
    .option('--quantity <quantity>', 'that filled; all of it unless told', amount)
    .option('--fee <fee>', 'of the fill, in quote currency', amount)
    .action(async (id: string, { as, reason, price, quantity, fee, ...options }: SettleOptions) => {
      const body = { as, reason, price, quantity, fee };
      const { body: settled } = await new ApiClient(context).post<OrderDetailView>(`${path(id)}/settle`, { body });
      show(context, options, settled, orderText);
    });
}

function path(id: string): string {
  return `/v1/orders/${encodeURIComponent(id)}`;
}

function verdictText({ verdict, waitMs }: LookedUpView): string {
  switch (verdict) {
    case 'found':
      return 'The venue has it.';
    case 'not-found':
      return 'It never reached the venue: that is certain now.';
    case 'again':
      return `Nothing is proven yet; the next look makes sense in ${Math.ceil(waitMs / 1_000)} s.`;
  }
}

function orderText(order: OrderDetailView): string {
  const tries = table(
    ['ATTEMPT', 'STATE', 'FENCED', 'VALID UNTIL', 'DETAIL'],
    order.tries.map((attempt) => [
      String(attempt.n),
      attempt.state,
      moment(attempt.fencedAt),
      moment(attempt.validUntil),
      attempt.detail,
    ]),
    'No attempts.',
  );
  const lookups = table(
    ['LOOKED UP', 'ATTEMPT', 'RESULT', 'DETAIL'],
    order.lookups.map((lookup) => [moment(lookup.at), String(lookup.n), lookup.result, lookup.detail]),
    'No look-ups.',
  );
  return [orderFields(order), tries, lookups, fillTable(order.fills)].join('\n\n');
}

/** `GTD until 2026-03-02 15:00, outside regular hours too`. */
function timeText({ goodTill, outsideRegularHours, timeInForce }: OrderDetailView): string {
  const until = goodTill === null ? '' : ` until ${moment(goodTill)}`;
  return `${timeInForce}${until}${outsideRegularHours ? ', outside regular hours too' : ''}`;
}

/** `2.5 behind the best price, limit 0.1 beyond the stop, stop at 104.5 now`; null for every other order. */
function trailText({ limitOffset, trailAmount, trailBps, venueStopPrice }: OrderDetailView): string | null {
  if (trailAmount === null && trailBps === null) return null;
  const limit = limitOffset === null ? '' : `, limit ${limitOffset} beyond the stop`;
  const reached = venueStopPrice === null ? '' : `, the venue has shown its stop at ${venueStopPrice}`;
  return `${trailAmount ?? `${String(trailBps)} bps`} behind the best price${limit}${reached}`;
}

function orderFields(order: OrderDetailView): string {
  return fields([
    ['order', order.clientOrderId],
    ['trade', order.tradeId],
    ['leg', `${order.leg}, revision ${order.revision}`],
    ['what', `${order.side} ${order.quantity} ${order.instrument}, ${order.type}, ${timeText(order)}`],
    ['price', order.price],
    ['stop price', order.stopPrice],
    ['trails', trailText(order)],
    ['state', order.state],
    ['at the venue', order.venueOrderId === null ? null : `${order.venueOrderId}, ${order.venueState ?? 'unknown'}`],
    ['filled', `${order.booked} booked, ${order.venueFilled} by the venue's count`],
    ['refused by the fence', order.refusal],
    ['rejected by the venue', order.rejectCode === null ? null : `${order.rejectCode}: ${order.rejectDetail ?? ''}`],
    ['created', moment(order.createdAt)],
  ]);
}
