import type { Command } from 'commander';
import type { TradeAction } from '../domain/trade/phase';
import type { ActionView, EventView, Page, StoredVerdictView, TradeDetailView, TradeView } from '../api/contract/views';
import { ApiClient } from './api-client';
import { amount, whole } from './arguments';
import type { CliContext, ExitCode } from './context';
import { leaf, more } from './leaf';
import type { ListOptions } from './leaf';
import { show } from './output';
import type { OutputOptions } from './output';
import { verdictsText } from './risk-views';
import { addTradeStart } from './trade-start';
import { actionText, timelineTable, tradeTable, tradeText } from './trade-views';

interface TradeListOptions extends ListOptions {
  readonly account?: string;
  readonly instrument?: string;
  readonly strategy?: string;
  readonly phase?: string;
  readonly outcome?: string;
  readonly attention?: boolean;
}

interface ActionOptions extends OutputOptions {
  readonly key?: string;
  readonly maxQuantity?: string;
  readonly maxNotional?: string;
}

/** Adds `trade` with its verbs. */
export function addTrade(program: Command, context: CliContext, exit: (code: ExitCode) => void): void {
  const trade = program.command('trade').description('Start, watch and steer trades.');
  addTradeStart(trade, context, exit);
  addList(trade, context);
  leaf(trade, 'show <id>', 'Show a trade with its orders and fills.').action(
    async (id: string, options: OutputOptions) => {
      show(context, options, await new ApiClient(context).get<TradeDetailView>(path(id)), tradeText);
    },
  );
  leaf(trade, 'timeline <id>', 'Show what happened to a trade.').action(async (id: string, options: OutputOptions) => {
    show(context, options, await wholeTimeline(context, id), timelineTable);
  });
  leaf(trade, 'risk <id>', 'Show what the risk checks of a trade decided, and why.').action(
    async (id: string, options: OutputOptions) => {
      const page = await new ApiClient(context).get<Page<StoredVerdictView>>(`${path(id)}/risk`);
      show(context, options, page, ({ items }) => verdictsText(items));
    },
  );
  addAction(trade, context, 'approve', 'Agree to a trade that waits for a decision.')
    .option('--max-quantity <units>', 'agree to no more than this', amount)
    .option('--max-notional <amount>', 'agree to no more than this', amount);
  addAction(trade, context, 'reject', 'Refuse a trade that waits for a decision.');
  addAction(trade, context, 'exit', 'Stop entering and close what is held.');
  addAction(trade, context, 'cancel', 'Stop entering; what is held stays managed.');
}

function addList(trade: Command, context: CliContext): void {
  leaf(trade, 'list', 'List trades, newest first.')
    .option('--account <name>')
    .option('--instrument <id>')
    .option('--strategy <name>')
    .option('--phase <phase>')
    .option('--outcome <outcome>')
    .option('--attention', 'only trades that a person should look at')
    .option('--limit <rows>', 'rows a page, at most 200', whole)
    .option('--cursor <cursor>', 'go on where a page ended')
    .action(async (options: TradeListOptions) => {
      const { account, instrument, strategy, phase, outcome, attention, limit, cursor } = options;
      const query = {
        account,
        instrument,
        strategy,
        phase,
        outcome,
        attention: attention === true ? 'true' : undefined,
        limit: limit?.toString(),
        cursor,
      };
      const page = await new ApiClient(context).get<Page<TradeView>>('/v1/trades', query);
      show(context, options, page, ({ items, nextCursor }) => `${tradeTable(items)}${more(nextCursor)}`);
    });
}

function addAction(trade: Command, context: CliContext, action: TradeAction, description: string): Command {
  return leaf(trade, `${action} <id>`, description)
    .option('--key <key>', 'your own key of this request: a repeat is carried out once')
    .action(async (id: string, options: ActionOptions) => {
      const { key, maxQuantity, maxNotional } = options;
      const bounded = maxQuantity !== undefined || maxNotional !== undefined;
      const { body } = await new ApiClient(context).post<ActionView>(`${path(id)}/${action}`, {
        ...(bounded ? { body: { maxQuantity, maxNotional } } : {}),
        ...(key === undefined ? {} : { idempotencyKey: key }),
      });
      show(context, options, body, actionText);
    });
}

async function wholeTimeline(context: CliContext, id: string): Promise<readonly EventView[]> {
  const api = new ApiClient(context);
  const events: EventView[] = [];
  let cursor: string | undefined;
  do {
    const page = await api.get<Page<EventView>>(`${path(id)}/timeline`, { limit: '200', cursor });
    events.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return events;
}

function path(id: string): string {
  return `/v1/trades/${encodeURIComponent(id)}`;
}
