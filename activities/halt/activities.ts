import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { breaches } from '../../domain/halt/describe-report';
import { HALT_MODES, isHaltScope } from '../../domain/halt/halt';
import type { Halt } from '../../domain/halt/halt';
import type { HaltProgress } from '../../domain/halt/progress';
import { engageHalt, findHalt } from '../../database/halts';
import { finishReport } from '../../database/halt-report';
import type { Database } from '../../database/pool';
import type { HaltTradingInput } from '../../temporal/messages/halt-trading';
import type { HaltRequest } from '../../temporal/messages/trade';
import type { HaltDeps } from './ports';
import { pauseSchedules } from './pause-schedules';
import { sweep } from './sweep';
import { DRAIN_GRACE_MS, tellTrades } from './tell-trades';

/** What engaging by workflow, or an earlier run, found. */
export interface EngagedHalt {
  readonly epoch: number;
  /** False when another workflow carries this halt out. */
  readonly ours: boolean;
}

/** The work of a halt that touches no venue. Each may run any number of times: what is done stands in the database. */
export function createHaltActivities(deps: HaltDeps) {
  const { database, halts } = deps;
  return {
    /** Engages the halt that a person started as a workflow. */
    async engage(input: HaltTradingInput): Promise<EngagedHalt> {
      const { workflowId } = Context.current().info.workflowExecution ?? { workflowId: 'unknown' };
      return engage(database, input, workflowId);
    },

    /** Counts what is left, after marking attempts of the moment that nobody answers for as in doubt. */
    async readProgress(epoch: number): Promise<HaltProgress> {
      await halts.drain(epoch, DRAIN_GRACE_MS);
      return halts.progress(epoch);
    },

    /** Signals every open trade of the halt that has not acknowledged, and drains meanwhile; answers how many were told. */
    async tellTrades(epoch: number): Promise<number> {
      return tellTrades(deps, await request(database, epoch), () => Context.current().heartbeat());
    },

    /** Takes over the trades that have not acknowledged; answers how many. */
    async takeOver(epoch: number): Promise<number> {
      return halts.takeOver(epoch);
    },

    /** Pauses the schedules that the halt concerns; answers how many it paused. */
    async pauseSchedules(epoch: number): Promise<number> {
      return pauseSchedules(deps, await requireHalt(database, epoch));
    },

    /** Looks through Temporal's list of open workflows for anybody who was not told; true when there was none. */
    async sweep(epoch: number): Promise<boolean> {
      const halt = await requireHalt(database, epoch);
      return sweep(deps, halt, requestOf(halt), () => Context.current().heartbeat());
    },

    /** Writes the report, once. */
    async finish(epoch: number): Promise<{ readonly reportHash: string; readonly breaches: readonly string[] }> {
      const { report, hash } = await finishReport(database, epoch);
      return { reportHash: hash, breaches: breaches(report) };
    },
  };
}

export type HaltActivities = ReturnType<typeof createHaltActivities>;

async function engage(database: Database, input: HaltTradingInput, workflowId: string): Promise<EngagedHalt> {
  const { scope = 'global', mode = 'reduce-only', reason = '', actor = 'web-ui' } = input;
  const known = HALT_MODES.find((one) => one === mode);
  if (!isHaltScope(scope)) throw bad('scope', 'must be global, account:NAME, strategy:NAME or instrument:ID');
  if (known === undefined) throw bad('mode', `must be one of: ${HALT_MODES.join(', ')}`);
  if (reason.trim() === '') throw bad('reason', 'must say why');
  const { flatten = false, everything = false } = input;
  const wish = { scope, mode: known, flatten, everything, source: 'operator', reason, actor, workflowId } as const;
  const answer = await engageHalt(database, { ...wish, limited: false });
  if (answer.result === 'unknown_scope') throw bad('scope', 'names an account or instrument that does not exist');
  if (answer.result === 'too_soon') throw new Error('an unlimited halt was refused');
  return { epoch: answer.epoch, ours: answer.workflowId === workflowId };
}

function bad(field: string, rule: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(`${field} ${rule}`, 'InvalidHalt');
}

async function requireHalt(database: Database, epoch: number): Promise<Halt> {
  const halt = await findHalt(database, epoch);
  if (halt === undefined) throw ApplicationFailure.nonRetryable(`there is no halt ${epoch}`, 'InvalidHalt');
  return halt;
}

async function request(database: Database, epoch: number): Promise<HaltRequest> {
  return requestOf(await requireHalt(database, epoch));
}

function requestOf({ epoch, reason, flatten, everything }: Halt): HaltRequest {
  return { epoch, reason, flatten, everything };
}
