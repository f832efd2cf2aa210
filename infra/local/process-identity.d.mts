/**
 * One process, told apart from a later one with the same number. Process numbers are reused, so a number read from a
 * file is never signalled before its start mark has been compared.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque mark of the moment it started: clock ticks since boot on Linux, a date elsewhere. */
  readonly started: string;
}

/** The process with this number as it is now; undefined when none runs (one that ended but was not reaped does not run). */
export function identify(pid: number): ProcessIdentity | undefined;

/** Whether this very process, and not a later one with its number, runs. */
export function isRunning(identity: ProcessIdentity): boolean;
