import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tryLock, withLock } from './lock.mjs';
import { identify, isRunning } from './process-identity.mjs';
import { signalProcess, stopProcess } from './processes';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-'));
  path = join(folder, 'deep', 'a.lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a lock', () => {
  it('is held by one at a time, and the other learns by whom', () => {
    const first = tryLock(path);
    expect(first.kind).toBe('taken');
    expect(tryLock(path)).toEqual({ kind: 'held', holder: identify(process.pid) });
    if (first.kind === 'taken') first.release();
    expect(tryLock(path).kind).toBe('taken');
  });

  it('of a process that has ended is free, even when another process has its number now', () => {
    tryLock(path);
    writeFileSync(path, JSON.stringify({ pid: process.pid, started: 'another time' }));
    expect(tryLock(path).kind).toBe('taken');
    expect(readdirSync(join(folder, 'deep'))).toEqual(['a.lock']);
  });

  it('that cannot be read is free', () => {
    tryLock(path);
    writeFileSync(path, '');
    expect(tryLock(path).kind).toBe('taken');
  });

  it('lets work wait for its turn, and is released when the work fails', async () => {
    const order: string[] = [];
    const first = withLock(path, async () => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      order.push('first');
      throw new Error('failed');
    });
    const second = withLock(
      path,
      () => Promise.resolve(order.push('second')),
      ({ pid }) => order.push(`waits for ${pid === process.pid ? 'us' : 'somebody'}`),
    );
    await expect(first).rejects.toThrow('failed');
    await second;
    expect(order).toEqual(['waits for us', 'first', 'second']);
    expect(existsSync(path)).toBe(false);
  });
});

describe('a process', () => {
  function sleeper(script: string): Promise<number> {
    const child = spawn(process.execPath, ['-e', `${script}; setInterval(() => {}, 1000); console.log('up')`]);
    return new Promise((resolve) => child.stdout.once('data', () => resolve(child.pid ?? 0)));
  }

  it('is not taken for a later one with its number', async () => {
    const pid = await sleeper('');
    const identity = identify(pid);
    if (identity === undefined) throw new Error('it runs');
    expect(isRunning(identity)).toBe(true);
    const earlier = { ...identity, started: '1' };
    expect(isRunning(earlier)).toBe(false);
    expect(signalProcess(earlier, 'SIGKILL')).toBe(false);
    await stopProcess(earlier, [{ signal: 'SIGKILL', waitMs: 1_000 }]);
    expect(isRunning(identity)).toBe(true);
    await stopProcess(identity, [{ signal: 'SIGTERM', waitMs: 5_000 }]);
    expect(identify(pid)).toBeUndefined();
  });

  it('that ignores one signal gets the next, and an error tells when none helps', async () => {
    const identity = identify(await sleeper("process.on('SIGTERM', () => {})"));
    if (identity === undefined) throw new Error('it runs');
    await expect(stopProcess(identity, [{ signal: 'SIGTERM', waitMs: 100 }])).rejects.toThrow(
      'did not end after SIGTERM',
    );
    await stopProcess(identity, [
      { signal: 'SIGTERM', waitMs: 100 },
      { signal: 'SIGKILL', waitMs: 5_000 },
    ]);
    expect(isRunning(identity)).toBe(false);
  });
});
