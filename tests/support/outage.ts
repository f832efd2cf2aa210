import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { Client } from '@temporalio/client';
import { identify } from '../../infra/local/process-identity.mjs';
import { stopProcess } from '../../infra/local/processes';
import { findTemporalCli } from '../../infra/local/temporal-cli.mjs';
import { removeTemporal, startTemporal } from '../../infra/local/temporal-server';
import type { RunningTemporal } from '../../infra/local/temporal-server';
import { endWithUs } from './end-with-us';

/** A Temporal server on a file that can be killed and started again on the same file and ports. */
export interface MortalServer {
  readonly address: string;
  /** Ends the process at once, by its number: what a power cut does. */
  kill(): Promise<void>;
  /** Starts it again. @throws Error when it did not get its ports back */
  startAgain(): Promise<void>;
  /** Ends it and deletes its file. */
  remove(): Promise<void>;
}

/** Starts one with a file of its own below the folder of the test run. */
export async function startMortalServer(name: string): Promise<MortalServer> {
  const cli = findTemporalCli(process.env);
  if (cli === undefined) throw new Error('the Temporal CLI is missing: npm test fetches it, or set TEMPORAL_CLI_PATH');
  const stateDir = join(process.env['TEST_RUN_DIR'] ?? '', name);
  mkdirSync(stateDir, { recursive: true });
  const start = async (): Promise<RunningTemporal> => {
    const server = await startTemporal({
      cliPath: cli.path,
      namespace: 'trading',
      stateDir,
      log: join(stateDir, 'server.log'),
      storage: 'file',
    });
    endWithUs(server);
    return server;
  };
  let server = await start();
  const { address } = server;
  return {
    address,
    kill: async () => {
      const identity = identify(server.pid);
      if (identity === undefined) throw new Error('the Temporal server had ended by itself');
      await stopProcess(identity, [{ signal: 'SIGKILL', waitMs: 10_000 }]);
    },
    startAgain: async () => {
      server = await start();
      if (server.address !== address) throw new Error(`it listens on ${server.address} instead of ${address}`);
    },
    remove: () => removeTemporal(stateDir),
  };
}

/** Moments as cron expressions with seconds and a year, in UTC: each comes once. */
export function once(...moments: readonly number[]): string[] {
  return moments.map((millis) => {
    const at = new Date(millis);
    const time = `${at.getUTCSeconds()} ${at.getUTCMinutes()} ${at.getUTCHours()}`;
    return `${time} ${at.getUTCDate()} ${at.getUTCMonth() + 1} * ${at.getUTCFullYear()}`;
  });
}

/** Waits for a moment of the real clock. */
export async function untilMoment(millis: number): Promise<void> {
  while (Date.now() < millis) await sleep(Math.max(1, millis - Date.now()));
}

/** A run of a schedule, as the server's list of executions has it. */
export interface ServerRun {
  readonly workflowId: string;
  /** The moment of the schedule that it is for; that of the call for one that a person triggered. */
  readonly wantedAt: number;
  readonly startedAt: number;
  /** Null while it runs. */
  readonly closedAt: number | null;
  readonly status: string;
}

const WANTED_AT = defineSearchAttributeKey('TemporalScheduledStartTime', 'DATETIME');

/** Every run of a schedule by the server's list, oldest first; the list is late by up to some seconds. */
export async function runsOf(client: Client, scheduleId: string): Promise<readonly ServerRun[]> {
  const runs: ServerRun[] = [];
  const query = `TemporalScheduledById = '${scheduleId}'`;
  for await (const { workflowId, startTime, closeTime, status, typedSearchAttributes } of client.workflow.list({
    query,
  }))
    runs.push({
      ...{ workflowId, status: status.name, startedAt: startTime.getTime(), closedAt: closeTime?.getTime() ?? null },
      wantedAt: typedSearchAttributes.get(WANTED_AT)?.getTime() ?? 0,
    });
  return runs.sort((a, b) => a.startedAt - b.startedAt);
}

/** Whether two of these runs were under way at once. */
export function overlap(runs: readonly ServerRun[]): boolean {
  return runs.some((run, n) => {
    const next = runs[n + 1];
    return next !== undefined && (run.closedAt === null || run.closedAt > next.startedAt);
  });
}

/** What the server counts of a schedule. */
interface ServerCounts {
  readonly taken: number;
  readonly skipped: number;
  readonly missed: number;
}

/** The counters of a schedule. */
export async function countsOf(client: Client, scheduleId: string): Promise<ServerCounts> {
  const { info } = await client.schedule.getHandle(scheduleId).describe();
  return {
    taken: info.numActionsTaken,
    skipped: info.numActionsSkippedOverlap,
    missed: info.numActionsMissedCatchupWindow,
  };
}
