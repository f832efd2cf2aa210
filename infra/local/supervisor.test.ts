import { FAILED_QUESTIONS, Supervisor, type Running, type Service, type SupervisorEvent } from './supervisor';

const BACK_OFF = { firstMs: 1_000, longestMs: 4_000, calmAfterMs: 60_000 };

/** A service whose ends the test decides, and a clock that only the test moves. */
class World {
  readonly events: string[] = [];
  readonly waits: number[] = [];
  time = 0;
  private pid = 0;
  private readonly ends = new Map<string, (reason: string) => void>();
  private letGo: () => void = () => undefined;
  failing = new Set<string>();
  /** What services say when they are asked whether they do their work. */
  serving = true;
  readonly supervisor = new Supervisor({
    backOff: BACK_OFF,
    onEvent: (event) => this.events.push(told(event)),
    now: () => this.time,
    sleep: (ms, signal) => {
      this.waits.push(ms);
      return new Promise((resolve, reject) => {
        this.letGo = resolve;
        signal.addEventListener('abort', () => reject(new Error('aborted')));
      });
    },
  });

  service(name: string): Service {
    return {
      name,
      start: () =>
        this.failing.has(name) ? Promise.reject(new Error(`${name} cannot`)) : Promise.resolve(this.run(name)),
    };
  }

  /** The service ends by itself after it has run for so long. */
  async end(name: string, afterMs = 0): Promise<void> {
    this.time += afterMs;
    this.ends.get(name)?.('signal SIGKILL');
    await settle();
  }

  /** The wait before a restart, or before the next question, is over. */
  async waited(): Promise<void> {
    this.letGo();
    await settle();
  }

  /** A service that can be asked whether it does its work. */
  asked(name: string): Service {
    const serves = (): Promise<boolean> => Promise.resolve(this.serving);
    return { name, start: () => Promise.resolve({ ...this.run(name), serves }) };
  }

  private run(name: string): Running {
    this.pid += 1;
    const ended = new Promise<string>((resolve) => this.ends.set(name, resolve));
    return {
      pid: this.pid,
      ended,
      stop: () => {
        this.events.push(`stop ${name}`);
        this.ends.get(name)?.('exit code 0');
        return Promise.resolve();
      },
    };
  }
}

function told(event: SupervisorEvent): string {
  switch (event.kind) {
    case 'started':
      return `${event.name} started as ${event.pid}`;
    case 'not-serving':
      return `${event.name} failed ${event.questions} questions`;
    case 'ended':
      return `${event.name} ended: ${event.reason}`;
    case 'restart-failed':
      return `${event.name} not restarted: ${event.error.message}`;
    case 'stopped':
      return `${event.name} stopped`;
  }
}

