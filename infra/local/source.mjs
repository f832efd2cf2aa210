// Running TypeScript from source. The loader is registered in this process, so that signals reach the program itself.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { PROJECT_ROOT } from './setup.mjs';

/** Loads a TypeScript file of the project, given from its root, and gives its exports. */
export function loadSource(file) {
  process.env.TSX_TSCONFIG_PATH = join(PROJECT_ROOT, 'tsconfig.json');
  const require = createRequire(join(PROJECT_ROOT, 'package.json'));
  require('tsx/cjs');
  return require(join(PROJECT_ROOT, file));
}
