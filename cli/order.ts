import type { Command } from 'commander';
import type { OrderDetailView, OrderView, Page } from '../api/contract/views';
import { ApiClient } from './api-client';
import { whole } from './arguments';
import type { CliContext } from './context';
import { leaf, more } from './leaf';
import type { ListOptions } from './leaf';
import { fields, show, table } from './output';
import type { OutputOptions } from './output';
import { fillTable, moment, orderTable } from './trade-views';

interface OrderListOptions extends ListOptions {
  readonly trade?: string;
  readonly account?: string;
  readonly instrument?: string;
  readonly state?: string;
}

/** Adds `order` with its verbs. */
export function addOrder(program: Command, context: CliContext): void {
  const order = program.command('order').description('Look at the order journal.');
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

function orderFields(order: OrderDetailView): string {
  return fields([
    ['order', order.clientOrderId],
    ['trade', order.tradeId],
    ['leg', `${order.leg}, revision ${order.revision}`],
    ['what', `${order.side} ${order.quantity} ${order.instrument}, ${order.type}, ${order.timeInForce}`],
    ['price', order.price],
    ['stop price', order.stopPrice],
    ['state', order.state],
    ['at the venue', order.venueOrderId === null ? null : `${order.venueOrderId}, ${order.venueState ?? 'unknown'}`],
    ['filled', `${order.booked} booked, ${order.venueFilled} by the venue's count`],
    ['refused by the fence', order.refusal],
    ['rejected by the venue', order.rejectCode],
    ['created', moment(order.createdAt)],
  ]);
}
