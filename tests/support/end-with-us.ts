import { identify } from '../../infra/local/process-identity.mjs';
import { signalProcess } from '../../infra/local/processes';

/** Ends servers at once when this process exits, however that comes about but by SIGKILL. */
export function endWithUs(...servers: readonly { readonly pid: number }[]): void {
  const identities = servers.map(({ pid }) => identify(pid));
  process.once('exit', () => {
    for (const server of identities) if (server !== undefined) signalProcess(server, 'SIGQUIT');
  });
}

/** Makes Ctrl-C and SIGTERM leave by way of `exit`, with the code that a shell expects. */
export function exitOnSignals(): void {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.once(signal, () => process.exit(code));
  }
}
