import type { Command } from 'commander';
import type { CycleDetailView, CycleView } from '../api/contract/cycle-routes';
import type { Page } from '../api/contract/views';
import { ApiClient } from './api-client';
import type { CliContext } from './context';
import { leaf } from './leaf';
import { cell, fields, show, table } from './output';
import type { OutputOptions } from './output';
import { moment } from './trade-views';

type Run = CycleDetailView['runs'][number];

/** Adds `cycle` with its verbs. */
export function addCycle(program: Command, context: CliContext): void {
  const cycle = program
    .command('cycle')
    .description('Trading cycles: a watch list that a strategy trades each session.');
  const path = (name: string): string => `/v1/cycles/${encodeURIComponent(name)}`;
  leaf(cycle, 'list', 'List the trading cycles, each with its newest session.').action(
    async (options: OutputOptions) => {
      const page = await new ApiClient(context).get<Page<CycleView>>('/v1/cycles');
      show(context, options, page, ({ items }) => cycleTable(items));
    },
  );
  leaf(cycle, 'show <name>', 'Show a cycle and what it did in its newest sessions.').action(
    async (name: string, options: OutputOptions) => {
      show(context, options, await new ApiClient(context).get<CycleDetailView>(path(name)), detailText);
    },
  );
  leaf(cycle, 'run <name>', 'Run a cycle for the session of today; a session starts no trade twice.').action(
    async (name: string, options: OutputOptions) => {
      const api = new ApiClient(context);
      const { body } = await api.post<{ cycle: string; workflowId: string }>(`${path(name)}/run`, { body: {} });
      show(context, options, body, ({ workflowId }) =>
        [`Runs as workflow ${cell(workflowId)}.`, `Follow it with \`tradewind cycle show ${cell(name)}\`.`].join('\n'),
      );
    },
  );
}

function momentText(at: CycleView['at']): string {
  return 'afterOpenMinutes' in at
    ? `${at.afterOpenMinutes} min after open`
    : `${at.beforeCloseMinutes} min before close`;
}

function cycleTable(cycles: readonly CycleView[]): string {
  return table(
    ['NAME', 'ACCOUNT', 'STRATEGY', 'CALENDAR', 'MOMENT', 'INSTRUMENTS', 'LAST SESSION', 'STATE', 'TRADES'],
    cycles.map(({ name, account, strategy, calendar, at, instruments, lastRun }) => [
      name,
      account,
      strategy,
      calendar,
      momentText(at),
      instruments.join(', '),
      lastRun?.date ?? null,
      lastRun?.state ?? null,
      lastRun === null ? null : String(startedIn(lastRun)),
    ]),
    'There are no trading cycles: CYCLES_FILE names none, see docs/trading-cycles.md.',
  );
}

function startedIn({ results }: Run): number {
  return results.filter(({ result }) => result === 'started').length;
}

function detailText(cycle: CycleDetailView): string {
  const head = fields([
    ['cycle', cycle.name],
    ['account', cycle.account],
    ['strategy', cycle.strategy],
    ['moment', `${momentText(cycle.at)} of ${cycle.calendar}`],
    ['may be late by', `${cycle.latenessSeconds} s`],
    ['instruments', cycle.instruments.join(', ')],
  ]);
  const rows = cycle.runs.flatMap((run) => {
    const about = [run.date, run.state, moment(run.dueAt), moment(run.lookedAt)];
    if (run.results.length === 0) return [[...about, null, null, null]];
    return run.results.map(({ instrument, result, code, tradeId }) => [...about, instrument, result, tradeId ?? code]);
  });
  const headings = ['SESSION', 'STATE', 'DUE', 'LOOKED', 'INSTRUMENT', 'RESULT', 'TRADE OR REASON'];
  return `${head}\n\n${table(headings, rows, 'It has not run yet.')}`;
}
