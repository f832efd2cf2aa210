import { removeRun } from './run-folder';

/** Ends the servers of this run and deletes what they kept. */
export default async function globalTeardown(): Promise<void> {
  const runDir = process.env['TEST_RUN_DIR'];
  if (runDir !== undefined) await removeRun(runDir);
}
