import { join } from 'node:path';
import type { Command } from 'commander';
import { EXIT } from './context';
import type { CliContext, ExitCode } from './context';

interface UpOptions {
  readonly once?: boolean;
  readonly json?: boolean;
  readonly demo: boolean;
}

/** Adds `up`, which is `npm start`. */
export function addUp(program: Command, context: CliContext, exit: (code: ExitCode) => void): void {
  program
    .command('up')
    .description('Start everything on this machine, as `npm start` does.')
    .option('--once', 'end after one trade')
    .option('--json', 'print one JSON document')
    .option('--no-demo', 'run no demo trade')
    .action(async (options: UpOptions) => {
      const { once, json, demo } = options;
      const flags = [...(once ? ['--once'] : []), ...(json ? ['--json'] : []), ...(demo ? [] : ['--no-demo'])];
      // Beside this file, from source and from dist alike.
      const code = await context.runProgram(join(__dirname, '../infra/local/start.mjs'), flags);
      exit(Object.values(EXIT).find((known) => known === code) ?? EXIT.failed);
    });
}
