import type { InstrumentId } from '../../domain/instrument/instrument';
import type { RequestKind } from './faults';
import type { SimFill, SimOrder } from './ledger';

/** One HTTP request as a front sees it. */
export interface SimRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

export interface SimAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** One connection of a client's stream: it gets every frame of the client, and sends its own through `send`. */
export interface SimSession {
  hear(frame: string): void;
  /** Something happened to an order of some account. */
  order(order: SimOrder, fill: SimFill | undefined): void;
  /** The price of an instrument as it is now. */
  tick(instrument: InstrumentId): void;
}

/** How one venue speaks: its paths, words, ids and errors over the shared ledger. */
export interface VenueFront {
  kindOf(request: SimRequest): RequestKind;
  handle(request: SimRequest): SimAnswer;
  /** What the venue answers when it fails by itself with this status. */
  failure(status: number): unknown;
  /** A new stream connection on a path. */
  session(path: string, send: (frame: string) => void): SimSession;
}
