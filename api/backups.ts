import { recordedBackups } from '../database/backup/record';
import type { BackupCopy } from '../database/backup/record';
import type { Database } from '../database/pool';
import type { BackupCommands } from './backup-commands';
import type { BackupView } from './contract/backup-routes';
import { ROUTES } from './contract/routes';
import { answer, mount } from './mount';
import type { Gate } from './mount';
import { notFound } from './problem';

/** Mounts listing, showing, taking and verifying backups. */
export function mountBackups(gate: Gate, database: Database, commands: BackupCommands): void {
  const required = async (id: string): Promise<BackupView> => {
    const [found] = backupsOf(await recordedBackups(database, id));
    if (found === undefined) throw notFound('backup');
    return found;
  };
  mount(gate, ROUTES.listBackups, async () =>
    answer(200, { items: [...backupsOf(await recordedBackups(database))], nextCursor: null }),
  );
  mount(gate, ROUTES.runBackup, async ({ audit }) => {
    const workflowId = await commands.run();
    audit({ workflowId });
    return answer(202, { workflowId });
  });
  mount(gate, ROUTES.showBackup, async ({ params }) => answer(200, await required(params.id)));
  mount(gate, ROUTES.verifyBackup, async ({ params, audit }) => {
    await required(params.id);
    audit({ backup: params.id });
    return answer(202, { workflowId: await commands.verify(params.id) });
  });
}

/** Copies by the backup that they are of, in the order in which they come. */
function backupsOf(copies: readonly BackupCopy[]): readonly BackupView[] {
  const byId = new Map<string, BackupView>();
  for (const { id, seenAt, verifiedAt, ...copy } of copies) {
    const backup = byId.get(id) ?? { id, copies: [] };
    backup.copies.push({
      ...{ ...copy, usable: copy.reason === null, seenAt: seenAt.toISOString() },
      verifiedAt: verifiedAt?.toISOString() ?? null,
    });
    byId.set(id, backup);
  }
  return [...byId.values()];
}
