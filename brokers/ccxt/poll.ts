import type { EpochMillis, Millis } from '../../domain/clock/instant';
import type { InstrumentId } from '../../domain/instrument/instrument';
import type { ListedOrder, VenueSnapshot, VenueTimings } from '../../domain/order/broker';
import type { ClientOrderId, Fill, OrderRef, VenueOrder } from '../../domain/order/order';
import type { Dialect, Shown } from './dialect';
import type { VenueLine } from './venue-line';

/**
 * Executions may be shown late and out of order: each poll reads this much of the time before the last one again, and twice
 * what the venue's queries may be late by. A second order under one of our ids shows itself only after that.
 */
const OVERLAP: Millis = 60_000;
/** Instruments in which nothing of ours works are asked for executions this often: somebody else may trade there. */
const IDLE_EVERY: Millis = 30_000;
/** An execution that was shown is remembered for so many overlaps, so that those do not show it again. */
const REMEMBERED = 4;

const OUR_ID = /^[0-9a-f]{32}$/;

/** Where the next poll goes on: venue time up to which the executions of each instrument were read. */
type Cursor = Readonly<Record<InstrumentId, EpochMillis>>;

/**
 * What changed at a venue that has no log of changes: its working orders, the executions since the last poll, and, one by
 * one, the journal's orders that it does not list as working. The cursor carries all that matters; what is kept in memory
 * only spares requests, and after a restart some executions are shown twice.
 */
export class Poll {
  private readonly overlap: Millis;
  private readonly shownAt = new Map<string, number>();
  private readonly fillsReadAt = new Map<InstrumentId, number>();
  private readonly ids = new Map<string, string | null>();
  /** The cursor of the last snapshot. */
  private given: string | undefined;

  constructor(
    private readonly line: VenueLine,
    private readonly dialect: Dialect,
    private readonly instruments: readonly InstrumentId[],
    private readonly historyFrom: EpochMillis,
    timings: Pick<VenueTimings, 'validityWindow' | 'readLag'>,
  ) {
    this.overlap = OVERLAP + timings.validityWindow + 2 * timings.readLag;
  }

  /** @throws BrokerError when any part could not be read: a snapshot is whole or not at all. */
  async snapshot(cursor: string | undefined, live: readonly OrderRef[]): Promise<VenueSnapshot> {
    const before = parseCursor(cursor);
    // Whoever does not go on from what was shown last has not booked it: everything is shown again.
    if (cursor !== this.given) {
      this.shownAt.clear();
      this.fillsReadAt.clear();
    }
    const asked = Date.now() + this.line.clockDifference;
    const working = await this.dialect.openOrders(this.line, this.instruments);
    const listed = new Map(working.map((order) => [order.clientOrderId, order]));
    const lookedUp = await this.lookUp(live.filter(({ clientOrderId }) => !listed.has(clientOrderId)));
    const busy = new Set([...live, ...working].map(({ instrument }) => instrument));
    const due = this.instruments.filter((id) => busy.has(id) || this.isDue(id));
    const fills = await this.fills(due, before);
    const orders = [...working.filter(isOurs), ...lookedUp.map(({ order }) => order)];
    for (const { clientOrderId, instrument, venueOrderId } of [...working, ...orders])
      this.ids.set(`${instrument} ${venueOrderId}`, clientOrderId);
    const all = unique([...fills, ...lookedUp.flatMap((shown) => shown.fills)]);
    const fresh = this.notShown(await this.named(all));
    const read = Object.fromEntries(due.map((id) => [id, asked]));
    this.given = JSON.stringify({ ...before, ...read });
    return { orders, fills: fresh, cursor: this.given };
  }

  /** An order that is nowhere is left out: to say that it is absent is the look-up's matter. */
  private async lookUp(refs: readonly OrderRef[]): Promise<readonly Shown[]> {
    const shown: Shown[] = [];
    for (const ref of refs) {
      const found = await this.dialect.find(this.line, ref);
      if (found) shown.push(found);
    }
    return shown;
  }

  private isDue(id: InstrumentId): boolean {
    return performance.now() - (this.fillsReadAt.get(id) ?? -Infinity) >= IDLE_EVERY;
  }

  private async fills(ids: readonly InstrumentId[], before: Cursor): Promise<readonly Fill[]> {
    if (ids.length === 0) return [];
    const since = Math.min(...ids.map((id) => before[id] ?? this.historyFrom + this.line.clockDifference));
    const fills = await this.dialect.fillsSince(this.line, ids, Math.max(0, since - this.overlap));
    for (const id of ids) this.fillsReadAt.set(id, performance.now());
    const history = this.historyFrom + this.line.clockDifference;
    return fills.filter(({ marketAt }) => Date.parse(marketAt) >= history);
  }

  /** Says of each execution whose order it belongs to: one that nobody names would be booked as somebody else's. */
  private async named(fills: readonly Fill[]): Promise<readonly Fill[]> {
    const named: Fill[] = [];
    for (const fill of fills) {
      if (fill.clientOrderId !== undefined) {
        named.push(fill);
        continue;
      }
      const key = `${fill.instrument} ${fill.venueOrderId}`;
      if (!this.ids.has(key))
        this.ids.set(key, await this.dialect.clientIdOf(this.line, fill.instrument, fill.venueOrderId));
      const id = this.ids.get(key);
      named.push(typeof id === 'string' && OUR_ID.test(id) ? { ...fill, clientOrderId: id as ClientOrderId } : fill);
    }
    return named;
  }

  private notShown(fills: readonly Fill[]): readonly Fill[] {
    const now = performance.now();
    for (const [key, at] of this.shownAt) if (now - at > REMEMBERED * this.overlap) this.shownAt.delete(key);
    return fills.filter((fill) => {
      const key = keyOf(fill);
      const known = this.shownAt.has(key);
      if (!known) this.shownAt.set(key, now);
      return !known;
    });
  }
}

function isOurs(order: ListedOrder): order is VenueOrder {
  return order.clientOrderId !== null && OUR_ID.test(order.clientOrderId);
}

function keyOf({ instrument, venueOrderId, venueFillId }: Fill): string {
  return `${instrument} ${venueOrderId} ${venueFillId}`;
}

function unique(fills: readonly Fill[]): readonly Fill[] {
  return [...new Map(fills.map((fill) => [keyOf(fill), fill])).values()];
}

/** @throws RangeError for a text that is no cursor of ours. */
function parseCursor(cursor: string | undefined): Cursor {
  if (cursor === undefined) return {};
  try {
    const parsed: unknown = JSON.parse(cursor);
    if (typeof parsed === 'object' && parsed !== null && Object.values(parsed).every(Number.isFinite))
      return parsed as Cursor;
  } catch {
    // Said below.
  }
  throw new RangeError('not a cursor of this venue');
}
