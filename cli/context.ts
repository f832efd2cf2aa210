import type { Environment } from '../config/settings';

/** Everything of the outside that a command uses, so that a test can stand in for it. */
export interface CliContext {
  readonly env: Environment;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Results: text or one JSON document. */
  readonly stdout: (text: string) => void;
  /** Progress, warnings and errors. */
  readonly stderr: (text: string) => void;
  /** Folder with the first key and the state of the local stack. */
  readonly stateDir: string;
  readonly projectRoot: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Who sits at this machine; for the audit log. */
  readonly user: string;
  /** Runs a program in the foreground; answers its exit code. */
  readonly runProgram: (file: string, args: readonly string[]) => Promise<number>;
  /** Settles when the command is asked to end: Ctrl-C or SIGTERM. */
  readonly interrupted: () => Promise<void>;
}

/** What the exit code of every command means. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  /** Refused by a rule: risk, calendar, kill switch, phase. */
  refused: 3,
  /** A person should look. */
  attention: 4,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A command that did not do what it was asked: one sentence with the next step. */
export class CliError extends Error {
  /** @param facts what `--json` adds, such as the problem document of the API */
  constructor(
    readonly exitCode: ExitCode,
    message: string,
    readonly facts: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.name = 'CliError';
  }
}
