// npm start: set-up, then the local stack until Ctrl-C.
import { parseArgs } from 'node:util';
import { afterSetup } from './setup.mjs';

const USAGE = 'usage: npm start -- [--once] [--json]\n';

function options() {
  try {
    return parseArgs({
      options: { once: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
    }).values;
  } catch (error) {
    process.stderr.write(`${error.message}\n${USAGE}`);
    process.exit(2);
  }
}

const { once, json } = options();
process.exitCode = await afterSetup(async () => {
  const { loadProgram } = await import('./program.mjs');
  return loadProgram('infra/local/up').up({ once, json });
});
