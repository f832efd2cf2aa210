import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { LOOPBACK, freePort, isFree } from './ports';
import { stopProcess } from './processes';
import { spawnLogged } from './spawn';
import { findTemporalCli } from './temporal-cli.mjs';
import { removeTemporal, startTemporal, type TemporalOptions, type RunningTemporal } from './temporal-server';
import { calledByAKilledProcess } from '../../tests/support/killed-process';

const OURS = {
  TradePhase: 2,
  TradeInstrument: 2,
  TradeAccount: 2,
  TradeStrategy: 2,
  TradeSide: 2,
  TradeOutcome: 2,
  TradeMode: 2,
  KillEpoch: 3,
  Notional: 4,
  Halted: 5,
};

let base: string;
let options: TemporalOptions;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'temporal server '));
  options = {
    cliPath: findTemporalCli(process.env)?.path ?? '',
    namespace: 'trading',
    stateDir: join(base, 'state'),
    log: join(base, 'temporal.log'),
    storage: 'file',
  };
});
afterEach(async () => {
  await removeTemporal(options.stateDir);
  rmSync(base, { recursive: true, force: true });
});

async function searchAttributes(address: string): Promise<unknown> {
  const connection = await Connection.connect({ address });
  try {
    return (await connection.operatorService.listSearchAttributes({ namespace: 'trading' })).customAttributes;
  } finally {
    await connection.close();
  }
}

function startedByAKilledProcess(): Promise<unknown> {
  return calledByAKilledProcess(join(__dirname, 'temporal-server.ts'), 'startTemporal', options);
}

describe('the Temporal development server', () => {
  it('has our namespace with our search attributes, and a Web UI when asked for one', async () => {
    const server = await startTemporal({ ...options, storage: 'memory', preferredUiPort: await freePort() });
    expect(await searchAttributes(server.address)).toMatchObject(OURS);
    expect((await fetch(server.uiUrl ?? '')).status).toBe(200);
    await server.stop();
    expect(await isFree(Number(server.address.split(':')[1]))).toBe(true);
  });

  it('comes back on its port, and gets the attributes that an older file lacks', async () => {
    const port = await freePort();
    mkdirSync(options.stateDir);
    const args = [
      'server',
      'start-dev',
      '--headless',
      '--ip',
      LOOPBACK,
      '--port',
      String(port),
      '--namespace',
      'trading',
    ];
    const old = await spawnLogged({
      command: options.cliPath,
      args: [
        ...args,
        '--db-filename',
        join(options.stateDir, 'temporal.db'),
        '--search-attribute',
        'TradePhase=Keyword',
      ],
      logFile: options.log,
    });
    while ((await searchAttributes(`${LOOPBACK}:${port}`).catch(() => undefined)) === undefined) await sleep(50);
    await stopProcess(old.identity, [{ signal: 'SIGTERM', waitMs: 10_000 }]);
    const first = await startTemporal(options);
    expect(await searchAttributes(first.address)).toMatchObject(OURS);
    await first.stop();
    expect((await startTemporal(options)).address).toBe(first.address);
  });

  it('left by a killed process is adopted by the next start, and can be stopped', async () => {
    const left = (await startedByAKilledProcess()) as RunningTemporal;
    const adopted = await startTemporal(options);
    expect(adopted).toMatchObject({ adopted: true, pid: left.pid, address: left.address });
    await adopted.stop();
    await expect(adopted.ended).resolves.toBe('it ended');
  });

  it('says whether it serves, which one that stands still does not', async () => {
    const server = await startTemporal(options);
    expect(await server.serves()).toBe(true);
    process.kill(server.pid, 'SIGSTOP');
    expect(await server.serves()).toBe(false);
    process.kill(server.pid, 'SIGCONT');
    expect(await server.serves()).toBe(true);
    await server.stop();
    expect(await server.serves()).toBe(false);
  });

  it('that cannot start shows the end of its log', async () => {
    mkdirSync(join(options.stateDir, 'temporal.db'), { recursive: true });
    await expect(startTemporal(options)).rejects.toThrow(/did not start on port \d+; its log ends/);
  });
});
