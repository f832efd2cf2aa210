// Getting the Temporal CLI into the user's cache. Node built-ins only: this runs before the packages are installed.
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { withLock } from './lock.mjs';
import { run, step } from './steps.mjs';
import { TEMPORAL_CLI_VERSION, cachedTemporalCli } from './temporal-cli.mjs';

const DOWNLOAD_SITE = 'https://temporal.download';
const MODULE = `github.com/temporalio/cli/cmd/temporal@v${TEMPORAL_CLI_VERSION}`;
/** `go install` knows no version of its own: without this the program calls itself 0.0.0-DEV, as an unknown one would. */
const STAMP = `-X github.com/temporalio/cli/temporalcli.Version=${TEMPORAL_CLI_VERSION}`;
/** A site that does not answer at once is not worth the wait: there is another way. */
const ANSWER_WITHIN_MS = 8_000;
const DOWNLOAD_WITHIN_MS = 180_000;

/**
 * Puts the CLI into the cache, by download or else by building it, and gives its path. Two projects that need it at
 * the same time fetch it once.
 */
export async function fetchTemporalCli({ env, log, site = DOWNLOAD_SITE }) {
  const target = cachedTemporalCli(env);
  return withLock(
    `${dirname(target)}.lock`,
    async () => {
      if (existsSync(target)) return target;
      // One name for all: an attempt that was killed leaves its folder to the next, which holds the lock.
      const workDir = `${dirname(target)}.new`;
      rmSync(workDir, { recursive: true, force: true });
      mkdirSync(workDir, { recursive: true });
      try {
        await obtain({ env, log, site, workDir });
        mkdirSync(dirname(target), { recursive: true });
        renameSync(join(workDir, 'temporal'), target);
        return target;
      } finally {
        rmSync(workDir, { recursive: true, force: true });
      }
    },
    (holder) => log(`waiting for process ${holder.pid}, which fetches the Temporal CLI already`),
  );
}

async function obtain({ env, log, site, workDir }) {
  const ways = [
    ['downloading the Temporal CLI (about 50 MB)', () => download(site, workDir)],
    ['building the Temporal CLI with Go (3 to 5 minutes)', () => build(env, workDir)],
  ];
  const failures = [];
  for (const [what, way] of ways) {
    try {
      await step(log, what, way);
      await verify(join(workDir, 'temporal'));
      return;
    } catch (error) {
      failures.push(`${what}: ${error.message}`);
      log(`that did not work: ${error.message}`);
    }
  }
  throw new Error(
    [
      `the Temporal CLI ${TEMPORAL_CLI_VERSION} is missing and could not be fetched:`,
      ...failures.map((failure) => `  - ${failure}`),
      'Do one of these and start again:',
      '  - install it (https://docs.temporal.io/cli) so that `temporal` is on PATH',
      '  - set TEMPORAL_CLI_PATH to the program',
      '  - set TEMPORAL_ADDRESS to a Temporal server that runs already',
      '  - install Go 1.25 or newer, so that it can be built here',
    ].join('\n'),
  );
}

async function download(site, workDir) {
  const platform = { linux: 'linux', darwin: 'darwin' }[process.platform];
  const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch];
  if (platform === undefined || arch === undefined)
    throw new Error(`there is no build for ${process.platform} ${process.arch}`);
  const archive = join(workDir, 'temporal.tar.gz');
  const stop = new AbortController();
  const patience = setTimeout(
    () => stop.abort(new Error(`no answer within ${ANSWER_WITHIN_MS / 1000} s`)),
    ANSWER_WITHIN_MS,
  );
  const end = setTimeout(() => stop.abort(new Error('it took too long')), DOWNLOAD_WITHIN_MS);
  try {
    const url = `${site}/cli/archive/v${TEMPORAL_CLI_VERSION}?platform=${platform}&arch=${arch}`;
    const answer = await fetch(url, { signal: stop.signal });
    clearTimeout(patience);
    if (!answer.ok) throw new Error(`${site} answered ${answer.status}`);
    writeFileSync(archive, Buffer.from(await answer.arrayBuffer()));
  } catch (error) {
    throw new Error(stop.signal.aborted ? stop.signal.reason.message : (error.cause?.message ?? error.message));
  } finally {
    clearTimeout(patience);
    clearTimeout(end);
  }
  const unpacked = await run('tar', ['-xzf', archive, '-C', workDir, 'temporal']);
  if (unpacked.code !== 0) throw new Error(`the archive could not be unpacked: ${unpacked.output.trim()}`);
  chmodSync(join(workDir, 'temporal'), 0o755);
}

async function build(env, workDir) {
  const built = await run('go', ['install', '-ldflags', STAMP, MODULE], { env: { ...env, GOBIN: workDir } });
  if (built.code === 0) return;
  const reason = built.code === 127 ? 'Go is not installed' : built.output.trim().split('\n').slice(-5).join('\n    ');
  throw new Error(reason);
}

async function verify(program) {
  const { code, output } = await run(program, ['--version']);
  if (code !== 0 || !output.includes(TEMPORAL_CLI_VERSION)) {
    throw new Error(`what came does not run as version ${TEMPORAL_CLI_VERSION}: ${output.trim().slice(0, 200)}`);
  }
}
