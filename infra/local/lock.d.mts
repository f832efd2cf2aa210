import type { ProcessIdentity } from './process-identity.mjs';

/** The answer to an attempt to take a lock. */
export type LockAttempt =
  | { readonly kind: 'taken'; readonly release: () => void }
  | { readonly kind: 'held'; readonly holder: ProcessIdentity };

/**
 * Tries to take a lock file for this process. A lock whose process has ended counts as free, so a kill never blocks
 * the next start.
 */
export function tryLock(path: string): LockAttempt;

/** Runs the work while holding the lock; waits for whoever holds it now, which `onWait` is told once. */
export function withLock<T>(
  path: string,
  work: () => Promise<T>,
  onWait?: (holder: ProcessIdentity) => void,
): Promise<T>;
