import { CatchUp } from '../../activities/execution/catch-up';
import { AccountRestores } from '../../database/account-restores';
import { releaseHalt } from '../../database/halts';
import type { Manifest } from '../../database/backup/manifest';
import type { BackupMethod } from '../../database/backup/manifest';
import type { JournalledOrder } from '../../database/journal';
import { findPrograms } from '../../database/backup/programs';
import { restoreBackup } from '../../database/backup/restore';
import { openDatabase } from '../../database/pool';
import type { Database } from '../../database/pool';
import { beginReconciliation } from '../../database/reconciliations';
import { acceptTrade } from '../../database/registry';
import { decimalString as d } from '../../domain/money/decimal';
import { BackupStage } from '../support/backup-stage';
import { createTestDatabase } from '../support/database';
import type { TestDatabase } from '../support/database';
import { executionDeps } from '../support/execution-desk';
import { Desk } from '../support/journal-desk';
import { LedgerVenue } from '../support/ledger-venue';

/** One account at a venue outside the database, and its trades, of which a backup is older than what they did. */
class Scene {
  readonly venue = new LedgerVenue();
  private constructor(
    private readonly server: TestDatabase,
    readonly database: Database,
    readonly desk: Desk,
    readonly stage: BackupStage,
  ) {}

  static async open(): Promise<Scene> {
    const server = await createTestDatabase();
    const database = openDatabase(server.url, { max: 4 });
    await database.query(`INSERT INTO instruments (id, description, calendar, feed, base_asset, quote_asset, tick, lot, min_quantity, min_notional)
      VALUES ('EXA', 'EXA', 'ALWAYS', 'synthetic', 'EXA', 'USD', 0.01, 0.01, 0.01, 1)`);
    await database.query(
      `INSERT INTO accounts (name, venue, mode, currency, opening_cash, policy) VALUES ('desk', 'model', 'paper', 'USD', 100000, '{}')`,
    );
    await database.query(
      `INSERT INTO account_clocks (account, kind, market_time) VALUES ('desk', 'live', clock_timestamp())`,
    );
    return new Scene(server, database, new Desk(database, 'desk', 'model'), new BackupStage());
  }

  /** What a trade's workflow does: through the fence to the venue, and its answer into the journal. */
  async send(order: JournalledOrder): Promise<string> {
    const answer = await this.desk.fence(order);
    if (answer.result !== 'go') return answer.result === 'refused' ? answer.code : answer.result;
    await this.desk.record(order, this.venue.submit(order.request));
    return 'sent';
  }

  async enter(
    key: string,
  ): Promise<{ tradeId: string; entry: JournalledOrder; stop: JournalledOrder; exit: JournalledOrder }> {
    const tradeId = await this.desk.trade(key);
    const entry = this.desk.order(tradeId, 'entry', 'buy', 2);
    await this.desk.approve(entry, 2);
    const terms = { type: 'stop', stopPrice: d('90') } as const;
    return {
      tradeId,
      entry,
      stop: this.desk.order(tradeId, 'stop', 'sell', 2, { terms }),
      exit: this.desk.order(tradeId, 'exit', 'sell', 2),
    };
  }

  async restore(manifest: Manifest, guarded: boolean, seenEpoch = 0): Promise<void> {
    const place = this.stage.folder;
    const guard = guarded ? { operator: 'boss', seenEpoch } : null;
    await restoreBackup({ databaseUrl: this.server.url, place, manifest, guard, force: true });
  }

  take(method?: BackupMethod): Promise<Manifest> {
    return this.stage.take(this.server.url, method === undefined ? {} : { method });
  }

  /** One look of the account's watcher. */
  look(): Promise<boolean> {
    return new CatchUp(executionDeps(this.database, 'desk', this.venue.broker(), 'test')).once();
  }

