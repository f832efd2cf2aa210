import { join } from 'node:path';
import { Lane } from '../../../brokers/lane';
import { startPostgres } from '../../../infra/local/postgres';
import type { RunningPostgres } from '../../../infra/local/postgres';
import { identify } from '../../../infra/local/process-identity.mjs';
import { stopProcess } from '../../../infra/local/processes';

/** A PostgreSQL that waits for its disk and may be stopped without ceremony; it comes back on the same port. */
export class OwnPostgres {
  private readonly lane = new Lane();
  outages = 0;

  private constructor(
    private readonly dir: string,
    private server: RunningPostgres,
  ) {}

  static async start(dir: string): Promise<OwnPostgres> {
    return new OwnPostgres(dir, await started(dir));
  }

  get url(): string {
    return this.server.url;
  }

  /** Stopped "at once", which leaves recovery to the next start, and started again after a while. */
  outage(downMs: number): Promise<void> {
    return this.lane.run(async () => {
      this.outages += 1;
      const identity = identify(this.server.pid);
      if (identity) await stopProcess(identity, [{ signal: 'SIGQUIT', waitMs: 10_000 }]);
      await new Promise((resolve) => setTimeout(resolve, downMs));
      const { url } = this.server;
      this.server = await started(this.dir);
      if (this.server.url !== url) throw new Error('PostgreSQL came back on another port');
    });
  }

  stop(): Promise<void> {
    return this.lane.run(() => this.server.stop());
  }
}

function started(dir: string): Promise<RunningPostgres> {
  const log = join(dir, 'log', 'postgres.log');
  return startPostgres({ stateDir: join(dir, 'postgres'), log, fsync: true, preferredPort: 0 });
}