function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('a supervisor', () => {
  it('starts in order and stops in the reverse order', async () => {
    const world = new World();
    for (const name of ['database', 'api', 'workers']) await world.supervisor.add(world.service(name));
    expect(world.supervisor.pids()).toEqual([
      { name: 'database', pid: 1 },
      { name: 'api', pid: 2 },
      { name: 'workers', pid: 3 },
    ]);
    await world.supervisor.stop();
    expect(world.events).toEqual([
      'database started as 1',
      'api started as 2',
      'workers started as 3',
      ...['workers', 'api', 'database'].flatMap((name) => [`stop ${name}`, `${name} stopped`]),
    ]);
    expect(world.supervisor.pids()).toEqual([]);
  });

  it('restarts what ends, and nothing else', async () => {
    const world = new World();
    await world.supervisor.add(world.service('api'));
    await world.supervisor.add(world.service('workers'));
    await world.end('api');
    expect(world.supervisor.pids()).toEqual([{ name: 'workers', pid: 2 }]);
    await world.waited();
    expect(world.supervisor.pids()).toEqual([
      { name: 'api', pid: 3 },
      { name: 'workers', pid: 2 },
    ]);
    expect(world.events.slice(2)).toEqual(['api ended: signal SIGKILL', 'api started as 3']);
  });

  it('waits twice as long before each further restart, up to the longest wait', async () => {
    const world = new World();
    await world.supervisor.add(world.service('api'));
    for (let i = 0; i < 4; i += 1) {
      await world.end('api');
      await world.waited();
    }
    expect(world.waits).toEqual([1_000, 2_000, 4_000, 4_000]);
  });

  it('waits the first wait again after a calm minute', async () => {
    const world = new World();
    await world.supervisor.add(world.service('api'));
    await world.end('api');
    await world.waited();
    await world.end('api', 59_999);
    await world.waited();
    await world.end('api', 60_000);
    await world.waited();
    expect(world.waits).toEqual([1_000, 2_000, 1_000]);
  });

  it('goes on trying when a restart fails, with longer waits', async () => {
    const world = new World();
    await world.supervisor.add(world.service('api'));
    world.failing.add('api');
    await world.end('api');
    await world.waited();
    await world.waited();
    world.failing.clear();
    await world.waited();
    expect(world.waits).toEqual([1_000, 2_000, 4_000]);
    expect(world.events.slice(1)).toEqual([
      'api ended: signal SIGKILL',
      'api not restarted: api cannot',
      'api not restarted: api cannot',
      'api started as 2',
    ]);
  });

  it('ends what runs and fails several questions in a row, and starts it again', async () => {
    const world = new World();
    await world.supervisor.add(world.asked('temporal'));
    const asks = async (times: number): Promise<void> => {
      for (let n = 0; n < times; n += 1) await world.waited();
    };
    await asks(10);
    world.serving = false;
    await asks(FAILED_QUESTIONS - 1);
    // Once more it does, and all begins anew.
    world.serving = true;
    await asks(1);
    world.serving = false;
    await asks(FAILED_QUESTIONS - 1);
    expect(world.events).toEqual(['temporal started as 1']);
    await asks(1);
    await world.waited();
    expect(world.events.slice(1)).toEqual([
      `temporal failed ${FAILED_QUESTIONS} questions`,
      'stop temporal',
      'temporal ended: exit code 0',
      'temporal started as 2',
    ]);
    await world.supervisor.stop();
    expect(world.events.slice(5)).toEqual(['stop temporal', 'temporal stopped']);
  });

  it('leaves a failed first start to the caller', async () => {
    const world = new World();
    world.failing.add('api');
    await expect(world.supervisor.add(world.service('api'))).rejects.toThrow('api cannot');
    expect(world.supervisor.pids()).toEqual([]);
  });

  it('restarts nothing once it stops, also out of a wait', async () => {
    const world = new World();
    await world.supervisor.add(world.service('api'));
    await world.end('api');
    await world.supervisor.stop();
    expect(world.events).toEqual(['api started as 1', 'api ended: signal SIGKILL', 'api stopped']);
    await expect(world.supervisor.add(world.service('workers'))).rejects.toThrow('being stopped');
  });

  it('ends a service whose first start was under way when everything stopped', async () => {
    const world = new World();
    const adding = world.supervisor.add(world.service('api'));
    await world.supervisor.stop();
    await expect(adding).rejects.toThrow('being stopped');
    expect(world.events).toEqual(['stop api']);
  });

  it('waits for a start under way, which is told to give up, before it stops the others', async () => {
    const world = new World();
    await world.supervisor.add(world.service('database'));
    const slow: Service = {
      name: 'slow',
      start: (signal) =>
        new Promise((_, reject) =>
          signal.addEventListener('abort', () => {
            world.events.push('slow gave up');
            reject(new Error('gave up'));
          }),
        ),
    };
    const adding = world.supervisor.add(slow);
    adding.catch(() => undefined);
    await world.supervisor.stop();
    await expect(adding).rejects.toThrow('gave up');
    expect(world.events).toEqual(['database started as 1', 'slow gave up', 'stop database', 'database stopped']);
  });

  it('stops the others when one does not end, and says so', async () => {
    const world = new World();
    await world.supervisor.add(world.service('database'));
    const stuck: Running = {
      pid: 9,
      ended: new Promise(() => undefined),
      stop: () => Promise.reject(new Error('did not end')),
    };
    await world.supervisor.add({ name: 'stuck', start: () => Promise.resolve(stuck) });
    await expect(world.supervisor.stop()).rejects.toThrow('did not end');
    expect(world.events.at(-1)).toBe('database stopped');
  });
});
