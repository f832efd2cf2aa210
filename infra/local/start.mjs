// npm start: set-up, then the local stack until Ctrl-C.
import { parseArgs } from 'node:util';
import { afterSetup } from './setup.mjs';

const USAGE = 'usage: npm start -- [--once] [--json] [--no-demo]\n';

const flag = { type: 'boolean', default: false };

function options() {
  try {
    return parseArgs({
      options: { once: flag, json: flag, 'no-demo': flag },
    }).values;
  } catch (error) {
    process.stderr.write(`${error.message}\n${USAGE}`);
    process.exit(2);
  }
}

const { once, json, 'no-demo': noDemo } = options();
process.exitCode = await afterSetup(async () => {
  const { loadProgram } = await import('./program.mjs');
  return loadProgram('infra/local/up').up({ once, json, demo: !noDemo });
});
