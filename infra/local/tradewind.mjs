// The `tradewind` command. With TRADEWIND_DIST=1 the compiled program runs, and nothing is installed for it.
import { afterSetup } from './setup.mjs';

async function main() {
  const { loadProgram } = await import('./program.mjs');
  loadProgram('cli/main');
}

await (process.env.TRADEWIND_DIST === '1' ? main() : afterSetup(main, { temporal: false }));
