import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning, type ProcessIdentity } from './process-identity.mjs';

/** Where a stack can be reached. */
export interface StackAddresses {
  /** Base of the HTTP API, without a path. */
  readonly apiUrl: string;
  /** Temporal's Web UI; absent when Temporal is a server of yours. */
  readonly temporalUiUrl?: string;
  /** Host and port of Temporal's frontend. */
  readonly temporalAddress: string;
  /** `/metrics` and `/health` of the workers for trades and analysis. */
  readonly workersUrl: string;
  /** `/metrics` and `/health` of the workers that send orders. */
  readonly ordersUrl: string;
}

/** What a running stack writes down, so that the next start and the CLI find it. */
export interface StackState {
  /** The process that keeps it running. */
  readonly keeper: ProcessIdentity;
  /** The processes it started, in start order. */
  readonly processes: readonly { readonly name: string; readonly identity: ProcessIdentity }[];
  /** Present once everything answers. */
  readonly addresses?: StackAddresses;
  /** Connection string with its password: the reason for the file's mode. */
  readonly databaseUrl?: string;
}

/** The state of the stack that was last started in this clone, whether it still runs or not. */
function readStackState(stateDir: string): StackState | undefined {
  const path = statePath(stateDir);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as StackState) : undefined;
}

/** The state of a stack that is up: its keeper runs and everything has answered. */
export function readRunningStack(stateDir: string): (StackState & { readonly addresses: StackAddresses }) | undefined {
  const state = readStackState(stateDir);
  if (state?.addresses === undefined || !isRunning(state.keeper)) return undefined;
  return { ...state, addresses: state.addresses };
}

/** Writes the state as a whole, readable for its owner only. */
export function writeStackState(stateDir: string, state: StackState): void {
  const unfinished = `${statePath(stateDir)}.${process.pid}`;
  writeFileSync(unfinished, JSON.stringify(state, undefined, 2), { mode: 0o600 });
  renameSync(unfinished, statePath(stateDir));
}

/** Forgets the state of a stack that has stopped. */
export function removeStackState(stateDir: string): void {
  rmSync(statePath(stateDir), { force: true });
}

function statePath(stateDir: string): string {
  return join(stateDir, 'stack.json');
}
