import type { Command } from 'commander';
import type { AppliedScheduleView, ScheduleView } from '../api/contract/schedule-views';
import type { Page } from '../api/contract/views';
import { ApiClient } from './api-client';
import { EXIT } from './context';
import type { CliContext, ExitCode } from './context';
import { leaf } from './leaf';
import { fields, show, table } from './output';
import type { OutputOptions } from './output';
import { moment } from './trade-views';

/** Adds `schedule` with its verbs. */
export function addSchedule(program: Command, context: CliContext, exit: (code: ExitCode) => void): void {
  const noun = program.command('schedule').description('Look after what runs by itself at set times.');
  leaf(noun, 'list', 'Show every schedule; exit code 4 when an alert about one is open.').action(
    async (options: OutputOptions) => {
      const page = await new ApiClient(context).get<Page<ScheduleView>>('/v1/schedules');
      show(context, options, page, ({ items }) => scheduleTable(items));
      if (page.items.some(({ alerts }) => alerts.length > 0)) exit(EXIT.attention);
    },
  );
  leaf(noun, 'apply', 'Bring the schedules to the list in code; what is paused stays paused.').action(
    async (options: OutputOptions) => {
      const { body } = await new ApiClient(context).post<Page<AppliedScheduleView>>('/v1/schedules/apply');
      for (const { scheduleId, action } of body.items) {
        if (action === 'deleted') context.stderr(`Warning: ${scheduleId} left the list and is deleted.\n`);
        if (action === 'kept') context.stderr(`Warning: ${scheduleId} left the list; it is paused and stays.\n`);
      }
      show(context, options, body, ({ items }) => appliedTable(items));
    },
  );
  leaf(noun, 'trigger <id>', 'Run one now.').action(async (id: string, options: OutputOptions) => {
    const { body } = await new ApiClient(context).post<{ id: string }>(pathOf(id, 'trigger'));
    show(context, options, body, () => `${id} is started; \`tradewind schedule list\` shows how it ends.`);
  });
  leaf(noun, 'pause <id>', 'Pause one until a person resumes it.')
    .requiredOption('--reason <text>', 'why; kept in its note and in the audit log')
    .action(async (id: string, options: OutputOptions & { reason: string }) => {
      const { body } = await new ApiClient(context).post<ScheduleView>(pathOf(id, 'pause'), {
        body: { reason: options.reason },
      });
      show(context, options, body, scheduleText);
    });
  leaf(noun, 'resume <id>', 'Let one run again; refused while a halt stands over it.').action(
    async (id: string, options: OutputOptions) => {
      const { body } = await new ApiClient(context).post<ScheduleView>(pathOf(id, 'resume'));
      show(context, options, body, scheduleText);
    },
  );
}

function pathOf(id: string, verb: string): string {
  return `/v1/schedules/${encodeURIComponent(id)}/${verb}`;
}

function scheduleTable(items: readonly ScheduleView[]): string {
  return table(
    ['ID', 'TAG', 'WHEN', 'STATE', 'NEXT RUN (UTC)', 'LAST RUN', 'MISSED', 'NOTE'],
    items.map((one) => [
      one.id,
      one.tag,
      `${one.times.join(', ')} ${one.timeZone}`,
      one.running.length > 0 ? `${one.state}, running` : one.state,
      one.nextRunAt === null ? null : moment(one.nextRunAt),
      one.lastRun === null ? null : `${one.lastRun.outcome} ${moment(one.lastRun.startedAt)}`,
      String(one.missed),
      one.note,
    ]),
    'No schedules.',
  );
}

function appliedTable(items: readonly AppliedScheduleView[]): string {
  return table(
    ['ID', 'ACTION'],
    items.map(({ scheduleId, action }) => [scheduleId, action]),
    'The list is empty.',
  );
}

function scheduleText(one: ScheduleView): string {
  return fields([
    ['schedule', one.id],
    ['state', one.state],
    ['note', one.note],
    ['next run', one.nextRunAt === null ? null : moment(one.nextRunAt)],
    ['does', one.purpose],
    ['a failure means', one.failureMeans],
  ]);
}
