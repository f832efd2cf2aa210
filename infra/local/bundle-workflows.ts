import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';

/** A program of its own: bundles the workflows into the file that it is given, which is there as a whole or not at all. */
async function main(file: string): Promise<void> {
  const { code } = await bundleWorkflowCode({ workflowsPath: require.resolve(join(__dirname, '../../workflows')) });
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, code);
  renameSync(unfinished, file);
}

main(process.argv[2] ?? '').catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
