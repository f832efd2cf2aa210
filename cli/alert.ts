import { Option } from 'commander';
import type { Command } from 'commander';
import type { AlertDetailView, AlertView } from '../api/contract/alert-routes';
import type { Page } from '../api/contract/views';
import { CHANNELS } from '../domain/alert/alert';
import { ApiClient } from './api-client';
import { whole } from './arguments';
import { EXIT } from './context';
import type { CliContext, ExitCode } from './context';
import { leaf, more } from './leaf';
import type { ListOptions } from './leaf';
import { cell, fields, show, table } from './output';
import type { OutputOptions } from './output';
import { moment } from './trade-views';

interface AlertListOptions extends ListOptions {
  readonly open?: boolean;
}

/** How long a test is followed. */
const FOLLOW_MS = 30_000;
const LOOK_MS = 1_000;

/** Adds `alert` with its verbs. */
export function addAlert(program: Command, context: CliContext, exit: (code: ExitCode) => void): void {
  const alert = program.command('alert').description('Alerts: what wants a look, and whom it was told.');
  leaf(alert, 'list', 'List alerts, newest first.')
    .option('--open', 'only those that stand')
    .option('--limit <rows>', 'rows a page, at most 200', whole)
    .option('--cursor <cursor>', 'go on where a page ended')
    .action(async (options: AlertListOptions) => {
      const { open, limit, cursor } = options;
      const page = await new ApiClient(context).get<Page<AlertView>>('/v1/alerts', {
        open: open === true ? 'true' : undefined,
        limit: limit === undefined ? undefined : String(limit),
        cursor,
      });
      show(context, options, page, ({ items, nextCursor }) => `${alertTable(items)}${more(nextCursor)}`);
    });
  leaf(alert, 'show <id>', 'Show an alert and what became of the messages about it.').action(
    async (id: string, options: OutputOptions) => {
      const found = await new ApiClient(context).get<AlertDetailView>(`/v1/alerts/${encodeURIComponent(id)}`);
      show(context, options, found, detailText);
    },
  );
  leaf(alert, 'test', 'Send a test to every channel that is set up, and say what became of it.')
    .addOption(new Option('--channel <channel>', 'only to this one').choices([...CHANNELS]))
    .action(async (options: OutputOptions & { channel?: string }) => {
      const api = new ApiClient(context);
      const wanted = options.channel === undefined ? {} : { channel: options.channel };
      const planned = (await api.post<AlertDetailView>('/v1/alerts/test', { body: wanted })).body;
      const ended = await follow(context, api, planned);
      show(context, options, ended, ({ deliveries }) => deliveryTable(deliveries));
      const states = ended.deliveries.map(({ state }) => state);
      if (states.includes('refused')) exit(EXIT.failed);
      else if (states.some((state) => state !== 'delivered')) {
        context.stderr(`Not all have arrived yet: \`tradewind alert show ${ended.id}\` follows them.\n`);
        exit(EXIT.attention);
      }
    });
}

async function follow(context: CliContext, api: ApiClient, planned: AlertDetailView): Promise<AlertDetailView> {
  const until = context.now() + FOLLOW_MS;
  let last = planned;
  while (context.now() < until && last.deliveries.some(({ state }) => state === 'pending' || state === 'sending')) {
    await context.sleep(LOOK_MS);
    last = await api.get<AlertDetailView>(`/v1/alerts/${planned.id}`);
  }
  return last;
}

function alertTable(alerts: readonly AlertView[]): string {
  return table(
    ['ID', 'SEVERITY', 'SINCE', 'CLEARED', 'TITLE', 'CAUSE'],
    alerts.map(({ id, severity, raisedAt, clearedAt, title, cause }) => [
      String(id),
      severity,
      moment(raisedAt),
      moment(clearedAt),
      title,
      cause,
    ]),
    'No alerts.',
  );
}

function deliveryTable(deliveries: AlertDetailView['deliveries']): string {
  return table(
    ['CHANNEL', 'MESSAGE', 'STATE', 'ATTEMPTS', 'PLANNED', 'ENDED', 'REASON'],
    deliveries.map(({ channel, kind, n, state, attempts, plannedAt, finishedAt, reason }) => [
      channel,
      n === 0 ? kind : `${kind} ${n}`,
      state,
      String(attempts),
      moment(plannedAt),
      moment(finishedAt),
      reason,
    ]),
    'Nobody was told: no channel is set up for it, see docs/alerts.md.',
  );
}

function detailText(alert: AlertDetailView): string {
  const head = fields([
    ['alert', String(alert.id)],
    ['severity', alert.severity],
    ['title', alert.title],
    ['cause', alert.cause],
    ['since', alert.raisedAt],
    ['last seen', alert.seenAt],
    ['cleared', alert.clearedAt],
  ]);
  const facts = Object.entries(alert.detail).map(
    ([name, value]) => `  ${cell(name)}: ${cell(typeof value === 'string' ? value : JSON.stringify(value))}`,
  );
  return [head, ...facts, '', deliveryTable(alert.deliveries)].join('\n');
}
