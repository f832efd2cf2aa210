import type { Socket } from 'node:net';
import type { EpochMillis } from '../../domain/clock/instant';
import { FrameReader, frame } from './wire/frames';
import { fromClient } from './wire/from-client';
import type { FromClient } from './wire/from-client';
import { SERVER_VERSION, toClient } from './wire/to-client';
import type { ToClientName, ToClientValues } from './wire/to-client';
import { WireError } from './wire/fields';
import { said } from './times';

/** What a session tells the gateway. */
export interface SessionHost {
  readonly now: () => EpochMillis;
  /** A client said its id; false when it may not stay. */
  admit(session: IbSession): void;
  handle(session: IbSession, request: FromClient): void;
  closed(session: IbSession): void;
}

/** Messages a second that a client may send. */
const MOST_MESSAGES = 50;
const RATE_WINDOW_MS = 1_000;
/** So many seconds with too many messages, and the broker hangs up. */
const MOST_EXCESSES = 3;
/** The oldest and the newest version that a client may offer around ours. */
const OFFER = /^v(\d+)(?:\.\.(\d+))?/;

/** One connection of a client: greeting, frames, and what it may still say and hear. */
export class IbSession {
  /** Undefined until the client has said it. */
  clientId: number | undefined;
  /** 1 live, 2 frozen, 3 delayed, 4 delayed and frozen: what the client asked for. */
  marketDataType = 1;
  /** The next message of this name is the last one that goes out. */
  private last: ToClientName | undefined;
  /** What is shown again and again, until it is cancelled. */
  private readonly subscribed = new Map<string, () => void>();
  private muted = false;
  private breaking = false;
  private greeted = false;
  private readonly reader = new FrameReader();
  private arrivals: EpochMillis[] = [];
  private excesses = 0;

  constructor(
    private readonly socket: Socket,
    private readonly host: SessionHost,
  ) {
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => this.hear(bytes));
    socket.on('error', () => undefined);
    socket.on('close', () => host.closed(this));
  }

  send<N extends ToClientName>(name: N, values: ToClientValues<N>): void {
    if (this.muted || this.socket.destroyed || (this.last !== undefined && this.last !== name)) return;
    const bytes = frame(toClient(name, values));
    if (this.breaking) {
      this.muted = true;
      this.socket.write(bytes.subarray(0, Math.ceil(bytes.length / 2)), () => this.socket.destroy());
      return;
    }
    this.socket.write(bytes);
    if (this.last === name) this.muted = true;
  }

  /** An error of a request or an order; -1 says that it is about neither. */
  error(id: number, code: number, message: string, advancedReject = ''): void {
    this.send('error', { id, code, message, advancedReject });
  }

  /** Of what comes now only one message goes out, and nothing after it. */
  lastWord(name: ToClientName): void {
    this.last = name;
  }

  /** Of the next message half goes out, and the connection breaks. */
  breakOff(): void {
    this.breaking = true;
  }

  /** Shows something again whenever the simulator looks. */
  subscribe(key: string, show: () => void): void {
    this.subscribed.set(key, show);
  }

  /** False when there is no such subscription. */
  unsubscribe(key: string): boolean {
    return this.subscribed.delete(key);
  }

  /** Number of subscriptions whose key begins so. */
  subscriptions(begin: string): number {
    return [...this.subscribed.keys()].filter((key) => key.startsWith(begin)).length;
  }

  /** Ends the subscriptions whose key begins so. */
  unsubscribeAll(begin: string): void {
    for (const key of this.subscribed.keys()) if (key.startsWith(begin)) this.subscribed.delete(key);
  }

  /** Shows what is subscribed, where it changed. */
  refresh(): void {
    for (const show of this.subscribed.values()) show();
  }

  /** The connection stays open, and nothing is heard or said on it any more: half open. */
  mute(): void {
    this.muted = true;
  }

  /** Ends the connection after what was said. */
  hangUp(): void {
    this.socket.end();
  }

  /** Breaks the connection: what was not sent yet is lost. */
  drop(): void {
    this.socket.destroy();
  }

  private hear(bytes: Buffer): void {
    try {
      for (const fields of this.reader.push(bytes)) {
        if (this.muted || this.socket.destroyed) return;
        if (this.greeted) this.receive(fields);
        else this.greet(fields);
      }
    } catch (error) {
      if (error instanceof RangeError) this.drop();
      else throw error;
    }
  }

  private greet([offer = '']: readonly string[]): void {
    const [, oldest = '', newest = oldest] = OFFER.exec(offer) ?? [];
    if (oldest === '' || Number(oldest) > SERVER_VERSION || Number(newest) < SERVER_VERSION)
      throw new RangeError(`a client of ${offer.slice(0, 40)}`);
    this.greeted = true;
    this.socket.write(frame([SERVER_VERSION, said(this.host.now())]));
  }

  private receive(fields: readonly string[]): void {
    if (this.isTooFast()) return;
    let request: FromClient;
    try {
      request = fromClient(fields);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.error(idOf(fields), 321, `Error validating request.-'bP' : cause - ${error.message}`);
      return;
    }
    if (request.name === 'startApi' && this.clientId === undefined) {
      this.clientId = request.values.clientId ?? 0;
      this.host.admit(this);
    } else if (this.clientId !== undefined) this.host.handle(this, request);
  }

  /** Counts a message; one too many is refused, and not acted on. */
  private isTooFast(): boolean {
    const now = this.host.now();
    this.arrivals = [...this.arrivals.filter((at) => at > now - RATE_WINDOW_MS), now];
    if (this.arrivals.length <= MOST_MESSAGES) return false;
    if (this.arrivals.length === MOST_MESSAGES + 1) this.excesses += 1;
    this.error(
      -1,
      100,
      `Max rate of messages per second has been exceeded:max=${MOST_MESSAGES} rec=${this.arrivals.length}`,
    );
    if (this.excesses >= MOST_EXCESSES) this.hangUp();
    return true;
  }
}

/** The request or order that a message is about, for an error: the first number after its own and its version. */
function idOf([message, ...rest]: readonly string[]): number {
  const id = Number(message === '3' || message === '4' || message === '20' ? rest[0] : rest[1]);
  return Number.isSafeInteger(id) ? id : -1;
}
