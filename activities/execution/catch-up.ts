import type { Millis } from '../../domain/clock/instant';
import { instant } from '../../domain/clock/instant';
import type { Lookup } from '../../domain/order/broker';
import type { OrderType } from '../../domain/order/order';
import type { AccountRestore, AccountRestores, JournalledTrade, RestoreFinding } from '../../database/account-restores';
import { within } from './chore';
import { clientOrderId, intentId } from './client-order-id';
import type { ExecutionDeps } from './ports';
import { report } from './settle-order';

const DEADLINE_MS: Millis = 30_000;

/** Every leg, and the types under which a venue may keep its order. */
const LEGS: readonly (readonly [leg: string, types: readonly OrderType[]])[] = [
  ['entry', ['market', 'limit']],
  ['stop', ['stop', 'market']],
  ['stop-2', ['stop', 'market']],
  ['stop-3', ['stop', 'market']],
  ['exit', ['market', 'limit']],
];
/** More revisions of one leg than this were never sent between two backups. */
const MOST_REVISIONS = 50;

/** What catching up needs beyond the account's orders. */
export interface CatchUpDeps extends ExecutionDeps {
  readonly restores: AccountRestores;
}

/**
 * Reads an account's venue after a restore, for what the dump does not know: orders that were sent since then are looked
 * up by the ids of every intent that an open trade may have had, put back into the journal, and booked with all fills
 * since the dump. Until two complete looks brought nothing new, the fence refuses every order of the account.
 */
export class CatchUp {
  constructor(private readonly deps: CatchUpDeps) {}

  /** One complete look, if the account is held; answers whether it is free. @throws when the venue cannot be reached. */
  async once(): Promise<boolean> {
    const { account, broker, restores, trades, journal } = this.deps;
    const hold = await restores.held(account);
    if (hold === undefined) return true;
    let news = false;
    if (hold.adoptedAt === null) {
      for (const trade of await restores.journalled(account)) news = (await this.adoptOrdersOf(trade, hold)) || news;
      // What was sent last may not show yet: the second time counts.
      if (!news && this.hasSettled(hold)) await restores.adopted(account);
      else news = true;
    }
    const cursor = await trades.pollCursor(account);
    const snapshot = await within(
      DEADLINE_MS,
      'poll',
      broker.poll(cursor, () => journal.liveOrders(account)),
    );
    const booked = await journal.applyReport({ ...report(this.deps), orders: snapshot.orders, fills: snapshot.fills });
    if (hold.adoptedAt !== null) await trades.storePollCursor(account, snapshot.cursor);
    const findings = [...(await this.strangeOrders()), ...(await restores.foreignFills(account))];
    return restores.noteLook({
      account,
      findings,
      news: news || hold.adoptedAt === null || booked.newFills > 0 || booked.trades.length > 0,
      lagMs: broker.timings.readLag,
      settleMs: this.settleMs(),
    });
  }

  /** Time after which nothing that was sent before the restore can still arrive unseen. */
  private settleMs(): Millis {
    const { clockSkew, readLag, validityWindow } = this.deps.broker.timings;
    return validityWindow + readLag + clockSkew;
  }

  private hasSettled({ restoredAt }: AccountRestore): boolean {
    return Date.now() > restoredAt.getTime() + this.settleMs();
  }

  /** Looks up each intent that the journal has not seen sent; the revisions of a leg follow each other. */
  private async adoptOrdersOf({ tradeId, instrument, sent }: JournalledTrade, hold: AccountRestore): Promise<boolean> {
    let found = false;
    for (const [leg, types] of LEGS) {
      for (let revision = 1; revision <= MOST_REVISIONS; revision += 1) {
        if (sent.includes(`${leg}/${revision}`)) continue;
        const lookup = await this.find(tradeId, leg, revision, types, instrument, hold);
        if (lookup === undefined) break;
        const intent = intentId(tradeId, leg, revision);
        const shown = { ...report(this.deps), orders: [lookup.order], fills: lookup.fills };
        found = (await this.deps.restores.adopt({ tradeId, leg, revision, intentId: intent, report: shown })) || found;
      }
    }
    return found;
  }

  private async find(
    tradeId: string,
    leg: string,
    revision: number,
    types: readonly OrderType[],
    instrument: string,
    { takenAt }: AccountRestore,
  ): Promise<Extract<Lookup, { kind: 'found' }> | undefined> {
    const { account, broker, installation } = this.deps;
    const id = clientOrderId(installation, broker.venue, account, intentId(tradeId, leg, revision));
    for (const type of types) {
      const ref = { clientOrderId: id, instrument, type, venueOrderId: null, createdAt: instant(takenAt.getTime()) };
      const lookup = await within(DEADLINE_MS, 'look-up', broker.find(ref));
      if (lookup.kind === 'found') return lookup;
      if (lookup.kind === 'inconclusive')
        throw new Error(`the venue does not say whether it has ${leg}: ${lookup.message}`);
    }
    return undefined;
  }

  /** Working orders under an id of our form that no trade of the books has sent: their trades came after the dump. */
  private async strangeOrders(): Promise<readonly RestoreFinding[]> {
    const { account, broker, restores } = this.deps;
    const working = await within(DEADLINE_MS, 'working orders', broker.openOrders());
    const ours = working.filter(({ clientOrderId: id }) => id !== null && /^[0-9a-f]{32}$/.test(id));
    const known = await restores.known(
      account,
      ours.map(({ venueOrderId }) => venueOrderId),
    );
    return ours.flatMap(({ venueOrderId, clientOrderId: id, instrument, side, quantity }) =>
      known.has(venueOrderId) ? [] : [{ kind: 'order', venueOrderId, clientOrderId: id, instrument, side, quantity }],
    );
  }
}
