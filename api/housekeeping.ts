import { ensureAuditPartitions } from '../database/audit';
import type { Database } from '../database/pool';
import type { Logger } from '../telemetry/logger';
import { ensureFirstKey } from './first-key';

/** Partitions are made three months ahead, so that once an hour is often. */
const EVERY_MS = 3_600_000;
/** A database that is away when the API starts is asked again soon. */
const RETRY_MS = 5_000;

/** Makes the first key and the partitions of the audit log, at the start and then every hour. */
export class Housekeeping {
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly database: Database,
    private readonly keyFile: string,
    private readonly logger: Logger,
  ) {}

  /** Runs the first round; a database that is away does not keep the API from starting. */
  async start(): Promise<void> {
    this.round = this.keep();
    await this.round;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.round;
  }

  private async keep(): Promise<void> {
    let again = EVERY_MS;
    try {
      const first = await ensureFirstKey(this.database, this.keyFile);
      if (first !== 'present') this.logger.info({ first, file: this.keyFile }, 'the first admin key is in its file');
      await ensureAuditPartitions(this.database, new Date());
    } catch (error) {
      again = RETRY_MS;
      this.logger.warn({ err: error }, 'housekeeping failed and is tried again');
    }
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.round = this.keep();
    }, again);
  }
}
