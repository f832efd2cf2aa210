import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import type { WriteStream } from 'node:fs';
import { PROJECT_ROOT } from '../../../config/project';
import { nodeArguments } from '../../../infra/local/node-service';

/** The process ended, or broke off, before it answered: whatever it was doing is in doubt. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/** Those that run: a stopped process would not notice that its parent is gone. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** One process of the suite, which answers requests over a channel until it is killed. */
export class Child {
  private readonly waiting = new Map<number, Waiting>();
  private readonly process: ChildProcess;
  private next = 1;
  private over = false;
  readonly ended: Promise<void>;

  /** @param entry the main file from the project's root, without its extension */
  constructor(entry: string, log: string) {
    const file: WriteStream = createWriteStream(log, { flags: 'a' });
    const { PATH, HOME, TMPDIR } = process.env;
    this.process = spawn(process.execPath, nodeArguments(entry), {
      cwd: PROJECT_ROOT,
      env: { PATH, HOME, TMPDIR },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    running.add(this.process);
    this.process.stdout?.pipe(file, { end: false });
    this.process.stderr?.pipe(file, { end: false });
    this.process.on('message', (message) => this.hear(message as Message));
    this.process.on('error', () => undefined);
    this.ended = new Promise((resolve) => {
      this.process.once('exit', () => {
        this.over = true;
        running.delete(this.process);
        for (const { failed } of this.waiting.values()) failed(new NoAnswer('the process ended'));
        this.waiting.clear();
        file.end();
        resolve();
      });
    });
  }

  /** Asks and waits, for as long as the process lives. @throws NoAnswer when it ends first, Error with what it answered. */
  ask<Answer>(request: object): Promise<Answer> {
    const id = this.next++;
    return new Promise<Answer>((resolve, reject) => {
      if (this.over) {
        reject(new NoAnswer('the process has ended'));
        return;
      }
      this.waiting.set(id, { done: (answer) => resolve(answer as Answer), failed: reject });
      this.process.send({ id, ...request }, (error) => {
        if (error) this.waiting.get(id)?.failed(new NoAnswer(error.message));
      });
    });
  }

  /** As it is, without a signal handler having a say. */
  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
    if (!this.over) this.process.kill(name);
  }

  async end(): Promise<void> {
    this.signal('SIGKILL');
    await this.ended;
  }

  private hear(message: Message): void {
    const waiting = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if (message.error === undefined) waiting?.done(message.answer);
    else waiting?.failed(new Error(message.error));
  }
}

interface Waiting {
  readonly done: (answer: unknown) => void;
  readonly failed: (error: Error) => void;
}

interface Message {
  readonly id: number;
  readonly answer?: unknown;
  readonly error?: string;
}
