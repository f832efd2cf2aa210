import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The folder of the project, the same whether this file runs from its source or from `dist/`: the nearest folder above
 * that holds a `package.json`, which `dist/` does not.
 */
export const PROJECT_ROOT: string = findRoot(__dirname);

/** Everything that this installation writes: databases, logs, keys. Deleting it forgets all of it. */
export const STATE_DIR: string = join(PROJECT_ROOT, 'var');

function findRoot(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error('the project folder was not found above the running file');
  return findRoot(parent);
}

/** The product's version, from its package file. */
export const VERSION: string = readVersion();

function readVersion(): string {
  const file: unknown = JSON.parse(readFileSync(join(PROJECT_ROOT, 'package.json'), 'utf8'));
  const version = typeof file === 'object' && file !== null && 'version' in file ? file.version : undefined;
  if (typeof version !== 'string') throw new Error('package.json states no version');
  return version;
}
