import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** What a receiver was sent. */
export interface Received {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Record<string, unknown>;
}

/** An answer: a status with headers; `hang` accepts the request and never answers; `drop` cuts the line after reading it. */
export type Reply = { readonly status: number; readonly headers?: Record<string, string> } | 'hang' | 'drop';

/** Somebody else's HTTP server: keeps what it is sent, and answers as it is told, 200 unless told. */
export interface Receiver {
  readonly url: string;
  readonly received: Received[];
  /** Answers to come, in turn. */
  readonly replies: Reply[];
  close(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const replies: Reply[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      const body = JSON.parse(text) as Record<string, unknown>;
      received.push({ path: request.url ?? '', headers: request.headers, body });
      const reply = replies.shift() ?? { status: 200 };
      if (reply === 'hang') return;
      if (reply === 'drop') request.socket.destroy();
      else response.writeHead(reply.status, reply.headers ?? {}).end('ok');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    replies,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A mail server that takes every letter, or refuses the next ones with these codes. */
export interface MailServer {
  /** With the log-in that it wants. */
  readonly url: string;
  readonly letters: string[];
  readonly codes: number[];
  close(): Promise<void>;
}

export async function startMailServer(): Promise<MailServer> {
  const letters: string[] = [];
  const codes: number[] = [];
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, done) => {
      if (username === 'ops' && password === 'letter-box') done(null, { user: username });
      else done(Object.assign(new Error('no'), { responseCode: 535 }));
    },
    onData: (stream, _session, done) => {
      let text = '';
      stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      stream.on('end', () => {
        const responseCode = codes.shift();
        if (responseCode === undefined) letters.push(text);
        done(responseCode === undefined ? null : Object.assign(new Error('not now'), { responseCode }));
      });
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://ops:letter-box@127.0.0.1:${port}`,
    letters,
    codes,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
