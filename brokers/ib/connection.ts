import { ErrorCode, EventName, IBApi } from '@stoqey/ib';
import { instant } from '../../domain/clock/instant';
import type { Instant, Millis } from '../../domain/clock/instant';
import { lineError } from './codes';

/** Where TWS or the gateway listens, and as whom we speak there. */
export interface TwsEnd {
  readonly host: string;
  readonly port: number;
  readonly clientId: number;
}

/** An error or a remark of TWS; `id` is that of the order or the request that it is about, -1 for none. */
export interface TwsMessage {
  readonly id: number;
  readonly code: number;
  readonly text: string;
}

/** Told what a connection says beside its answers. */
export interface Hearing {
  message(message: TwsMessage): void;
  /** Once, when nothing more comes. */
  down(why: string): void;
}

/** Thrown by whatever needs a line that is not there, or is gone before the answer. */
export class LineDown extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'LineDown';
  }
}

/** The words of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A sign of life answers for what is sent so shortly after it was asked for. */
const FRESH: Millis = 2_000;
const LIFE_DEADLINE: Millis = 2_000;
const ERROR_FRAME = '4';
/** Never reached: what the library would hold back is destroyed with it. We pace ourselves, before the permit is asked. */
const LIBRARY_RATE = 100_000;

/** What we use of the inside of the library's pinned version: a test breaks when it changes. */
interface Inside {
  readonly decoder: { readonly dataQueue: unknown[] };
  processIngressQueue(): void;
}

/**
 * One connection to TWS, from its first byte to its last: it is never connected again, because the library keeps what was
 * not sent and sends it after a reconnect, whatever has become of the order since.
 */
export class TwsConnection {
  /** To listen on; what is sent goes through `send`. */
  readonly api: IBApi;
  /** The order id that TWS wants next; it forgets, so that it is a floor and no more. */
  nextValidId = 0;
  /** Account codes that this log-in has. */
  accounts: readonly string[] = [];
  /** Messages that could not be read: what was read around one is not whole. */
  unreadable = 0;
  /** Messages that were written to the socket. */
  private sent = 0;
  private gone: string | undefined;
  private ready = false;
  private provenAt = -Infinity;
  private proving: Promise<Instant> | undefined;
  private readonly losses = new Set<(why: string) => void>();

  private constructor(
    readonly end: TwsEnd,
    private readonly hearing: Hearing,
  ) {
    const { host, port, clientId } = end;
    this.api = new IBApi({ host, port, clientId, maxReqPerSec: LIBRARY_RATE });
    this.guardDecoder();
    this.api.on(EventName.sent, () => (this.sent += 1));
    this.api.on(EventName.received, (tokens) => this.onFrame(tokens));
    this.api.on(EventName.disconnected, () => this.destroy('TWS closed the line'));
    this.api.on(EventName.error, (error, code) => {
      if (code === ErrorCode.CONNECT_FAIL) this.destroy(`no line to ${host}:${port}: ${error.message}`);
      if (code === ErrorCode.UNSUPPORTED_VERSION || code === ErrorCode.UPDATE_TWS) this.destroy(error.message);
      if (code === ErrorCode.UNKNOWN_ID) this.unreadable += 1;
    });
  }

  /** Connects, and waits until TWS takes commands. @throws LineDown with what is wrong */
  static async open(end: TwsEnd, hearing: Hearing, within: Millis): Promise<TwsConnection> {
    const connection = new TwsConnection(end, hearing);
    const first = connection.answer<number>(within, 'the order id that comes with the line', (resolve) =>
      connection.on(EventName.nextValidId, (id: number) => resolve(id)),
    );
    connection.on(EventName.managedAccounts, (list: string) => (connection.accounts = list.split(',').filter(Boolean)));
    connection.api.connect();
    try {
      connection.nextValidId = await first;
      connection.ready = true;
      return connection;
    } catch (error) {
      connection.destroy('the line did not open');
      throw error;
    }
  }

  get isUp(): boolean {
    return this.gone === undefined && this.ready;
  }

  /**
   * Sends at once or not at all. False: no byte of it left, and none ever will, because a connection whose library held
   * something back is destroyed together with it.
   */
  send(write: (api: IBApi) => unknown): boolean {
    if (!this.isUp) return false;
    const before = this.sent;
    write(this.api);
    if (this.sent === before) this.destroy('the library held a message back');
    return this.sent > before;
  }

