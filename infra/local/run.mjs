// npm run bench, npm run chaos: set-up, then a script of the project with the remaining arguments.
import { isAbsolute, relative } from 'node:path';
import { PROJECT_ROOT, afterSetup } from './setup.mjs';

const [script, ...args] = process.argv.slice(2);
if (script === undefined) {
  process.stderr.write('usage: node infra/local/run.mjs SCRIPT.ts [ARGUMENTS]\n');
  process.exit(2);
}

await afterSetup(async () => {
  const { loadSource } = await import('./source.mjs');
  const file = isAbsolute(script) ? relative(PROJECT_ROOT, script) : script;
  process.argv = [process.argv[0], file, ...args];
  loadSource(file);
});
