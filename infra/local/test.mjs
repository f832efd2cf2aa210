// npm test [-- --second-chance] [-- --least-branches=N] [-- JEST ARGUMENT...]: set-up, then jest with the other arguments,
// then one line that counts.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { PROJECT_ROOT, afterSetup } from './setup.mjs';

/** More files than these do not fail by the accident of a busy machine. */
const MOST_SECOND_CHANCES = 5;

process.exitCode = await afterSetup(() => test(process.argv.slice(2)));

async function test(args) {
  const again = args.includes('--second-chance');
  const least = args.map((arg) => /^--least-branches=(\d+)$/.exec(arg)?.[1]).find((percent) => percent !== undefined);
  const rest = args.filter((arg) => arg !== '--second-chance' && !arg.startsWith('--least-branches='));
  let run = await runJest(rest);
  const covered = least === undefined || branchesCovered(Number(least));
  const failed = run.files.filter(({ passed }) => !passed);
  if (again && failed.length > 0 && failed.length <= MOST_SECOND_CHANCES) run = await secondChance(run, failed);
  process.stdout.write(`${run.passed} passed, ${run.failed} failed\n`);
  return run.code === 0 && covered ? 0 : 1;
}

/** Runs the files that failed once more, one after the other and alone, and says which of them passed only then. */
async function secondChance(first, failed) {
  console.log(`\nA second run, alone, of what failed: ${failed.map(({ name }) => name).join(', ')}\n`);
  const second = await runJest(['--ci', '--runInBand', '--runTestsByPath', ...failed.map(({ path }) => path)]);
  const unsteady = second.files.filter(({ passed }) => passed).map(({ name }) => name);
  if (unsteady.length > 0) console.log(`\nUNSTEADY, to be mended: failed, then passed alone: ${unsteady.join(', ')}`);
  const before = failed.reduce((sum, { count }) => sum + count, 0);
  return { ...second, passed: first.passed - before + second.passed };
}

async function runJest(args) {
  const results = join(PROJECT_ROOT, 'var', 'test', `results-${process.pid}.json`);
  mkdirSync(join(PROJECT_ROOT, 'var', 'test'), { recursive: true });
  const jest = join(PROJECT_ROOT, 'node_modules', 'jest', 'bin', 'jest.js');
  const child = spawn(process.execPath, [jest, '--json', `--outputFile=${results}`, ...args], {
    cwd: PROJECT_ROOT,
    stdio: 'inherit',
  });
  // Jest gets Ctrl-C from the terminal itself and ends its servers; we only wait for it.
  const pass = (signal) => child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, pass);
  const code = await new Promise((resolve) => child.once('exit', (exitCode) => resolve(exitCode ?? 1)));
  for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, pass);
  if (!existsSync(results)) return { code, passed: 0, failed: 0, files: [] };
  const { testResults, ...counts } = JSON.parse(readFileSync(results, 'utf8'));
  rmSync(results);
  return {
    code,
    passed: counts.numPassedTests,
    // A file that could not be loaded holds tests that nobody counted: it counts as one failure.
    failed: counts.numFailedTests + counts.numRuntimeErrorTestSuites,
    files: testResults.map((file) => ({
      path: file.name,
      name: relative(PROJECT_ROOT, file.name),
      passed: file.status === 'passed',
      count: file.assertionResults.filter(({ status }) => status === 'passed').length,
    })),
  };
}

/** Whether at least so many percent of the branches are covered; says so when they are not. */
function branchesCovered(least) {
  const summary = join(PROJECT_ROOT, 'var', 'coverage', 'coverage-summary.json');
  const percent = existsSync(summary) ? JSON.parse(readFileSync(summary, 'utf8')).total.branches.pct : 0;
  if (percent >= least) return true;
  console.log(`\nonly ${percent} % of the branches are covered; at least ${least} % must be`);
  return false;
}