  /** Sends a question and waits for its answer. @throws LineDown */
  async ask<T>(
    what: string,
    within: Millis,
    write: (api: IBApi) => unknown,
    listen: (resolve: (answer: T) => void, reject: (error: Error) => void) => () => void,
  ): Promise<T> {
    const answer = this.answer(within, what, listen);
    if (!this.send(write)) answer.catch(() => undefined);
    if (!this.isUp) throw new LineDown(this.gone ?? 'the line is not up');
    return answer;
  }

  /** Asks for the clock unless TWS has just shown that it lives; one that does not answer in time is gone. @throws LineDown */
  async prove(): Promise<void> {
    if (performance.now() - this.provenAt >= FRESH) await this.serverTime();
  }

  /** The clock of TWS, in whole seconds. @throws LineDown when it does not answer: the line is gone with it */
  serverTime(): Promise<Instant> {
    this.proving ??= this.askTime().finally(() => (this.proving = undefined));
    return this.proving;
  }

  /** Ends the connection and everything that waits on it. */
  destroy(why: string): void {
    if (this.gone !== undefined) return;
    this.gone = why;
    try {
      this.api.disconnect();
    } catch {
      // It was not connected.
    }
    for (const lose of [...this.losses]) lose(why);
    this.hearing.down(why);
  }

  /** Calls back once when a connection ends that is up; the answer calls that off. */
  whenGone(callback: () => void): () => void {
    this.losses.add(callback);
    return () => void this.losses.delete(callback);
  }

  /** Listens to an event; the answer stops it. */
  on(event: EventName, listener: (...args: never[]) => void): () => void {
    const heard = listener as (...args: unknown[]) => void;
    this.api.on(event as EventName.all, heard);
    return () => void this.api.off(event as EventName.all, heard);
  }

  private async askTime(): Promise<Instant> {
    const asked = performance.now();
    try {
      const seconds = await this.ask<number>(
        'a sign of life',
        LIFE_DEADLINE,
        (api) => api.reqCurrentTime(),
        (resolve) => this.on(EventName.currentTime, resolve),
      );
      this.provenAt = asked;
      return instant(seconds * 1_000);
    } catch (error) {
      this.destroy('TWS gave no sign of life');
      throw error;
    }
  }

  private answer<T>(
    within: Millis,
    what: string,
    listen: (resolve: (answer: T) => void, reject: (error: Error) => void) => () => void,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let stop = (): void => undefined;
      const over = (): void => {
        clearTimeout(timer);
        this.losses.delete(lose);
        stop();
      };
      const lose = (why: string): void => {
        over();
        reject(new LineDown(why));
      };
      const timer = setTimeout(() => lose(`TWS did not send ${what} within ${within} ms`), within);
      this.losses.add(lose);
      if (this.gone !== undefined) {
        lose(this.gone);
        return;
      }
      stop = listen(
        (answer) => {
          over();
          resolve(answer);
        },
        (error) => {
          over();
          reject(error);
        },
      );
    });
  }

  /**
   * The library parses the details of a rejection without a guard, inside a handler of the socket: text that is no JSON
   * would end the process. Errors are read here from the raw frame instead; any other message that breaks the decoder
   * ends the connection.
   */
  private guardDecoder(): void {
    const controller = Reflect.get(this.api, 'controller') as Inside;
    const decode = controller.processIngressQueue.bind(controller);
    controller.processIngressQueue = (): void => {
      try {
        decode();
      } catch (error) {
        // Each message is decoded before the next is taken in: what is left belongs to the broken one.
        controller.decoder.dataQueue.length = 0;
        if (this.lastFrame === ERROR_FRAME) return;
        this.unreadable += 1;
        this.destroy(`a message of TWS could not be read: ${error instanceof Error ? error.message : 'unknown'}`);
      }
    };
  }

  private lastFrame: string | undefined;

  private onFrame(tokens: readonly string[]): void {
    this.lastFrame = tokens[0];
    if (tokens[0] !== ERROR_FRAME || Number(tokens[1]) < 2) return;
    const [, , id = '-1', code = '0', text = ''] = tokens;
    const message = { id: Number(id), code: Number(code), text };
    if (lineError(message.code) === 'client-id-in-use') {
      const why = `client id ${this.end.clientId} is in use at ${this.end.host}:${this.end.port}: another process is the one that writes for this account`;
      this.destroy(why);
      return;
    }
    this.hearing.message(message);
  }
}
