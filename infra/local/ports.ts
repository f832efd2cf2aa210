import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';

/** Every server of the local stack listens here and nowhere else. */
export const LOOPBACK = '127.0.0.1';

/** Whether nobody listens on this port of the loopback address right now. */
export async function isFree(port: number): Promise<boolean> {
  return (await listenOnce(port)) !== undefined;
}

/**
 * A free port of the loopback address: the first of the preferred ones that nobody uses, else any.
 * Another process may take it before it is used, so whoever starts a server on it is ready to ask again.
 */
export async function freePort(...preferred: readonly number[]): Promise<number> {
  for (const port of preferred) {
    if (port > 0 && (await isFree(port))) return port;
  }
  const port = await listenOnce(0);
  if (port === undefined) throw new Error(`no free port on ${LOOPBACK}`);
  return port;
}

/**
 * A free port for a named purpose: the wanted one, else the one that it got last time, else any. What was chosen is
 * kept in a file, so that an address stays the same from one start to the next.
 */
export async function steadyPort(file: string, name: string, wanted: number): Promise<number> {
  const known = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>) : {};
  const port = await freePort(wanted, known[name] ?? 0);
  if (port !== known[name]) writeFileSync(file, JSON.stringify({ ...known, [name]: port }));
  return port;
}

function listenOnce(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: LOOPBACK, exclusive: true }, () => {
      const address = server.address();
      const used = typeof address === 'object' && address !== null ? address.port : undefined;
      server.close(() => resolve(used));
    });
  });
}
