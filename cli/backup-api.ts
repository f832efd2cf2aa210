import type { BackupView } from '../api/contract/backup-routes';
import type { Page } from '../api/contract/views';
import { ApiClient } from './api-client';
import { CliError, EXIT } from './context';
import type { CliContext } from './context';
import { table } from './output';
import { moment } from './trade-views';

/** Reading a large backup takes minutes; then its copies say how it went. */
const VERIFIED_WITHIN_MS = 3_600_000;
const LOOK_EVERY_MS = 2_000;

/** Backups as the API knows them: the workers take and read them, on the machine where they lie. */
export class ApiBackups {
  private readonly api: ApiClient;

  constructor(private readonly context: CliContext) {
    this.api = new ApiClient(context);
  }

  /** Starts one; answers its workflow's id. */
  async run(): Promise<{ readonly workflowId: string }> {
    return (await this.api.post<{ workflowId: string }>('/v1/backups')).body;
  }

  async list(): Promise<readonly BackupView[]> {
    return (await this.api.get<Page<BackupView>>('/v1/backups')).items;
  }

  /** Has every copy read, and waits for it. @throws CliError when that takes more than an hour */
  async verify(id: string): Promise<BackupView> {
    const path = `/v1/backups/${encodeURIComponent(id)}`;
    const before = timesOf(await this.api.get<BackupView>(path));
    const { body } = await this.api.post<{ workflowId: string }>(`${path}/verify`);
    const deadline = this.context.now() + VERIFIED_WITHIN_MS;
    while (this.context.now() < deadline) {
      await this.context.sleep(LOOK_EVERY_MS);
      const backup = await this.api.get<BackupView>(path);
      if (backup.copies.every(({ place, verifiedAt }) => verifiedAt !== null && verifiedAt !== before.get(place)))
        return backup;
    }
    throw new CliError(EXIT.failed, `It is not read to its end; the workflow ${body.workflowId} says why.`);
  }
}

function timesOf({ copies }: BackupView): ReadonlyMap<string, string | null> {
  return new Map(copies.map(({ place, verifiedAt }) => [place, verifiedAt]));
}

/**
 * Does something through the API, or on this machine when the API is away, when there is no key, or when that is wished. What
 * the API refuses stays refused.
 */
export async function apiOrHere<T>(
  context: CliContext,
  here: boolean,
  throughApi: (backups: ApiBackups) => Promise<T>,
  onThisMachine: () => Promise<T>,
): Promise<T> {
  if (here) return onThisMachine();
  try {
    return await throughApi(new ApiBackups(context));
  } catch (error) {
    if (!(error instanceof CliError) || (error.facts['unreachable'] !== true && error.facts['keyless'] !== true))
      throw error;
    context.stderr('The API does not answer: this works on the backup folder of this machine.\n');
    return onThisMachine();
  }
}

/** One line a copy. */
export function backupsTable(backups: readonly BackupView[]): string {
  return table(
    ['ID', 'WHERE', 'ROWS', 'BYTES', 'ENCRYPTED', 'WRITTEN BY', 'STATE', 'VERIFIED (UTC)'],
    backups.flatMap(({ id, copies }) =>
      copies.map((copy) => [
        ...[id, copy.place, numberText(copy.rows), numberText(copy.bytes)],
        ...[copy.encrypted === null ? null : copy.encrypted ? 'yes' : 'no', copy.writer],
        ...[copy.usable ? 'whole' : `bad: ${copy.reason ?? ''}`, verifiedText(copy)],
      ]),
    ),
    'No backups.',
  );
}

function numberText(value: number | null): string | null {
  return value === null ? null : String(value);
}

function verifiedText({ verifiedAt, verifyProblem }: BackupView['copies'][number]): string | null {
  if (verifiedAt === null) return null;
  return verifyProblem === null ? moment(verifiedAt) : `${moment(verifiedAt)}: ${verifyProblem}`;
}
