// Installing the packages of package-lock.json. Node built-ins only: this runs before they are there.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from './lock.mjs';
import { run, step } from './steps.mjs';

/** Runs `npm ci` when node_modules is missing or belongs to another lock file, platform or binary interface of Node. */
export async function installPackages({ root, env, log }) {
  if (upToDate(root)) return;
  await withLock(
    join(root, 'var', 'install.lock'),
    async () => {
      if (upToDate(root)) return;
      const why = existsSync(join(root, 'node_modules')) ? 'the installed ones are out of date' : 'first start';
      await step(log, `installing the packages (${why}; about a minute)`, () => npmCi(root, env));
      writeFileSync(markerPath(root), fingerprint(root));
    },
    (holder) => log(`waiting for process ${holder.pid}, which installs the packages already`),
  );
}

async function npmCi(root, env) {
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund'];
  const npm = env.npm_execpath?.endsWith('.js') ? [process.execPath, [env.npm_execpath, ...args]] : ['npm', args];
  const { code, output } = await run(npm[0], npm[1], { cwd: root, env });
  if (code !== 0) throw new Error(`npm ci failed with exit code ${code}:\n${output.trim()}\nTo repeat it: npm ci`);
}

function upToDate(root) {
  const marker = markerPath(root);
  const known = existsSync(marker) ? readFileSync(marker, 'utf8') : undefined;
  if (known === fingerprint(root)) return true;
  if (known !== undefined && platformOf(known) !== platformOf(fingerprint(root))) return false;
  if (!installedByHand(root)) return false;
  writeFileSync(marker, fingerprint(root));
  return true;
}

/** Whether npm was run by hand for what the lock file wants: npm keeps what it installed in a lock file of its own. */
function installedByHand(root) {
  const hidden = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(hidden)) return false;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const installed = JSON.parse(readFileSync(hidden, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, { integrity, optional }]) =>
      path === '' || installed[path]?.integrity === integrity || (optional && installed[path] === undefined),
  );
}

function markerPath(root) {
  return join(root, 'node_modules', '.tradewind-lock');
}

/** The part of a fingerprint behind the hash. */
function platformOf(fingerprintText) {
  return fingerprintText.slice(fingerprintText.indexOf(' '));
}

function fingerprint(root) {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  return `${lock} ${process.platform}-${process.arch} ${process.versions.modules}\n`;
}
