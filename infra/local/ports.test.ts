import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LOOPBACK, freePort, isFree, steadyPort } from './ports';

const listening: Server[] = [];
const folder = mkdtempSync(join(tmpdir(), 'ports-'));
const file = join(folder, 'ports.json');
afterEach(() => listening.splice(0).forEach((server) => server.close()));
afterAll(() => rmSync(folder, { recursive: true }));

async function occupied(): Promise<number> {
  const server = createServer();
  listening.push(server);
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, LOOPBACK, resolve));
  return port;
}

describe('a port', () => {
  it('is the first preferred one that nobody uses', async () => {
    const [taken, free] = [await occupied(), await freePort()];
    expect(await isFree(taken)).toBe(false);
    expect(await freePort(taken, free)).toBe(free);
  });

  it('that was taken leads to another, which is used again as long as the wanted one is taken', async () => {
    const wanted = await occupied();
    const chosen = await steadyPort(file, 'api', wanted);
    expect(chosen).not.toBe(wanted);
    expect(await steadyPort(file, 'api', wanted)).toBe(chosen);
    listening.splice(0).forEach((server) => server.close());
    expect(await steadyPort(file, 'api', wanted)).toBe(wanted);
  });
});
