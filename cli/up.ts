import { join } from 'node:path';
import type { Command } from 'commander';
import { EXIT } from './context';
import type { CliContext, ExitCode } from './context';

/** Adds `up`, which is `npm start`. */
export function addUp(program: Command, context: CliContext, exit: (code: ExitCode) => void): void {
  program
    .command('up')
    .description('Start everything on this machine, as `npm start` does.')
    .option('--once', 'end after one trade')
    .option('--json', 'print one JSON document')
    .action(async (options: { readonly once?: boolean; readonly json?: boolean }) => {
      const flags = [...(options.once === true ? ['--once'] : []), ...(options.json === true ? ['--json'] : [])];
      // Beside this file, from source and from dist alike.
      const code = await context.runProgram(join(__dirname, '../infra/local/start.mjs'), flags);
      exit(Object.values(EXIT).find((known) => known === code) ?? EXIT.failed);
    });
}
