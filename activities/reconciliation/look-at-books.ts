import { instant, millisOf } from '../../domain/clock/instant';
import type { Millis } from '../../domain/clock/instant';
import { dec } from '../../domain/money/decimal';
import type { Broker, ListedOrder, VenueBalance, VenuePosition, VenueTimings } from '../../domain/order/broker';
import type { ClientOrderId, Fill, OrderRef } from '../../domain/order/order';
import type { VenueBooks } from '../../domain/reconciliation/books';
import { compareBooks } from '../../domain/reconciliation/compare';
import { keyOf } from '../../domain/reconciliation/difference';
import type { Difference } from '../../domain/reconciliation/difference';
import type { ComparedCounts, ReconciliationStore, StoredBooks, StoredOrder } from '../../database/reconciliations';
import { within } from '../execution/chore';
import type { ExecutionDeps } from '../execution/ports';
import { report } from '../execution/settle-order';

/** Our own deadlines over one question to a venue, and over a poll, which may ask for several pages. */
const ASK_MS: Millis = 20_000;
const POLL_MS: Millis = 60_000;
/** Orders looked up one by one in a look; of those beyond it nothing is said, and the next look asks again. */
const MOST_LOOKUPS = 40;
/** Differences told by one look; an account with more of them is blocked by these already. */
const MOST_TOLD = 100;
/** How long the watcher keeps a fill back whose order it does not know; see venue-poll.ts. */
const KEPT_BACK_MS: Millis = 5_000;
/** Between two looks at a venue that answers from our own database. */
const SOON_MS: Millis = 1_000;

/** What a look at both sides needs. */
export interface LookDeps extends ExecutionDeps {
  readonly reconciliations: ReconciliationStore;
}

/** Both sides at one moment, compared. */
export interface Look {
  readonly compared: ComparedCounts;
  readonly differences: readonly Difference[];
  /** Keys of all differences, told or not. */
  readonly seen: readonly string[];
  readonly undetermined: readonly string[];
  readonly pending: boolean;
  /** Where the next comparison begins, if this one leaves nothing open. */
  readonly cursor: string;
  readonly fillsAfter: number;
  /** Real time after which another look says whether a difference was only on its way. */
  readonly settleMs: Millis;
}

/**
 * Reads the venue between two readings of our books, and compares. It changes nothing on either side, and may be repeated.
 * @throws when the venue cannot be read
 */
export async function lookAtBooks(deps: LookDeps): Promise<Look> {
  const { account, broker, journal, reconciliations } = deps;
  const before = await reconciliations.books(account);
  const held = await holdings(broker);
  const poller = broker.apart?.() ?? broker;
  const live = await journal.liveOrders(account);
  const snapshot = await within(
    POLL_MS,
    'poll',
    poller.poll(before.cursor ?? undefined, () => Promise.resolve(live)),
  );
  const working = await within(ASK_MS, 'open orders', broker.openOrders());
  const heldThen = await holdings(broker);
  const found = await lookUp(deps, before, [...snapshot.orders, ...working], snapshot.fills);
  const orders = newest([...snapshot.orders, ...working, ...found.orders]);
  const fills = unique([...snapshot.fills, ...found.fills]);
  const venue: VenueBooks = { ...heldThen, orders, fills, absent: found.absent, whole: found.whole };
  const ours = await reconciliations.books(account, { orders, fills });
  const { clockSkew, readLag } = broker.timings;
  const { differences, pending, uncompared, undetermined } = compareBooks(ours, venue, {
    settledBefore: instant(millisOf(before.now) - readLag - clockSkew),
    moved: before.mark !== ours.mark || JSON.stringify(held) !== JSON.stringify(heldThen),
  });
  return {
    compared: {
      orders: orders.length,
      fills: fills.length,
      holdings: heldThen.balances.length + (heldThen.positions?.length ?? 0),
      ...(uncompared.length === 0 ? {} : { uncompared }),
    },
    differences: differences.slice(0, MOST_TOLD),
    seen: differences.map(keyOf),
    undetermined,
    pending,
    cursor: snapshot.cursor,
    fillsAfter: before.lastFill,
    settleMs: settleTime(broker.timings),
  };
}

