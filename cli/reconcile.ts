import { Option } from 'commander';
import type { Command } from 'commander';
import type {
  DifferenceView,
  ReconciliationDetailView,
  ReconciliationView,
} from '../api/contract/reconciliation-routes';
import type { Page } from '../api/contract/views';
import { ApiClient } from './api-client';
import { amount, whole } from './arguments';
import { CliError, EXIT } from './context';
import type { CliContext, ExitCode } from './context';
import { leaf, more } from './leaf';
import type { ListOptions } from './leaf';
import { fields, show, table } from './output';
import type { OutputOptions } from './output';
import { moment } from './trade-views';

const LOOK_MS = 500;
/** A comparison takes seconds, and half a minute where it has to look twice. */
const WAIT_MS = 5 * 60_000;

interface RunOptions extends OutputOptions {
  readonly wait?: boolean;
}

interface DifferenceOptions extends ListOptions {
  readonly account?: string;
  readonly state: string;
  readonly runs?: boolean;
}

interface AcceptOptions extends OutputOptions {
  readonly reason: string;
  readonly price?: string;
}

/** Adds `reconcile` with its verbs. */
export function addReconcile(program: Command, context: CliContext, exit: (code: ExitCode) => void): void {
  const reconcile = program
    .command('reconcile')
    .description('Compare accounts with their venues, and settle differences.');
  leaf(reconcile, 'run <account>', 'Compare an account with its venue now.')
    .option('--wait', 'until it is done; exit code 4 when the sides differ')
    .action(async (account: string, options: RunOptions) => {
      const api = new ApiClient(context);
      const path = `/v1/accounts/${encodeURIComponent(account)}/reconciliations`;
      const { body: begun } = await api.post<ReconciliationView>(path);
      if (options.wait !== true) {
        show(context, options, begun, runText);
        return;
      }
      const done = await waitFor(context, api, begun.id);
      show(context, options, done, detailText);
      exit(done.state === 'agreed' ? EXIT.done : done.state === 'differs' ? EXIT.attention : EXIT.failed);
    });
  leaf(reconcile, 'list', 'List differences that are open, or as told; with --runs the comparisons.')
    .option('--account <name>')
    .addOption(new Option('--state <state>').choices(['open', 'accepted', 'gone', 'all']).default('open'))
    .option('--runs', 'comparisons instead')
    .option('--limit <rows>', 'rows a page, at most 200', whole)
    .option('--cursor <cursor>', 'go on where a page ended')
    .action(async (options: DifferenceOptions) => {
      const { account, cursor, limit, runs, state } = options;
      const api = new ApiClient(context);
      const query = { account, limit: limit?.toString(), cursor };
      if (runs === true) {
        const page = await api.get<Page<ReconciliationView>>('/v1/reconciliations', query);
        show(context, options, page, ({ items, nextCursor }) => `${runTable(items)}${more(nextCursor)}`);
        return;
      }
      const page = await api.get<Page<DifferenceView>>('/v1/differences', {
        ...query,
        ...(state === 'all' ? {} : { state }),
      });
      show(context, options, page, ({ items, nextCursor }) => `${differenceTable(items)}${more(nextCursor)}`);
    });
  leaf(reconcile, 'show <id>', 'Show a difference with both sides in full.').action(
    async (id: string, options: OutputOptions) => {
      const found = await new ApiClient(context).get<DifferenceView>(`/v1/differences/${encodeURIComponent(id)}`);
      show(context, options, found, differenceText);
    },
  );
  leaf(reconcile, 'accept <id>', "Take the venue's side of a difference; needs the role operator, and is audited.")
    .requiredOption('--reason <text>', 'how you know')
    .option('--price <price>', 'of units that the venue counts as filled and shows no fill of', amount)
    .action(async (id: string, { price, reason, ...options }: AcceptOptions) => {
      const path = `/v1/differences/${encodeURIComponent(id)}/accept`;
      const body = price === undefined ? { reason } : { reason, price };
      const { body: accepted } = await new ApiClient(context).post<DifferenceView>(path, { body });
      show(context, options, accepted, differenceText);
    });
}

