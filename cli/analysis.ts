import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import type { AnalysisView, BudgetView, RepeatView } from '../api/contract/analysis-views';
import type { Page } from '../api/contract/views';
import { analysesText, budgetText, repeatText } from './analysis-views';
import { ApiClient } from './api-client';
import { whole } from './arguments';
import { CliError, EXIT } from './context';
import type { CliContext, ExitCode } from './context';
import { leaf } from './leaf';
import { show } from './output';
import type { OutputOptions } from './output';

interface RepeatOptions extends OutputOptions {
  readonly times: number;
  readonly key?: string;
}

const POLL_MS = 1_000;

/** Adds `analysis` with its verbs. */
export function addAnalysis(program: Command, context: CliContext, exit: (code: ExitCode) => void): void {
  const analysis = program.command('analysis').description('Look at what language models were asked, said and cost.');
  leaf(analysis, 'show <trade>', "Show a trade's prompt and answer word by word, with tokens and cost.").action(
    async (trade: string, options: OutputOptions) => {
      const path = `/v1/trades/${encodeURIComponent(trade)}/analysis`;
      show(context, options, await new ApiClient(context).get<Page<AnalysisView>>(path), ({ items }) =>
        analysesText(items),
      );
    },
  );
  leaf(analysis, 'repeat <trade>', "Ask a trade's question again and report how far the answers lie apart.")
    .requiredOption('--times <n>', 'answers, at most 100; each costs as much as the first', whole)
    .option('--key <key>', 'your own key of this request: a repeat of it never asks twice')
    .action(async (trade: string, options: RepeatOptions) => exit(await repeat(context, trade, options)));
  leaf(analysis, 'budget', 'Show what models may cost, and have cost today.').action(async (options: OutputOptions) => {
    show(context, options, await new ApiClient(context).get<BudgetView>('/v1/analysis/budget'), budgetText);
  });
}

/** Asks for the repeat and follows it to its end; Ctrl-C ends the telling only. */
async function repeat(context: CliContext, trade: string, options: RepeatOptions): Promise<ExitCode> {
  const api = new ApiClient(context);
  const idempotencyKey = options.key ?? `cli-${randomUUID()}`;
  const path = `/v1/trades/${encodeURIComponent(trade)}/analysis/repeats`;
  let { body } = await api.post<RepeatView>(path, { body: { times: options.times }, idempotencyKey });
  let told = -1;
  while (body.state === 'running') {
    if (body.spread.answers !== told) context.stderr(`${body.spread.answers} of ${body.times} answers\n`);
    told = body.spread.answers;
    await context.sleep(POLL_MS);
    body = await api.get<RepeatView>(`${path}/${encodeURIComponent(body.key)}`);
  }
  show(context, options, body, repeatText);
  if (body.state === 'stopped') throw new CliError(EXIT.refused, 'The repeat was stopped by a halt or a cancellation.');
  return EXIT.done;
}
