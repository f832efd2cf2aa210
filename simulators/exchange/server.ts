import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { adminAnswer } from './admin';
import type { Fault, FaultPlan } from './faults';
import type { SimAnswer, SimRequest, SimSession, VenueFront } from './front';
import type { KlineBook } from './klines';
import type { SimLedger } from './ledger';
import type { WrittenTape } from './tape';

/** A venue that runs. */
export interface Simulator {
  /** `http://127.0.0.1:PORT`: the `baseUrl` of an account. */
  readonly url: string;
  /** `ws://127.0.0.1:PORT`: its `streamUrl`. */
  readonly streamUrl: string;
  readonly ledger: SimLedger;
  /** Its candles, at the venues that show some. */
  readonly klines: KlineBook;
  readonly faults: FaultPlan;
  /** The tapes that are written by hand, by instrument. */
  readonly tapes: ReadonlyMap<string, WrittenTape>;
  /** Ends every stream connection; with `refuse` no new one is let in until it is called without. */
  breakStreams(refuse: boolean): void;
  close(): Promise<void>;
}

export interface ServerParts {
  readonly ledger: SimLedger;
  readonly klines: KlineBook;
  readonly faults: FaultPlan;
  readonly front: VenueFront;
  readonly tapes: ReadonlyMap<string, WrittenTape>;
  /** 0 takes a free port. */
  readonly port: number;
}

const LOOPBACK = '127.0.0.1';
/** How often a stream shows the price. */
const TICK_MS = 250;
const ADMIN = '/sim/';

/** Serves a front on loopback: its HTTP paths, its streams on the same port, and the admin's door under `/sim/`. */
export async function serve(parts: ServerParts): Promise<Simulator> {
  const { ledger, klines, faults, front, tapes } = parts;
  const server = createServer((request, response) => {
    void answer(parts, request, response).catch(() => response.destroy());
  });
  const streams = openStreams(server, front, ledger);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(parts.port, LOOPBACK, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    ...{ ledger, klines, faults, tapes },
    url: `http://${LOOPBACK}:${port}`,
    streamUrl: `ws://${LOOPBACK}:${port}`,
    breakStreams: (refuse) => streams.break(refuse),
    close: async () => {
      streams.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(parts: ServerParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname: path, searchParams: query } = new URL(request.url ?? '/', 'http://simulator');
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString();
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  const asked: SimRequest = { method: request.method ?? 'GET', path, query, headers, body };
  if (path.startsWith(ADMIN)) {
    send(response, adminAnswer(parts, asked, path.slice(ADMIN.length)));
    return;
  }
  const { front, faults } = parts;
  const fault = faults.next(front.kindOf(asked), `${path}?${query.toString()} ${body}`);
  if (fault === undefined) send(response, front.handle(asked));
  else await misbehave(front, fault, response, () => front.handle(asked));
}

function send(response: ServerResponse, { status, body }: SimAnswer, retryAfter?: number): void {
  const headers = {
    'content-type': 'application/json',
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
  };
  response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
}

/** Answers as a fault says; `act` lets the venue act on the request. */
async function misbehave(
  front: VenueFront,
  fault: Fault,
  response: ServerResponse,
  act: () => SimAnswer,
): Promise<void> {
  const failure = { status: fault.status, body: fault.body ?? front.failure(fault.status) };
  switch (fault.kind) {
    case 'drop':
      response.destroy();
      return;
    case 'answer':
      send(response, failure, fault.retryAfterSeconds);
      return;
    case 'slow':
      await new Promise((resolve) => setTimeout(resolve, fault.ms));
      send(response, act());
      return;
    case 'answer-after':
      act();
      send(response, failure, fault.retryAfterSeconds);
      return;
    case 'lose':
      act();
      response.destroy();
      return;
    case 'hang':
      act();
      return;
    case 'stall':
    case 'cut':
    case 'truncate':
    case 'html':
    case 'empty':
      breakBody(fault.kind, response, act());
      return;
  }
}

/** The request was acted on, and its answer breaks. */
function breakBody(
  kind: 'stall' | 'cut' | 'truncate' | 'html' | 'empty',
  response: ServerResponse,
  { status, body }: SimAnswer,
): void {
  const whole = JSON.stringify(body);
  const half = whole.slice(0, Math.floor(whole.length / 2));
  switch (kind) {
    case 'stall':
    case 'cut':
      response.writeHead(status, { 'content-type': 'application/json', 'content-length': whole.length });
      response.write(half);
      if (kind === 'cut') setTimeout(() => response.destroy(), 20);
      return;
    case 'truncate':
      response.writeHead(status, { 'content-type': 'application/json' }).end(half);
      return;
    case 'html':
      response
        .writeHead(200, { 'content-type': 'text/html' })
        .end('<html><body>Service under maintenance</body></html>');
      return;
    case 'empty':
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
  }
}

function openStreams(
  server: Server,
  front: VenueFront,
  ledger: SimLedger,
): { break(refuse: boolean): void; close(): void } {
  const sockets = new WebSocketServer({ noServer: true });
  const sessions = new Set<SimSession>();
  let refusing = false;
  server.on('upgrade', (request, socket, head) => {
    if (refusing) return socket.destroy();
    sockets.handleUpgrade(request, socket, head, (client) => {
      const session = front.session(new URL(request.url ?? '/', 'http://simulator').pathname, (frame) =>
        client.send(frame),
      );
      sessions.add(session);
      client.on('message', (data: Buffer) => session.hear(data.toString()));
      client.on('error', () => undefined);
      client.on('close', () => sessions.delete(session));
    });
  });
  const tell = (order: Parameters<SimSession['order']>[0], fill: Parameters<SimSession['order']>[1]): void => {
    for (const session of sessions) session.order(order, fill);
  };
  ledger.events.on('order', tell);
  const ticks = setInterval(() => {
    ledger.advance();
    for (const { instrument } of ledger.options.listings) for (const session of sessions) session.tick(instrument.id);
  }, TICK_MS);
  ticks.unref();
  const drop = (): void => {
    for (const client of sockets.clients) client.terminate();
  };
  return {
    break: (refuse) => {
      refusing = refuse;
      drop();
    },
    close: () => {
      clearInterval(ticks);
      ledger.events.off('order', tell);
      drop();
      sockets.close();
    },
  };
}