/** Books fills of orders that are none of ours, as the watcher does; a fill that is booked stays as it is. */
export async function bookForeign(deps: LookDeps, fills: readonly Fill[]): Promise<void> {
  if (fills.length > 0) await deps.journal.applyReport({ ...report(deps), orders: [], fills });
}

/** What is on its way now has arrived, or its watcher has given up waiting for it. */
function settleTime({ clockSkew, pollEvery, readLag, validityWindow }: VenueTimings): Millis {
  if (pollEvery === 0) return readLag + SOON_MS;
  return validityWindow + readLag + clockSkew + KEPT_BACK_MS + 2 * pollEvery + SOON_MS;
}

async function holdings(
  broker: Broker,
): Promise<{ readonly balances: readonly VenueBalance[]; readonly positions?: readonly VenuePosition[] }> {
  const balances = await within(ASK_MS, 'balances', broker.balances());
  if (broker.positions === undefined) return { balances };
  return { balances, positions: await within(ASK_MS, 'positions', broker.positions()) };
}

interface LookedUp {
  readonly orders: readonly ListedOrder[];
  readonly fills: readonly Fill[];
  readonly absent: readonly string[];
  /** Orders that were shown with all their fills. */
  readonly whole: readonly string[];
}

/** Asks for the orders of ours that should work and are not listed, and for those whose fills were not shown. */
async function lookUp(
  { broker }: LookDeps,
  ours: StoredBooks,
  listed: readonly ListedOrder[],
  shown: readonly Fill[],
): Promise<LookedUp> {
  const names = new Set(
    listed.flatMap((order) => [order.clientOrderId ?? '', `${order.instrument} ${order.venueOrderId}`]),
  );
  const fills = new Set(shown.map(identityOf));
  const lacking = new Set(
    ours.fills.filter((fill) => !fills.has(identityOf(fill))).map(({ clientOrderId }) => clientOrderId),
  );
  const wanted = ours.orders.filter((order) => {
    const works = order.state === 'open' || order.state === 'partial';
    const isListed = names.has(order.clientOrderId) || names.has(`${order.instrument} ${order.venueOrderId ?? ''}`);
    return lacking.has(order.clientOrderId) || (works && !isListed);
  });
  const answers: LookedUp[] = [];
  for (const order of wanted.slice(0, MOST_LOOKUPS)) {
    const lookup = await within(ASK_MS, 'look-up', broker.find(refOf(order)));
    if (lookup.kind === 'not-found') answers.push({ orders: [], fills: [], absent: [order.clientOrderId], whole: [] });
    if (lookup.kind !== 'found') continue;
    // Of an answer with fewer fills than the venue counts nothing is said.
    const counted = lookup.fills.reduce((sum, { quantity }) => sum.plus(quantity), dec(0));
    const isWhole = counted.eq(lookup.order.filledQuantity);
    answers.push({
      orders: [lookup.order],
      fills: lookup.fills,
      absent: [],
      whole: isWhole ? [order.clientOrderId] : [],
    });
  }
  return {
    orders: answers.flatMap((answer) => answer.orders),
    fills: answers.flatMap((answer) => answer.fills),
    absent: answers.flatMap(({ absent }) => absent),
    whole: answers.flatMap(({ whole }) => whole),
  };
}

function refOf({ clientOrderId, createdAt, instrument, type, venueOrderId }: StoredOrder): OrderRef {
  return { clientOrderId: clientOrderId as ClientOrderId, instrument, type, venueOrderId, createdAt };
}

function identityOf({
  instrument,
  venueFillId,
  venueOrderId,
}: Pick<Fill, 'instrument' | 'venueFillId' | 'venueOrderId'>): string {
  return `${instrument} ${venueOrderId} ${venueFillId}`;
}

function unique(fills: readonly Fill[]): readonly Fill[] {
  return [...new Map(fills.map((fill) => [identityOf(fill), fill])).values()];
}

/** Each order as it was shown last: a count never goes down. */
function newest(orders: readonly ListedOrder[]): readonly ListedOrder[] {
  return [...new Map(orders.map((order) => [`${order.instrument} ${order.venueOrderId}`, order])).values()];
}
