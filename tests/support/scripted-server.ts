import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One answer of a scripted server. */
export interface ScriptedAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text as it is, anything else as JSON. */
  readonly body?: unknown;
}

/** A server on loopback that answers as it is told and keeps what it was asked. */
export interface ScriptedServer {
  readonly url: string;
  readonly asked: { readonly path: string; readonly headers: IncomingHttpHeaders }[];
  /** Answers from now on; the last one for ever. */
  play(...answers: readonly (ScriptedAnswer | ((path: string) => ScriptedAnswer))[]): void;
  close(): Promise<void>;
}

/** Starts one on a free port. */
export async function startScriptedServer(): Promise<ScriptedServer> {
  const asked: ScriptedServer['asked'] = [];
  let script: readonly (ScriptedAnswer | ((path: string) => ScriptedAnswer))[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    asked.push({ path, headers: request.headers });
    const [first = { status: 404 }, ...rest] = script;
    if (rest.length > 0) script = rest;
    const { status = 200, headers = {}, body = '' } = typeof first === 'function' ? first(path) : first;
    response.writeHead(status, { ...headers }).end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    play: (...answers) => (script = answers),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
