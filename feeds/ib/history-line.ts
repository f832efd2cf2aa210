import { LineDown, TwsConnection } from '../../brokers/ib/connection';
import type { TwsEnd } from '../../brokers/ib/connection';
import { FeedError } from '../../domain/candle/feed';
import type { Millis } from '../../domain/clock/instant';

const OPEN_DEADLINE: Millis = 8_000;
/** So long without a request, and the client id is free for another process. */
const IDLE: Millis = 10_000;
const IN_USE = /in use/;
const AFTER_IN_USE: Millis = 15_000;
const AFTER_DROP: Millis = 2_000;

/**
 * A line to TWS for candles, under a client id of its own: nothing here can end an order's line or a subscription. It is
 * open while it is used, and closes itself afterwards, since one process at a time has the client id.
 */
export class HistoryLine {
  private current: TwsConnection | undefined;
  private opening: Promise<TwsConnection> | undefined;
  private users = 0;
  private idle: NodeJS.Timeout | undefined;

  constructor(private readonly end: TwsEnd) {}

  /** Does something on a line that is up. @throws FeedError `unavailable` when there is none, or it broke meanwhile */
  async use<T>(work: (connection: TwsConnection) => Promise<T>): Promise<T> {
    this.users += 1;
    clearTimeout(this.idle);
    try {
      return await work(await this.open());
    } catch (error) {
      if (!(error instanceof LineDown)) throw error;
      throw new FeedError('unavailable', error.message, IN_USE.test(error.message) ? AFTER_IN_USE : AFTER_DROP);
    } finally {
      this.users -= 1;
      if (this.users === 0) this.idle = setTimeout(() => this.close(), IDLE).unref();
    }
  }

  /** Closes it; the next use opens it again. */
  close(): void {
    clearTimeout(this.idle);
    this.current?.destroy('closed: nobody asks for candles');
  }

  private open(): Promise<TwsConnection> {
    if (this.current?.isUp) return Promise.resolve(this.current);
    this.opening ??= TwsConnection.open(
      this.end,
      { message: () => undefined, down: () => (this.current = undefined) },
      OPEN_DEADLINE,
    )
      .then((connection) => (this.current = connection))
      .finally(() => (this.opening = undefined));
    return this.opening;
  }
}
