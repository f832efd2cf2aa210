import type { EngagedHaltView, HaltDetailView, HaltView, ReleasedHaltView } from '../api/contract/halt-views';
import type { Page } from '../api/contract/views';
import { engageHalt, findHalt, listHalts, releaseHalt } from '../database/halts';
import { HaltStore } from '../database/halt-progress';
import { readReport } from '../database/halt-report';
import { openDatabase } from '../database/pool';
import type { Database } from '../database/pool';
import { isDatabaseUnavailable } from '../database/unavailable';
import { HALT_MODES, isHaltScope } from '../domain/halt/halt';
import type { Halt } from '../domain/halt/halt';
import { waitingFor } from '../domain/halt/progress';
import type { SignedReport } from '../domain/halt/report';
import { CliError, EXIT } from './context';
import type { CliContext } from './context';
import type { HaltAsk, HaltDoor } from './halt-door';
import { databaseUrl } from './local-key';

const ROWS = 50;

/** The kill switch in the database itself, for when the API is away. Whoever has the database's password may do anything anyway. */
export class DatabaseDoor implements HaltDoor {
  readonly name = 'the database';

  constructor(
    private readonly database: Database,
    private readonly actor: string,
  ) {}

  async engage({
    scope = 'global',
    mode = 'reduce-only',
    flatten = false,
    everything = false,
    reason,
  }: HaltAsk): Promise<EngagedHaltView> {
    const known = HALT_MODES.find((one) => one === mode);
    if (known === undefined) throw new CliError(EXIT.usage, `mode must be one of: ${HALT_MODES.join(', ')}`);
    if (!isHaltScope(scope))
      throw new CliError(EXIT.usage, 'scope must be global, account:NAME, strategy:NAME or instrument:ID');
    const wish = { scope, mode: known, flatten, everything, source: 'operator', reason, actor: this.actor } as const;
    const answer = await this.ask(() => engageHalt(this.database, { ...wish, limited: false }), NOT_ENGAGED);
    if (answer.result === 'unknown_scope')
      throw new CliError(EXIT.usage, 'scope names an account or instrument that does not exist');
    if (answer.result === 'too_soon') throw new Error('an unlimited halt was refused');
    return { ...answer, workflow: 'pending' };
  }

  async release(epoch: string, reason: string): Promise<ReleasedHaltView> {
    const { scope, supersededBy } = await this.require(epoch);
    if (supersededBy !== null)
      throw new CliError(EXIT.refused, `Halt ${epoch} was replaced by halt ${supersededBy}; release that one.`);
    const released = await this.ask(() => releaseHalt(this.database, { scope, reason, actor: this.actor }));
    if (released.result === 'restoring')
      throw new CliError(
        EXIT.refused,
        'The books were restored: the halt stands until every venue was read since (`tradewind backup restored`).',
      );
    if (released.result === 'unreconciled')
      throw new CliError(
        EXIT.refused,
        'The books were restored: the halt stands until every account agrees with its venue (`tradewind reconcile run ACCOUNT`).',
      );
    if (released.result !== 'released') throw new CliError(EXIT.refused, `The scope ${scope} is not halted.`);
    return { ...released, others: [...released.others] };
  }

  async list({ limit, cursor }: { readonly limit?: string; readonly cursor?: string }): Promise<Page<HaltView>> {
    const page = { limit: limit === undefined ? ROWS : Number(limit), ...(cursor === undefined ? {} : { cursor }) };
    const { items, nextCursor } = await this.ask(() => listHalts(this.database, page));
    return { items, nextCursor };
  }

  async show(epoch: string): Promise<HaltDetailView> {
    await this.require(epoch);
    const progress = await this.ask(() => new HaltStore(this.database).progress(Number(epoch)));
    return { ...progress, accounts: [...progress.accounts], waitsFor: [...waitingFor(progress)] };
  }

  async report(epoch: string): Promise<SignedReport> {
    const report = await this.ask(() => readReport(this.database, Number(epoch)));
    if (report === undefined) throw unknownHalt();
    return report;
  }

  async close(): Promise<void> {
    await this.database.end();
  }

  private async require(epoch: string): Promise<Halt> {
    const halt = await this.ask(() => findHalt(this.database, Number(epoch)));
    if (halt === undefined) throw unknownHalt();
    return halt;
  }

  private async ask<T>(work: () => Promise<T>, otherwise = 'The database does not answer.'): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (isDatabaseUnavailable(error)) throw new CliError(EXIT.failed, otherwise, { unreachable: true });
      throw error;
    }
  }
}

const NOT_ENGAGED =
  'The halt is NOT engaged: the database does not answer. While it is away no order can leave either, since every send needs its fence there; orders that rest at a venue stay. Repeat this command until it is back, or use the block of the venue itself (docs/kill-switch.md).';

function unknownHalt(): CliError {
  return new CliError(EXIT.failed, 'There is no such halt.');
}

/** @throws CliError when nothing says where the database is */
export function openDatabaseDoor(context: CliContext): DatabaseDoor {
  const url = databaseUrl(context);
  if (url === undefined) {
    throw new CliError(
      EXIT.failed,
      'The halt cannot be reached: the API does not answer, and nothing says where the database is. Set DATABASE_URL.',
    );
  }
  return new DatabaseDoor(openDatabase(url, { max: 2 }), `local:${context.user}`);
}