  /** Looks until the account is free, or has been read to its end. */
  async catchUp(): Promise<void> {
    const restores = new AccountRestores(this.database);
    for (const deadline = performance.now() + 30_000; performance.now() < deadline;) {
      if (await this.look()) return;
      const hold = await restores.held('desk');
      if (hold !== undefined && hold.cleanLooks > 3 && hold.findings.length > 0) return;
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    throw new Error(`not caught up: ${JSON.stringify(await restores.list())}`);
  }

  /** A comparison with the venue that ends well; answers its number. */
  async compared(): Promise<number> {
    const id = await beginReconciliation(this.database, 'desk', 'request', 'tester');
    await this.database.query(
      `UPDATE reconciliations SET state = 'agreed', finished_at = clock_timestamp() WHERE id = $1`,
      [id],
    );
    return id;
  }

  async position(tradeId: string): Promise<string> {
    const { rows } = await this.database.query<{ held: string }>('SELECT trade_position($1)::float8::text AS held', [
      tradeId,
    ]);
    return rows[0]?.held ?? '';
  }

  async close(): Promise<void> {
    await this.database.end();
    await this.server.drop();
    this.stage.close();
  }
}

describe('a restored system', () => {
  let scene: Scene;
  beforeEach(async () => {
    scene = await Scene.open();
  });
  afterEach(() => scene.close());

  /** An entry is held; after the dump its stop is sent and executed, and another trade of the dump enters. */
  async function life() {
    const held = await scene.enter('held');
    const late = await scene.enter('late');
    expect(await scene.send(held.entry)).toBe('sent');
    const manifest = await scene.take();
    expect(await scene.send(held.stop)).toBe('sent');
    scene.venue.execute(held.stop.request.clientOrderId);
    expect(await scene.send(late.entry)).toBe('sent');
    expect(scene.venue.held()).toBe(2);
    return { held, late, manifest };
  }

  it('without its guard sells what was sold and buys again what was bought: the control', async () => {
    const { held, late, manifest } = await life();
    await scene.restore(manifest, false);
    expect(await scene.send(held.stop)).toBe('sent');
    scene.venue.execute(held.stop.request.clientOrderId);
    expect(await scene.send(late.entry)).toBe('sent');
    // Two stops were executed for one position, and two entries for one trade.
    expect(scene.venue.orders.map(({ clientOrderId, state }) => [clientOrderId, state])).toHaveLength(5);
    expect(scene.venue.fills.filter(({ side }) => side === 'sell')).toHaveLength(2);
  });

  it('sends nothing before its venue was read, then knows every order and fill since the dump, and revives no fence', async () => {
    await scene.database.query(`UPDATE accounts SET polled_at = now() - interval '1 day'`);
    const { held, late, manifest } = await life();
    await scene.restore(manifest, true, 4_711);
    // The venue was not silent since the dump: nobody asked.
    const polled = await scene.database.query<{ polled: Date | null }>('SELECT polled_at AS polled FROM accounts');
    expect(polled.rows).toEqual([{ polled: null }]);
    for (const order of [held.stop, held.exit, late.entry]) expect(await scene.send(order)).toBe('quarantined');
    expect(await scene.desk.trades.openTrades()).toEqual([]);
    const released = () => releaseHalt(scene.database, { scope: 'global', reason: 'too soon', actor: 'boss' });
    expect(await released()).toEqual({ result: 'restoring' });
    expect(await acceptTrade(scene.database, scene.desk.newTrade('new'))).toMatchObject({ result: 'halted' });

    await scene.catchUp();
    // The stop that the dump does not know is in the journal, with its fill: nothing is left to protect or to close.
    expect(await scene.position(held.tradeId)).toBe('0');
    expect(await scene.position(late.tradeId)).toBe('2');
    expect(await scene.desk.facts(held.stop)).toMatchObject({ state: 'filled', booked: '2' });
    expect(await scene.desk.facts(late.entry)).toMatchObject({ state: 'filled', booked: '2' });
    expect(await scene.desk.trades.openTrades()).toHaveLength(0);
    // What the venue says of the account at its next contact frees it.
    await scene.database.query(`SELECT free_account('desk', ARRAY['contact'])`);
    expect(await scene.desk.trades.openTrades()).toHaveLength(2);

    expect(await released()).toEqual({ result: 'unreconciled' });
    await scene.compared();
    const halt = await released();
    expect(halt).toMatchObject({ result: 'released', epoch: 4_712 });
    // A passed fence stays passed: what was accepted before the restore increases nothing any more.
    const again = scene.desk.order(late.tradeId, 'entry', 'buy', 2, { revision: 2 });
    await scene.desk.approve(again, 2);
    expect(await scene.send(again)).toBe('halted');
    expect(await scene.send(held.exit)).not.toBe('sent');
    // The position that there is gets its stop, once.
    expect(await scene.send(late.stop)).toBe('sent');
    expect(await scene.send(late.exit)).toBe('over_capacity');
    expect(scene.venue.held()).toBe(2);
    expect(scene.venue.orders).toHaveLength(4);
  });

  it('names orders and fills that no trade of the dump explains, and waits for a person to accept them', async () => {
    const manifest = await scene.take();
    const forgotten = await scene.enter('forgotten');
    expect(await scene.send(forgotten.entry)).toBe('sent');
    expect(await scene.send(forgotten.stop)).toBe('sent');
    await scene.restore(manifest, true);
    const restores = new AccountRestores(scene.database);
    const ask = { account: 'desk', by: 'boss', reason: 'guarded by hand at the venue' };
    expect(await restores.accept(ask)).toBe('not_read');
    await scene.catchUp();
    const [account] = await restores.list();
    expect(account?.findings).toMatchObject([
      { kind: 'order', clientOrderId: forgotten.stop.request.clientOrderId, side: 'sell' },
      { kind: 'fill', side: 'buy', quantity: '2' },
    ]);
    expect(await releaseHalt(scene.database, { scope: 'global', reason: 'x', actor: 'boss' })).toEqual({
      result: 'restoring',
    });
    expect(await restores.accept(ask)).toBe('accepted');
    expect(await restores.accept(ask)).toBe('not_held');
    const released = () => releaseHalt(scene.database, { scope: 'global', reason: 'x', actor: 'boss' });
    expect(await released()).toEqual({ result: 'unreconciled' });
    const comparison = await scene.compared();
    // What the venue has more is a difference, until a person accepts that as well.
    await scene.database.query(
      `INSERT INTO reconciliation_differences (account, opened_in, key, kind, subject, evidence)
       VALUES ('desk', $1, 'k', 'balance', 'balance/EXA', '{}')`,
      [comparison],
    );
    expect(await released()).toEqual({ result: 'unreconciled' });
    await scene.database.query(
      `UPDATE reconciliation_differences SET state = 'accepted', closed_at = now(), closed_by = 'boss', reason = 'seen'`,
    );
    expect(await released()).toMatchObject({ result: 'released' });
    // Only the halt of the restore asks for it.
    await scene.desk.halt('global');
    await scene.database.query(`UPDATE account_restores SET caught_up_at = now() + interval '1 hour'`);
    expect(await released()).toMatchObject({ result: 'released' });
  });

  it('is halted above every epoch that the database, its audit log and Temporal have seen, whichever is the highest', async () => {
    const methods: BackupMethod[] = (await findPrograms(15)) === undefined ? ['copy'] : ['pg_dump', 'copy'];
    for (const method of methods) {
      const manifest = await scene.take(method);
      let last = 0;
      for (let n = 0; n < 3; n += 1)
        last = await scene.desk.halt('strategy:manual', n % 2 === 0 ? 'reduce-only' : 'halt-all');
      await scene.database.query(`SELECT audit('x', 'HALT', 'engage x', 200, '{"epoch": ${last + 50}}')`);
      await scene.restore(manifest, true, last + 20);
      const { rows } = await scene.database.query<{ epoch: number; engaged: boolean; mode: string }>(
        `SELECT epoch, engaged, mode FROM kill_switch WHERE scope = 'global'`,
      );
      expect(rows).toEqual([{ epoch: last + 51, engaged: true, mode: 'halt-all' }]);
      await scene.restore(manifest, true, last + 200);
      expect(await scene.desk.halt(`strategy:${method.replace('_', '-')}`)).toBeGreaterThan(last + 200);
    }
  });
});
