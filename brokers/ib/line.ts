import type { Millis } from '../../domain/clock/instant';
import { lineError } from './codes';
import { LineDown, TwsConnection } from './connection';
import type { TwsEnd, TwsMessage } from './connection';

/** How a line is kept. */
export interface LineOptions {
  readonly end: TwsEnd;
  /** The account code that must be among those of the log-in. */
  readonly accountCode: string;
  /** Looks at everything that TWS has, before anybody uses a new connection, and after TWS was cut off itself. */
  readonly greet: (connection: TwsConnection) => Promise<void>;
  readonly message: (message: TwsMessage) => void;
  /** The line went up or down; `why` is for people. */
  readonly changed: (up: boolean, why: string) => void;
  /** Between two signs of life while nothing else is asked. */
  readonly beatEvery: Millis;
  /** Between a drop and the next try. */
  readonly retryAfter: Millis;
}

const OPEN_DEADLINE: Millis = 8_000;

/**
 * A line to TWS that is always the newest connection: one that drops, or gives no sign of life, is destroyed and replaced.
 * It opens when it is first needed, and then keeps itself open until it is closed.
 */
export class TwsLine {
  private current: TwsConnection | undefined;
  private opening: Promise<TwsConnection> | undefined;
  private beat: NodeJS.Timeout | undefined;
  private retry: NodeJS.Timeout | undefined;
  private failedAt = -Infinity;
  private why = 'the line was not opened yet';
  /** Whether TWS itself is connected to its servers, as it says. */
  private upstream = true;
  private closed = false;

  constructor(private readonly options: LineOptions) {}

  /** The connection that is up and greeted; waits for one so long. @throws LineDown */
  async ready(within: Millis): Promise<TwsConnection> {
    const { current } = this;
    if (current?.isUp && this.opening === undefined) return current;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new LineDown(`no line to TWS: ${this.why}`)), within);
    });
    try {
      return await Promise.race([this.open(), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** As `ready`, and TWS is connected to its servers: what is sent reaches them. @throws LineDown */
  async through(within: Millis): Promise<TwsConnection> {
    const connection = await this.ready(within);
    if (!this.upstream) throw new LineDown('TWS has lost its own connection to Interactive Brokers');
    return connection;
  }

  /** True while this very connection may be sent on. */
  isThrough(connection: TwsConnection): boolean {
    return this.current === connection && connection.isUp && this.upstream;
  }

  /** Ends the line for good. */
  close(): void {
    this.closed = true;
    clearInterval(this.beat);
    clearTimeout(this.retry);
    this.current?.destroy('closed');
  }

  private open(): Promise<TwsConnection> {
    this.opening ??= this.connect().finally(() => (this.opening = undefined));
    return this.opening;
  }

  private async connect(): Promise<TwsConnection> {
    this.refuseIfClosed();
    const { beatEvery, end, retryAfter } = this.options;
    this.beat ??= setInterval(() => this.onBeat(), beatEvery).unref();
    const wait = this.failedAt + retryAfter - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const hearing = {
      message: (message: TwsMessage) => this.onMessage(message),
      down: (why: string) => this.onDown(why),
    };
    this.refuseIfClosed();
    const connection = await TwsConnection.open(end, hearing, OPEN_DEADLINE);
    try {
      // Whoever closed the line meanwhile did not see this one, which would keep the client id from everybody else.
      this.refuseIfClosed();
      this.checkAccount(connection);
      this.current = connection;
      this.upstream = true;
      await this.options.greet(connection);
    } catch (error) {
      connection.destroy(error instanceof Error ? error.message : 'the line could not be greeted');
      throw error;
    }
    this.options.changed(true, `client ${end.clientId} at ${end.host}:${end.port}`);
    return connection;
  }

  private refuseIfClosed(): void {
    if (this.closed) throw new LineDown('the line is closed');
  }

  private checkAccount({ accounts }: TwsConnection): void {
    const { accountCode } = this.options;
    if (accounts.length > 0 && !accounts.includes(accountCode))
      throw new LineDown(`this log-in has no account ${accountCode}`);
  }

  private onDown(why: string): void {
    this.current = undefined;
    this.failedAt = performance.now();
    this.why = why;
    this.options.changed(false, why);
    if (this.closed) return;
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.tryAgain(), this.options.retryAfter).unref();
  }

  private onBeat(): void {
    const { current } = this;
    if (current === undefined) this.tryAgain();
    // One that does not answer destroys itself.
    else current.prove().catch(() => undefined);
  }

  private tryAgain(): void {
    this.open().catch((error: unknown) => {
      this.why = error instanceof Error ? error.message : 'the line did not open';
    });
  }

  private onMessage(message: TwsMessage): void {
    switch (lineError(message.code)) {
      case 'upstream-lost':
        this.upstream = false;
        this.options.changed(false, 'TWS has lost its own connection to Interactive Brokers');
        return;
      case 'upstream-back':
        this.upstream = true;
        this.look();
        return;
      case 'port-moved':
        this.current?.destroy('TWS moved to another port');
        return;
      case 'client-id-in-use':
      case 'unsupported':
      case undefined:
        this.options.message(message);
    }
  }

  /** What happened at the venue while TWS was cut off was told to nobody. */
  private look(): void {
    const { current } = this;
    if (current === undefined) return;
    this.options
      .greet(current)
      .then(() => this.options.changed(true, 'TWS is connected to Interactive Brokers again'))
      .catch((error: unknown) => current.destroy(error instanceof Error ? error.message : 'the line is not whole'));
  }
}
