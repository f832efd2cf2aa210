// npm run build, second half: what the compiled program reads beside its code and the compiler does not copy.
import { cpSync } from 'node:fs';
import { extname, join } from 'node:path';
import { PROJECT_ROOT } from './setup.mjs';

/** Rooms with files other than TypeScript. Bundled data stays in `data/`, which both forms of the program read. */
const ROOMS = ['database', 'infra/local', 'api'];
const ASSETS = new Set(['', '.sql', '.mjs', '.json', '.html', '.css', '.csv']);

for (const room of ROOMS) {
  cpSync(join(PROJECT_ROOT, room), join(PROJECT_ROOT, 'dist', room), {
    recursive: true,
    filter: (path) => ASSETS.has(extname(path)),
  });
}
