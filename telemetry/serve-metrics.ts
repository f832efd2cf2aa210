import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Metrics } from './metrics';

/** A listening metrics server. */
export interface MetricsServer {
  /** The port in use; another one than asked for when that was 0. */
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves `/metrics` (Prometheus text) and `/health` for a process that has no other HTTP server.
 * @param port 0 takes any free one.
 * @throws Error when the port is taken.
 */
export async function serveMetrics(port: number, host: string, metrics: Metrics): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    answer(request, response, metrics).catch(() => {
      response.writeHead(500).end();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    port: address.port,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, metrics: Metrics): Promise<void> {
  const path = (request.url ?? '').split('?')[0];
  if (request.method !== 'GET') {
    response.writeHead(405, { Allow: 'GET' }).end();
  } else if (path === '/metrics') {
    const text = await metrics.registry.metrics();
    response.writeHead(200, { 'Content-Type': metrics.registry.contentType }).end(text);
  } else if (path === '/health') {
    response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"status":"ok"}');
  } else {
    response.writeHead(404).end();
  }
}
