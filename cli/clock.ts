import type { Command } from 'commander';
import type { ClockView } from '../api/contract/views';
import { clockText } from './account';
import { ApiClient } from './api-client';
import type { CliContext } from './context';
import { leaf } from './leaf';
import { fields, show } from './output';
import type { OutputOptions } from './output';
import { moment } from './trade-views';

/** Adds `clock` with its verbs. */
export function addClock(program: Command, context: CliContext): void {
  const clock = program.command('clock').description('Set the replay clock of a flat paper account.');
  leaf(clock, 'reset <account>', 'Set it back to where replays begin.').action(
    async (account: string, options: OutputOptions) => move(context, account, { reset: true }, options),
  );
  leaf(clock, 'move <account> <moment>', 'Move it forward, such as to 2017-07-03T13:00:00Z.').action(
    async (account: string, to: string, options: OutputOptions) => move(context, account, { to }, options),
  );
}

async function move(context: CliContext, account: string, body: object, options: OutputOptions): Promise<void> {
  const path = `/v1/accounts/${encodeURIComponent(account)}/clock`;
  const { body: clock } = await new ApiClient(context).post<ClockView>(path, { body });
  show(context, options, clock, (now) =>
    fields([
      ['market time', moment(now.marketTime)],
      ['clock', clockText(now)],
    ]),
  );
}
