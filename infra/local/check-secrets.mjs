// Looks for secrets in the working tree and in every version of every file in the git history.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CONFIG = join(ROOT, '.secretlintrc.cjs');
const WORK_DIR = join(ROOT, 'var', 'check');
/** Versions that passed under this configuration; the next scan skips them. */
const PASSED = join(WORK_DIR, 'clean-versions.json');
const LARGEST_BYTES = 2 * 1024 * 1024;
/** Keeps a command line well below what the system allows. */
const FILES_AT_ONCE = 500;

const tree = git('ls-files', '--cached', '--others', '--exclude-standard', '-z')
  .split('\0')
  .filter((path) => path !== '' && existsSync(join(ROOT, path)));
const treeIsClean = scan(tree);
const historyIsClean = scanHistory();
console.log(
  `${tree.length} files of the working tree ${treeIsClean ? 'hold no secret' : 'and a secret among them: see above'}`,
);
process.exitCode = treeIsClean && historyIsClean ? 0 : 1;

function scanHistory() {
  const key = createHash('sha256')
    .update(readFileSync(CONFIG))
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .digest('hex');
  const passed = readPassed(key);
  const versions = versionsInHistory();
  const fresh = versions.filter(({ sha }) => !passed.has(sha));
  const folder = join(WORK_DIR, 'history');
  rmSync(folder, { recursive: true, force: true });
  const files = fresh.map(({ sha, path }) => {
    const file = join(folder, sha, basename(path));
    mkdirSync(join(folder, sha), { recursive: true });
    writeFileSync(file, gitBuffer('cat-file', 'blob', sha));
    return file;
  });
  const clean = scan(files);
  console.log(
    `${versions.length} versions in the history, ${fresh.length} of them new, ${clean ? 'hold no secret' : 'and a secret among them: see above'}`,
  );
  if (!clean) {
    console.log(
      'A path above names the version: git log --all --find-object=HASH shows its commits. A real secret must be revoked first.',
    );
    return false;
  }
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(WORK_DIR, { recursive: true });
  writeFileSync(PASSED, JSON.stringify({ key, versions: versions.map(({ sha }) => sha) }));
  return true;
}

/** Every version of every file that any branch, tag or stash can reach: its object id and one path it had. */
function versionsInHistory() {
  const objects = git('rev-list', '--all', '--objects').split('\n');
  const paths = new Map(objects.filter((line) => line.length > 41).map((line) => [line.slice(0, 40), line.slice(41)]));
  const facts = spawnSync('git', ['cat-file', '--batch-check'], {
    cwd: ROOT,
    input: [...paths.keys()].join('\n'),
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  return facts.stdout
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, type, size]) => type === 'blob' && Number(size) <= LARGEST_BYTES)
    .map(([sha]) => ({ sha, path: paths.get(sha) }));
}

function readPassed(key) {
  if (!existsSync(PASSED)) return new Set();
  const stored = JSON.parse(readFileSync(PASSED, 'utf8'));
  return new Set(stored.key === key ? stored.versions : []);
}

function scan(files) {
  let clean = true;
  const secretlint = join(ROOT, 'node_modules', 'secretlint', 'bin', 'secretlint.js');
  for (let at = 0; at < files.length; at += FILES_AT_ONCE) {
    const args = [secretlint, '--secretlintrc', CONFIG, '--no-glob', ...files.slice(at, at + FILES_AT_ONCE)];
    if (spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit' }).status !== 0) clean = false;
  }
  return clean;
}

function git(...args) {
  return gitBuffer(...args).toString('utf8');
}

function gitBuffer(...args) {
  const { status, stdout, stderr, error } = spawnSync('git', args, { cwd: ROOT, maxBuffer: 2 ** 30 });
  if (status !== 0) throw new Error(`git ${args[0]} failed: ${error?.message ?? stderr.toString()}`);
  return stdout;
}
