// Makes a clone ready to run. Node built-ins only: it runs before the packages are installed.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { installPackages } from './packages.mjs';
import { findTemporalCli } from './temporal-cli.mjs';
import { fetchTemporalCli } from './temporal-cli-fetch.mjs';

/** The project's folder, also when this file runs as a copy in `dist/`. */
export const PROJECT_ROOT = findRoot(dirname(fileURLToPath(import.meta.url)));

const OLDEST_NODE = [20, 20];

/** Thrown for what the user can mend; its message is shown without a stack. */
export class SetupError extends Error {}

/**
 * Checks Node, installs the packages when they are missing or out of date, and finds or fetches the Temporal CLI
 * unless a Temporal server is configured. Says on standard error what takes long. May be repeated, and by several
 * processes at once; when nothing is missing it takes a few milliseconds.
 */
export async function setup({ root = PROJECT_ROOT, env = process.env, log = logToStderr, temporal = true, site } = {}) {
  checkNode(process.versions.node);
  try {
    await installPackages({ root, env, log });
    const settings = withEnvFile(root, env);
    if (!temporal || settings.TEMPORAL_ADDRESS) return;
    if (findTemporalCli(settings) === undefined) await fetchTemporalCli({ env: settings, log, site });
  } catch (error) {
    throw new SetupError(error.message, { cause: error });
  }
}

/** Runs the main function of a script after set-up; an error of set-up is one message and exit code 1. */
export async function afterSetup(main, options = {}) {
  try {
    await setup(options);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`tradewind: ${error.message}\n`);
    process.exit(1);
  }
  return main();
}

/** Refuses a Node that is too old, in a sentence. */
export function checkNode(version) {
  const [major, minor] = version.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  throw new SetupError(`Node ${OLDEST_NODE.join('.')} or newer is needed, and this is Node ${version}.`);
}

function findRoot(folder) {
  if (existsSync(join(folder, 'package.json'))) return folder;
  if (folder === dirname(folder)) throw new Error('there is no package.json above the set-up script');
  return findRoot(dirname(folder));
}

function withEnvFile(root, env) {
  const file = join(root, '.env');
  return existsSync(file) ? { ...parseEnv(readFileSync(file, 'utf8')), ...env } : env;
}

function logToStderr(line) {
  process.stderr.write(`tradewind setup: ${line}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) void afterSetup(() => undefined);
