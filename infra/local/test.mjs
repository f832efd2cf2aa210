// npm test: set-up, then jest with the given arguments, then one line that counts.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT, afterSetup } from './setup.mjs';

process.exitCode = await afterSetup(() => runJest(process.argv.slice(2)));

async function runJest(args) {
  const results = join(PROJECT_ROOT, 'var', 'test', `results-${process.pid}.json`);
  mkdirSync(join(PROJECT_ROOT, 'var', 'test'), { recursive: true });
  const jest = join(PROJECT_ROOT, 'node_modules', 'jest', 'bin', 'jest.js');
  // Jest gets Ctrl-C from the terminal itself and ends its servers; we only wait for it.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  const child = spawn(process.execPath, [jest, '--json', `--outputFile=${results}`, ...args], {
    cwd: PROJECT_ROOT,
    stdio: 'inherit',
  });
  const code = await new Promise((resolve) => child.once('exit', (exitCode) => resolve(exitCode ?? 1)));
  if (existsSync(results)) {
    process.stdout.write(`${countLine(JSON.parse(readFileSync(results, 'utf8')))}\n`);
    rmSync(results);
  }
  return code;
}

/** A file that could not be loaded holds tests that nobody counted: it counts as one failure. */
function countLine({ numPassedTests, numFailedTests, numRuntimeErrorTestSuites }) {
  return `${numPassedTests} passed, ${numFailedTests + numRuntimeErrorTestSuites} failed`;
}
