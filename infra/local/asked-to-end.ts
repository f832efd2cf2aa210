import type { EventEmitter } from 'node:events';

/**
 * A terminal sends Ctrl-C to npm and to us, and npm hands its own on: what comes so shortly after the first signal is the
 * same request.
 */
const ECHO_MS = 1_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Signals that ask a process to end. */
export interface AskedToEnd {
  /** Settles with the first one. */
  readonly asked: Promise<void>;
  /** Aborted by the first one. */
  readonly signal: AbortSignal;
  /** Stops listening: the process may end, and a signal kills it again. */
  readonly forget: () => void;
}

/**
 * Listens to the signals that ask us to end. Until `forget` is called the process stays alive and handles them.
 * @param atOnce called by a second request, of somebody who does not want to wait for an orderly end
 * @param now a clock that never goes back, in milliseconds
 */
export function listenForEnd(
  atOnce: () => void,
  source: Pick<EventEmitter, 'on' | 'off'> = process,
  now: () => number = () => performance.now(),
): AskedToEnd {
  const alive = setInterval(() => undefined, 60_000);
  const asking = new AbortController();
  const asked = new Promise<void>((resolve) => asking.signal.addEventListener('abort', () => resolve()));
  let firstAt = Infinity;
  const onSignal = (): void => {
    if (now() - firstAt > ECHO_MS) atOnce();
    firstAt = Math.min(firstAt, now());
    asking.abort();
  };
  for (const name of SIGNALS) source.on(name, onSignal);
  return {
    asked,
    signal: asking.signal,
    forget: () => {
      clearInterval(alive);
      for (const name of SIGNALS) source.off(name, onSignal);
    },
  };
}
