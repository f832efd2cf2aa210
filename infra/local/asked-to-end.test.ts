import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../config/project';
import { listenForEnd } from './asked-to-end';

describe('a process that is asked to end', () => {
  let now = 0;
  let hurried = 0;
  const source = new EventEmitter();
  const listen = () =>
    listenForEnd(
      () => (hurried += 1),
      source,
      () => now,
    );
  beforeEach(() => (hurried = 0));

  it('takes the signal that npm hands on for the same request, and a later one for a hurry', async () => {
    const end = listen();
    source.emit('SIGINT');
    await end.asked;
    now += 900;
    source.emit('SIGINT');
    expect([end.signal.aborted, hurried]).toEqual([true, 0]);
    now += 200;
    source.emit('SIGINT');
    expect(hurried).toBe(1);
    end.forget();
  });

  it('listens no more once it is forgotten', () => {
    const end = listen();
    end.forget();
    source.emit('SIGTERM');
    expect([end.signal.aborted, source.listenerCount('SIGTERM')]).toEqual([false, 0]);
  });
});

/** What npm does with a signal depends on how its script is written: the real npm runs one that is written as ours. */
describe('npm start', () => {
  const script = (
    JSON.parse(readFileSync(join(PROJECT_ROOT, 'package.json'), 'utf8')) as { scripts: { start: string } }
  ).scripts.start;
  const WAITS = `process.on('SIGTERM', () => { console.log('ended in order'); process.exit(0); });
    setInterval(() => undefined, 1000); console.log('pid ' + process.pid);`;
  let folder: string;
  let npm: ChildProcess;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'npm-start-'))));
  afterEach(() => {
    npm.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  /** Starts a script under npm; answers what it said until it had begun, and what it has said by now. */
  async function start(command: string): Promise<{ readonly pid: number; readonly said: () => string }> {
    const file = join(folder, 'waits.mjs');
    writeFileSync(file, WAITS);
    const start = command.replace('infra/local/start.mjs', file);
    writeFileSync(
      join(folder, 'package.json'),
      JSON.stringify({ name: 'waits', version: '1.0.0', scripts: { start } }),
    );
    npm = spawn('npm', ['start', '--', '--no-demo'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    npm.stdout?.on('data', (text: Buffer) => (said += text.toString()));
    while (!/pid \d+/.test(said)) await new Promise((resolve) => setTimeout(resolve, 50));
    return { pid: Number(/pid (\d+)/.exec(said)?.[1]), said: () => said };
  }

  it('hands SIGTERM on, so that what it started ends in order', async () => {
    const { said } = await start(script);
    const over = once(npm, 'close');
    npm.kill('SIGTERM');
    await over;
    expect(said()).toContain('ended in order');
  });

  it('does not where its shell stays in between: the control', async () => {
    const { pid, said } = await start(script.replace(/^exec /, ''));
    const over = once(npm, 'exit');
    npm.kill('SIGTERM');
    await over;
    expect(said()).not.toContain('ended in order');
    // It was left behind, and is ours to end: it fails here if it was not.
    process.kill(pid, 'SIGKILL');
  });
});
