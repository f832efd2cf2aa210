import WebSocket from 'ws';
import type { Millis } from '../../domain/clock/instant';
import type { InstrumentId } from '../../domain/instrument/instrument';
import type { StreamSink, VenueStream } from '../../domain/order/broker';
import type { Quote } from '../../domain/signal/market-data';
import type { VenueEnd } from './dialect';
import type { VenueLine } from './venue-line';

/** What one line of a venue is called and how to speak on it. */
export interface StreamLine {
  readonly url: string;
  /** Sent after the connection stands, one after the other; waits for nothing. */
  readonly hello: readonly string[];
}

/** What a frame says. */
export type StreamFrame =
  | { readonly kind: 'changed' }
  | { readonly kind: 'quote'; readonly quote: Quote }
  /** Answers to be sent: a pong, or the subscription that may follow a log-in. */
  | { readonly kind: 'reply'; readonly messages: readonly string[] }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'other' };

/** How a venue streams. What a frame carries is a hint: a poll decides what happened. */
export interface StreamDialect {
  /** The line that tells of our orders; signs with the account's key. */
  account(line: VenueLine, end: VenueEnd): Promise<StreamLine>;
  readAccount(frame: string): StreamFrame;
  quotes(end: VenueEnd, ids: readonly InstrumentId[]): StreamLine;
  /** `ids` are the instruments that quotes were asked for. */
  readQuotes(frame: string, ids: readonly InstrumentId[]): StreamFrame;
  /** Text to send when a line has been quiet; undefined where the venue wants frames of the protocol itself. */
  readonly ping?: string;
}

const FIRST_RETRY: Millis = 250;
const LONGEST_RETRY: Millis = 5_000;
/** A line that is asked this often whether it lives, and is given up when it stays silent for three times as long. */
const PING_EVERY: Millis = 5_000;

/** One line that is kept up until closed: connects, speaks, and starts over with a pause when it breaks or falls silent. */
class KeptLine {
  private socket: WebSocket | undefined;
  private timer: NodeJS.Timeout | undefined;
  private beat: NodeJS.Timeout | undefined;
  private heardAt = 0;
  private retry = FIRST_RETRY;
  private closed = false;

  constructor(
    private readonly open: () => Promise<StreamLine>,
    private readonly read: (frame: string) => StreamFrame,
    private readonly ping: string | undefined,
    private readonly told: (frame: StreamFrame) => void,
    private readonly line: (up: boolean, why: string) => void,
  ) {
    void this.connect();
  }

  /** Speaks anew: what was subscribed to has changed. */
  restart(): void {
    this.socket?.terminate();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    clearInterval(this.beat);
    this.socket?.terminate();
  }

  private async connect(): Promise<void> {
    try {
      const { url, hello } = await this.open();
      if (this.closed) return;
      const socket = new WebSocket(url, { handshakeTimeout: 5_000 });
      this.socket = socket;
      socket.on('open', () => {
        this.heardAt = performance.now();
        for (const message of hello) socket.send(message);
        this.beat = setInterval(() => this.check(socket), PING_EVERY);
        this.line(true, 'connected');
      });
      socket.on('message', (data: Buffer) => this.hear(socket, data.toString()));
      socket.on('pong', () => (this.heardAt = performance.now()));
      socket.on('error', () => undefined);
      socket.on('close', (code) => this.again(`the line closed (${code})`));
    } catch (error) {
      this.again(error instanceof Error ? error.message : String(error));
    }
  }

  private hear(socket: WebSocket, frame: string): void {
    this.heardAt = performance.now();
    this.retry = FIRST_RETRY;
    const said = readSafely(this.read, frame);
    if (said.kind === 'reply') for (const message of said.messages) socket.send(message);
    if (said.kind === 'refused') {
      this.line(false, said.why);
      socket.terminate();
    }
    this.told(said);
  }

  private check(socket: WebSocket): void {
    // A half-open line breaks nothing by itself: it only never speaks again.
    if (performance.now() - this.heardAt > 3 * PING_EVERY) {
      socket.terminate();
      return;
    }
    if (this.ping === undefined) socket.ping();
    else socket.send(this.ping);
  }

  private again(why: string): void {
    clearInterval(this.beat);
    if (this.closed) return;
    this.line(false, why);
    this.timer = setTimeout(() => void this.connect(), this.retry);
    this.retry = Math.min(LONGEST_RETRY, this.retry * 2);
  }
}

/** A frame that cannot be read may have been about us: look. */
function readSafely(read: (frame: string) => StreamFrame, frame: string): StreamFrame {
  try {
    return read(frame);
  } catch {
    return { kind: 'changed' };
  }
}

/** Opens the streams of an account. Each (re)connection of the account's line asks for a poll: frames were missed. */
export function openStream(line: VenueLine, dialect: StreamDialect, end: VenueEnd, sink: StreamSink): VenueStream {
  const account = new KeptLine(
    () => dialect.account(line, end),
    (frame) => dialect.readAccount(frame),
    dialect.ping,
    (frame) => {
      if (frame.kind === 'changed') sink.changed();
    },
    (up, why) => {
      sink.line('account', up, why);
      if (up) sink.changed();
    },
  );
  let watched: readonly InstrumentId[] = [];
  let quotes: KeptLine | undefined;
  const openQuotes = (): KeptLine =>
    new KeptLine(
      () => Promise.resolve(dialect.quotes(end, watched)),
      (frame) => dialect.readQuotes(frame, watched),
      dialect.ping,
      (frame) => {
        if (frame.kind === 'quote') sink.quote(frame.quote);
      },
      (up, why) => sink.line('quotes', up, why),
    );
  return {
    watch: (instruments) => {
      const wanted = [...instruments].sort();
      if (wanted.join() === watched.join()) return;
      watched = wanted;
      if (watched.length === 0) {
        quotes?.close();
        quotes = undefined;
      } else if (quotes === undefined) quotes = openQuotes();
      else quotes.restart();
    },
    close: () => {
      account.close();
      quotes?.close();
    },
  };
}
