import { readFileSync } from 'node:fs';
import { Client, Connection } from '@temporalio/client';
import type { TLSConfig } from '@temporalio/common/lib/internal-non-workflow';
import type { ServiceSettings, TemporalTls } from '../config/settings';

/** Real time after which a call to the server counts as failed. */
export const RPC_DEADLINE_MS = 3_000;

/** How a Temporal server is reached, as a part of the settings. */
export interface TemporalPlace {
  readonly temporal: { readonly address: string; readonly tls?: TemporalTls };
}

/** How a client or a worker reaches the server; the same for both kinds of connection. */
export function connectionOptions(settings: TemporalPlace): { address: string; tls?: TLSConfig } {
  const { address, tls } = settings.temporal;
  return { address, ...(tls === undefined ? {} : { tls: tlsConfig(tls) }) };
}

function tlsConfig(tls: TemporalTls): TLSConfig {
  const { clientCertPath, clientKeyPath, serverCaPath, serverName } = tls;
  return {
    ...(serverName === undefined ? {} : { serverNameOverride: serverName }),
    ...(serverCaPath === undefined ? {} : { serverRootCACertificate: readFileSync(serverCaPath) }),
    ...(clientCertPath === undefined || clientKeyPath === undefined
      ? {}
      : { clientCertPair: { crt: readFileSync(clientCertPath), key: readFileSync(clientKeyPath) } }),
  };
}

/** A client that connects at its first call, so that a process starts while the server is still away. */
export function lazyClient(settings: ServiceSettings): Client {
  const connection = Connection.lazy(connectionOptions(settings));
  return new Client({ connection, namespace: settings.temporal.namespace });
}
