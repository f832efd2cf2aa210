// npm run bench, npm run chaos: set-up, then a script of the project with the remaining arguments.
import { afterSetup } from './setup.mjs';

const [script, ...args] = process.argv.slice(2);
if (script === undefined) {
  process.stderr.write('usage: node infra/local/run.mjs SCRIPT.ts [ARGUMENTS]\n');
  process.exit(2);
}

await afterSetup(async () => {
  const { loadProgram } = await import('./program.mjs');
  process.argv = [process.argv[0], script, ...args];
  loadProgram(script.replace(/\.ts$/, ''));
});
