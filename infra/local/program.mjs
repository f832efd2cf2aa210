// Loading a part of the program into this process, so that signals reach it: compiled when TRADEWIND_DIST=1, else from
// source through a loader.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { PROJECT_ROOT } from './setup.mjs';

/** Loads a module of the project, named from its root without an extension, and gives its exports. */
export function loadProgram(name) {
  const require = createRequire(join(PROJECT_ROOT, 'package.json'));
  if (process.env.TRADEWIND_DIST === '1') return require(join(PROJECT_ROOT, 'dist', `${name}.js`));
  process.env.TSX_TSCONFIG_PATH = join(PROJECT_ROOT, 'tsconfig.json');
  require('tsx/cjs');
  return require(join(PROJECT_ROOT, `${name}.ts`));
}
