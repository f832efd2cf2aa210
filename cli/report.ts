import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { ReportDetailView, ReportView } from '../api/contract/report-routes';
import type { Page } from '../api/contract/views';
import { ApiClient } from './api-client';
import { CliError, EXIT } from './context';
import type { CliContext } from './context';
import { leaf } from './leaf';
import { show, table } from './output';
import type { OutputOptions } from './output';
import { moment } from './trade-views';

/** Adds `report` with its verbs. */
export function addReport(program: Command, context: CliContext): void {
  const report = program.command('report').description('The daily report: one page a day for the operator.');
  leaf(report, 'list', 'List the reports, newest first.').action(async (options: OutputOptions) => {
    const page = await new ApiClient(context).get<Page<ReportView>>('/v1/reports');
    show(context, options, page, ({ items }) => reportTable(items));
  });
  leaf(report, 'show', 'Show the newest report, or that of a day, as Markdown.')
    .option('--date <date>', 'the day that it tells of, YYYY-MM-DD in UTC')
    .option('--html <file>', 'write it to a file as one HTML page instead')
    .action(async (options: OutputOptions & { date?: string; html?: string }) => {
      const found = await new ApiClient(context).get<ReportDetailView>('/v1/reports/daily', { date: options.date });
      if (options.html === undefined) {
        show(context, options, found, ({ markdown }) => markdown.trimEnd());
        return;
      }
      write(options.html, found.html);
      context.stderr(`The report of ${found.day} is in ${options.html}.\n`);
    });
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch {
    throw new CliError(EXIT.failed, `The report cannot be written to ${file}.`);
  }
}

function reportTable(reports: readonly ReportView[]): string {
  return table(
    ['DAY', 'MADE', 'MAILED', 'POSTED'],
    reports.map(({ day, madeAt, mailedAt, postedAt }) => [day, moment(madeAt), moment(mailedAt), moment(postedAt)]),
    'No reports yet: `tradewind schedule trigger daily-report` makes one.',
  );
}
