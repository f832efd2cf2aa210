// Long steps that say what they do. Node built-ins only: this also runs before the packages are installed.
import { spawn } from 'node:child_process';

const PROGRESS_EVERY_MS = 10_000;

/** Runs work that may take long: says on `log` that it began, every ten seconds that it goes on, and how long it took. */
export async function step(log, what, work) {
  const began = performance.now();
  const seconds = () => `${Math.round((performance.now() - began) / 1000)} s`;
  log(what);
  const ticking = setInterval(() => log(`still at it: ${what} (${seconds()})`), PROGRESS_EVERY_MS);
  try {
    const result = await work();
    log(`done in ${seconds()}`);
    return result;
  } finally {
    clearInterval(ticking);
  }
}

/** Runs a program to its end; its output is caught and given back with the exit code. Never throws for a failure. */
export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text) => (output = (output + text).slice(-20_000)));
    }
    child.once('error', (error) => resolve({ code: 127, output: error.message }));
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
