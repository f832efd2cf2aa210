// The `tradewind` command: the compiled program when TRADEWIND_DIST=1, else from source with the packages in place.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { PROJECT_ROOT, afterSetup } from './setup.mjs';

if (process.env.TRADEWIND_DIST === '1') {
  createRequire(import.meta.url)(join(PROJECT_ROOT, 'dist', 'cli', 'main.js'));
} else {
  await afterSetup(
    async () => {
      const { loadSource } = await import('./source.mjs');
      loadSource('cli/main.ts');
    },
    { temporal: false },
  );
}