async function waitFor(context: CliContext, api: ApiClient, id: number): Promise<ReconciliationDetailView> {
  const until = context.now() + WAIT_MS;
  let told = false;
  for (;;) {
    const run = await api.get<ReconciliationDetailView>(`/v1/reconciliations/${id}`);
    if (run.state !== 'running') return run;
    if (context.now() > until)
      throw new CliError(
        EXIT.failed,
        `Comparison ${id} is still running; \`tradewind reconcile list --runs\` shows it.`,
      );
    if (!told) context.stderr(`comparison ${id} of account ${run.account}: running\n`);
    told = true;
    await context.sleep(LOOK_MS);
  }
}

function runText(run: ReconciliationView): string {
  const { fills, holdings, orders, uncompared = [] } = run.compared;
  return fields([
    ['comparison', `${run.id} of account ${run.account}, by ${run.requestedBy} (${run.why})`],
    ['state', run.state],
    ['failure', run.failure],
    [
      'compared',
      orders === undefined
        ? null
        : `${orders} orders, ${fills ?? 0} fills, ${holdings ?? 0} holdings, ${run.looks} looks`,
    ],
    ['left out', uncompared.map(({ subject, why }) => `${subject}: ${why}`).join('; ') || null],
    ['differences', run.finishedAt === null ? null : `${run.opened} new, ${run.gone} gone`],
    ['started', moment(run.startedAt)],
    ['finished', moment(run.finishedAt)],
  ]);
}

function detailText(run: ReconciliationDetailView): string {
  return run.differences.length === 0 ? runText(run) : `${runText(run)}\n\n${differenceTable(run.differences)}`;
}

function runTable(runs: readonly ReconciliationView[]): string {
  return table(
    ['ID', 'ACCOUNT', 'WHY', 'STATE', 'NEW', 'GONE', 'LOOKS', 'STARTED', 'FINISHED'],
    runs.map((run) => [
      String(run.id),
      run.account,
      run.why,
      run.state,
      String(run.opened),
      String(run.gone),
      String(run.looks),
      moment(run.startedAt),
      moment(run.finishedAt),
    ]),
    'No comparisons.',
  );
}

function differenceTable(differences: readonly DifferenceView[]): string {
  return table(
    ['ID', 'ACCOUNT', 'KIND', 'SUBJECT', 'OURS', 'VENUE', 'STATE', 'SINCE'],
    differences.map((one) => [
      String(one.id),
      one.account,
      one.kind,
      one.subject,
      one.ours,
      one.venue,
      one.state,
      moment(one.openedAt),
    ]),
    'No differences.',
  );
}

function differenceText(one: DifferenceView): string {
  const { correction } = one;
  const moves = correction?.amounts.map(({ amount: by, asset }) => `${by} ${asset}`) ?? [];
  const units = correction === null || correction.units === '0' ? [] : [`${correction.units} units`];
  const evidence = Object.entries(one.evidence).map(([side, value]) => [side, JSON.stringify(value)] as const);
  return fields([
    ['difference', `${one.id} of account ${one.account}`],
    ['what', `${one.kind}, ${one.subject}`],
    ['ours', one.ours ?? 'nothing'],
    ['venue', one.venue ?? 'nothing'],
    ['state', one.state],
    ['correction', correction === null ? null : [...units, ...moves].join(', ')],
    ['since', `${moment(one.openedAt) ?? ''} (comparison ${one.openedIn})`],
    ['ended', moment(one.closedAt)],
    ['accepted by', one.closedBy],
    ['reason', one.reason],
    ['ledger entry', one.entry === null ? null : String(one.entry)],
    ...evidence,
  ]);
}
