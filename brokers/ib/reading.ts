import { setTimeout as sleep } from 'node:timers/promises';
import { instant } from '../../domain/clock/instant';
import type { Instant, Millis } from '../../domain/clock/instant';
import type { ClientOrderId, VenueOrder } from '../../domain/order/order';
import type { OrderNumbers } from '../../domain/order/order-numbers';
import { Lane } from '../lane';
import type { BookedOrder, IbBook } from './book';
import type { Catalogue } from './catalogue';
import type { TwsLine } from './line';
import { MESSAGE_LIMITS, Pacer } from './pacing';
import { ourId, shownFill, shownOrder } from './shown';

/** Waiting for what TWS shows: longer than for a line to send on, because nothing is lost meanwhile. */
export const LOOK_DEADLINE: Millis = 5_000;

/** What is read through. */
export interface ReadingParts {
  readonly line: TwsLine;
  readonly book: IbBook;
  readonly catalogue: Catalogue;
  readonly numbers: OrderNumbers;
}

/** What TWS shows of an account's orders, within the pace of messages that it allows, in our own words. */
export class IbReading {
  private readonly pacer = new Pacer(MESSAGE_LIMITS);
  private readonly receivedAt = new Map<ClientOrderId, Instant>();
  private readonly looks = new Lane();
  private nextLook: Promise<void> | undefined;

  constructor(private readonly parts: ReadingParts) {}

  /** Its number was drawn then: TWS took the order in no earlier. */
  drawnAt(id: ClientOrderId, at: Instant): void {
    this.receivedAt.set(id, at);
  }

  /** What TWS shows now; one look serves all that asked before it began. @throws LineDown */
  look(): Promise<void> {
    this.nextLook ??= this.looks.run(async () => {
      this.nextLook = undefined;
      const connection = await this.parts.line.through(LOOK_DEADLINE);
      await this.pace(3);
      await this.parts.book.look(connection);
    });
    return this.nextLook;
  }

  /** Waits for room among the messages of a second. */
  async pace(messages = 1): Promise<void> {
    const now = performance.now();
    const at = this.pacer.take(now, messages);
    if (at > now) await sleep(at - now);
  }

  async ours(order: BookedOrder): Promise<{ order: VenueOrder; fills: ReturnType<typeof shownFill>[] }> {
    const { book, catalogue, line } = this.parts;
    const id = ourId(order.orderRef);
    if (id === undefined) throw new RangeError('not an order of ours');
    for (const one of catalogue.ids) {
      if (catalogue.instrumentOf(order.conId) !== undefined) break;
      await catalogue.of(await line.ready(LOOK_DEADLINE), one);
    }
    const contract = catalogue.instrumentOf(order.conId);
    if (contract === undefined) throw new RangeError(`no instrument with conId ${order.conId}`);
    const shown = shownOrder(order, contract, id, await this.receivedTime(id, order));
    return { order: shown, fills: book.executionsOf(order.permId).map((one) => shownFill(one, contract)) };
  }

  /** When TWS took an order in. TWS does not state it: no earlier than when the number was drawn; of an order without one, its first execution. */
  async receivedTime(id: ClientOrderId, { permId }: BookedOrder): Promise<Instant> {
    const known = this.receivedAt.get(id);
    if (known !== undefined) return known;
    const drawn = (await this.parts.numbers.of([id])).get(id)?.drawnAt;
    const first = this.parts.book.executionsOf(permId)[0]?.execution.at;
    const at = drawn ?? instant(first ?? Date.now());
    this.receivedAt.set(id, at);
    return at;
  }
}
