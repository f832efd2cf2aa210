import type { Queryable } from '../database/pool';

/** Real time between two looks. */
const EVERY_MS = 2_000;

/**
 * Looks whether the database was restored since this process started. What a worker keeps in memory, such as its place
 * in a venue's changes, is then of another past: it is to end, and to be started anew.
 */
export class RestoreWatch {
  private timer: NodeJS.Timeout | undefined;
  private first: string | undefined;

  constructor(
    private readonly database: Queryable,
    /** Called once. */
    private readonly restored: () => void,
  ) {}

  /** Notes what is there now, and looks from then on. @throws when the database cannot be asked */
  async start(): Promise<void> {
    this.first = await this.read();
    this.schedule();
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private schedule(): void {
    this.timer = setTimeout(() => {
      void this.look();
    }, EVERY_MS);
  }

  private async look(): Promise<void> {
    // One that is away, or is being replaced just now, says nothing yet.
    const now = await this.read().catch(() => this.first);
    if (now === this.first) this.schedule();
    else this.restored();
  }

  /** An installation's id and its restores: both are of the dump, but for the last restore. */
  private async read(): Promise<string> {
    const { rows } = await this.database.query<{ mark: string }>(
      `SELECT (SELECT id FROM installation) || '/' || coalesce((SELECT restored_at::text FROM restores ORDER BY id DESC LIMIT 1), '') AS mark`,
    );
    return rows[0]?.mark ?? '';
  }
}
