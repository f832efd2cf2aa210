import { engageHalt, releaseHalt } from '../../database/halts';
import type { HaltScope } from '../../domain/halt/halt';
import { decimalString as d } from '../../domain/money/decimal';
import { approveUpdate, cancelUpdate, exitUpdate, haltSignal, orderEventSignal } from '../../temporal/messages/trade';
import {
  REPEAT_ANALYSIS_WORKFLOW,
  repeatAnalysisWorkflowId,
  repeatHaltSignal,
} from '../../temporal/messages/repeat-analysis';
import { TRADE_QUEUE } from '../../temporal/messages/task-queues';
import { startRepeat } from '../../temporal/start-workflows';
import { watchAccountWorkflowId } from '../../temporal/messages/watch-account';
import { startHaltWorkflow } from '../../temporal/start-workflows';
import type { ReplayStage } from '../support/replay-stage';
import type { Stage } from '../support/stage';

/** The stages that a recording plays on. */
export interface Stages {
  readonly stage: Stage;
  /** Its server calls a history long after forty events. */
  readonly short: Stage;
  /** Has an account `closed` whose clock stands before an open, for one trade. */
  readonly replay: ReplayStage;
}

/** A way that a trade can take, played to its end; answers the trade. */
export type Scenario = (stages: Stages) => Promise<string>;

const by = 'recorder';

async function exit({ harness }: Stage | ReplayStage, tradeId: string): Promise<void> {
  await harness.handle(tradeId).executeUpdate(exitUpdate, { args: [{ by }] });
}

async function asking(stage: Stage): Promise<string> {
  const tradeId = await stage.start(stage.scene(), { approvalDeadlineSeconds: 600 });
  await stage.until(tradeId, 'asking', ({ phase }) => phase === 'awaiting-approval');
  return tradeId;
}

async function finish(stage: Stage | ReplayStage, tradeId: string): Promise<string> {
  await stage.ended(tradeId);
  await stage.harness.handle(tradeId).result();
  return tradeId;
}

/** Every way that changes of the workflows must go on to understand, by the name of its file in `histories/`. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'completed-by-exit': async ({ stage }) => {
    const tradeId = await stage.start(stage.scene(), { strategy: 'long' });
    await stage.protected(tradeId);
    await exit(stage, tradeId);
    return finish(stage, tradeId);
  },

  'completed-by-stop': async ({ stage }) => {
    const scene = stage.scene();
    const tradeId = await stage.start(scene);
    await stage.protected(tradeId);
    scene.tape.set(94);
    return finish(stage, tradeId);
  },

  'completed-in-parts': async ({ stage }) => {
    const scene = stage.scene();
    const tradeId = await stage.start(scene, { entry: { type: 'limit', price: d('99') }, takeProfitPrice: d('102') });
    await stage.resting(tradeId);
    for (const filled of ['3', '6', '9', '10']) {
      scene.tape.once(99, 3);
      await stage.until(tradeId, `holding ${filled}`, ({ position }) => position === filled);
    }
    await stage.protected(tradeId);
    scene.tape.set(103);
    return finish(stage, tradeId);
  },

  'no-trade': async ({ stage }) => finish(stage, await stage.start(stage.scene(), { strategy: 'neutral' })),

  'rejected-by-risk': async ({ stage }) => finish(stage, await stage.start(stage.scene(), { stopPrice: d('105') })),

  'rejected-by-venue': async ({ stage }) => {
    const scene = stage.scene();
    stage.broker.fault(scene.instrument, {
      submit: () =>
        Promise.resolve({ kind: 'rejected', code: 'insufficient_funds', venueCode: '-2010', message: 'no money' }),
    });
    return finish(stage, await stage.start(scene));
  },

  approved: async ({ stage }) => {
    const tradeId = await asking(stage);
    await stage.harness.handle(tradeId).executeUpdate(approveUpdate, { args: [{ by, maxQuantity: d('4') }] });
    await stage.protected(tradeId);
    await exit(stage, tradeId);
    return finish(stage, tradeId);
  },

  'approval-timed-out': async ({ stage }) =>
    finish(stage, await stage.start(stage.scene(), { approvalDeadlineSeconds: 1 })),

  cancelled: async ({ stage }) => {
    const tradeId = await stage.start(stage.scene(), { entry: { type: 'limit', price: d('97') } });
    await stage.resting(tradeId);
    await stage.harness.handle(tradeId).executeUpdate(cancelUpdate, { args: [{ by }] });
    return finish(stage, tradeId);
  },

  'cancelled-while-analysed': async ({ stage }) => {
    const tradeId = await stage.start(stage.scene(), { strategy: 'ponders' });
    await stage.until(tradeId, 'analysing', ({ phase }) => phase === 'analysing');
    await stage.harness.handle(tradeId).executeUpdate(cancelUpdate, { args: [{ by }] });
    return finish(stage, tradeId);
  },

  expired: async ({ stage }) =>
    finish(
      stage,
      await stage.start(stage.scene(), { entry: { type: 'limit', price: d('97') }, unfilledTimeoutSeconds: 1 }),
    ),

  'halted-before-entry': async ({ stage }) => {
    const tradeId = await asking(stage);
    await stage.harness.handle(tradeId).signal(haltSignal, { epoch: 1, reason: by });
    return finish(stage, tradeId);
  },

  'halted-with-position': async ({ stage }) => {
    const tradeId = await stage.start(stage.scene());
    await stage.protected(tradeId);
    await stage.harness.handle(tradeId).signal(haltSignal, { epoch: 1, reason: by });
    await stage.until(tradeId, 'halted', ({ halted }) => halted);
    await exit(stage, tradeId);
    return finish(stage, tradeId);
  },

  'halted-before-entry-at-once': async ({ stage }) => {
    const tradeId = await asking(stage);
    await stage.harness.handle(tradeId).signal(haltSignal, { epoch: 1, reason: by, flatten: true });
    return finish(stage, tradeId);
  },

  'halted-in-one-step': async ({ stage }) => {
    const tradeId = await asking(stage);
    await stage.harness.handle(tradeId).signal(haltSignal, { epoch: 1, reason: by });
    return finish(stage, tradeId);
  },

  'halted-while-analysed': async ({ stage }) => {
    const tradeId = await stage.start(stage.scene(), { strategy: 'ponders' });
    await stage.until(tradeId, 'analysing', ({ phase }) => phase === 'analysing');
    await stage.harness.handle(tradeId).signal(haltSignal, { epoch: 1, reason: by });
    return finish(stage, tradeId);
  },

  'halted-while-sending': async ({ stage }) => {
    const scene = stage.scene();
    let release: () => void = () => undefined;
    const told = new Promise<void>((resolve) => {
      release = resolve;
    });
    stage.broker.fault(scene.instrument, {
      submit: async ({ side }, send, permit) => {
        const outcome = await send(permit);
        // The entry is at the venue, and its answer comes only after the halt.
        if (side === 'buy') await told;
        return outcome;
      },
    });
    const tradeId = await stage.start(scene);
    await stage.until(tradeId, 'sending', ({ orders }) => orders.some(({ state }) => state === 'sending'));
    await stage.harness.handle(tradeId).signal(haltSignal, { epoch: 1, reason: by, flatten: true });
    await stage.until(tradeId, 'halted', ({ halted }) => halted);
    release();
    return finish(stage, tradeId);
  },

  'unknown-and-found': async ({ stage }) => {
    const scene = stage.scene();
    let lost = 0;
    stage.broker.fault(scene.instrument, {
      submit: async (_, send, permit) => {
        const outcome = await send(permit);
        return lost++ === 0 ? { kind: 'unknown', message: 'the answer was lost' } : outcome;
      },
    });
    const tradeId = await stage.start(scene);
    await stage.protected(tradeId);
    await exit(stage, tradeId);
    return finish(stage, tradeId);
  },

  'unknown-and-sent-again': async ({ stage }) => {
    const scene = stage.scene();
    let lost = 0;
    stage.broker.fault(scene.instrument, {
      submit: (_, send, permit) =>
        lost++ === 0 ? Promise.resolve({ kind: 'unknown', message: 'the request was lost' }) : send(permit),
    });
    const tradeId = await stage.start(scene);
    await stage.protected(tradeId);
    await exit(stage, tradeId);
    return finish(stage, tradeId);
  },

  'stop-emulated': async ({ stage }) => {
    const scene = stage.scene();
    stage.broker.fault(scene.instrument, {
      submit: (request, send, permit) =>
        request.terms.type === 'stop'
          ? Promise.resolve({ kind: 'rejected', code: 'not_supported', venueCode: '-1', message: 'no stops' })
          : send(permit),
    });
    const tradeId = await stage.start(scene);
    await stage.until(tradeId, 'guarded', ({ protection }) => protection?.emulated === true);
    scene.tape.set(94);
    return finish(stage, tradeId);
  },

  'books-differ': async ({ stage }) => {
    const scene = stage.scene();
    const tradeId = await stage.start(scene);
    const { orders } = await stage.protected(tradeId);
    const stop = orders.find((o) => o.leg === 'stop')?.clientOrderId;
    stage.broker.fault(scene.instrument, {
      find: (id, look) => (id === stop ? Promise.resolve({ kind: 'not-found' }) : look()),
    });
    scene.tape.set(94);
    return finish(stage, tradeId);
  },

  restarted: async ({ stage }) => {
    const tradeId = await stage.start(stage.scene());
    await stage.protected(tradeId);
    await stage.harness.handle(tradeId).terminate(by);
    await stage.harness.dispatcher().dispatch(Date.now());
    await exit(stage, tradeId);
    return finish(stage, tradeId);
  },

  'continued-as-new': async ({ short }) => {
    const tradeId = await short.start(short.scene());
    await short.protected(tradeId);
    const handle = short.harness.handle(tradeId);
    const first = (await handle.describe()).runId;
    await short.harness.poll('it did not continue as new', async () => {
      await handle.signal(orderEventSignal);
      return (await handle.describe()).runId !== first;
    });
    await exit(short, tradeId);
    return finish(short, tradeId);
  },

  'model-failed': async ({ stage }) => finish(stage, await stage.start(stage.scene(), { strategy: 'llm' })),

  'waited-for-open': async ({ replay }) => {
    const tradeId = await replay.start('closed', { stopPrice: d('2700') });
    await replay.until(tradeId, 'awaiting the open', ({ phase }) => phase === 'awaiting-open');
    await replay.moveClock('closed', '2018-07-10T13:31:00Z');
    await replay.guarded(tradeId);
    await exit(replay, tradeId);
    return finish(replay, tradeId);
  },
};

/** Workflows whose histories are kept beside those of the trades; played once, each answers its workflow. */
export const OTHERS: Readonly<Record<string, (stages: Stages) => Promise<string>>> = {
  watcher: ({ stage }) => Promise.resolve(watchAccountWorkflowId(stage.harness.account)),

  'repeated-analysis': async ({ stage }) => {
    const repeatId = `${stage.harness.account}:recorded/repeat/r`;
    await startRepeat(stage.harness.client, { repeatId, times: 5 });
    const workflowId = repeatAnalysisWorkflowId(repeatId);
    await stage.harness.client.workflow.getHandle(workflowId).result();
    return workflowId;
  },

  'repeat-halted': async ({ stage }) => {
    const repeatId = `${stage.harness.account}:recorded/repeat/h`;
    const workflowId = repeatAnalysisWorkflowId(repeatId);
    const handle = stage.harness.client.workflow.getHandle(workflowId);
    await stage.harness.client.workflow.signalWithStart(REPEAT_ANALYSIS_WORKFLOW, {
      workflowId,
      taskQueue: TRADE_QUEUE,
      args: [{ repeatId, times: 5 }],
      signal: repeatHaltSignal,
      signalArgs: [{ epoch: 1, reason: by }],
    });
    await handle.result();
    return workflowId;
  },

  // Last: these halt the account that the others trade on.
  halt: ({ stage }) => playHalt(stage),
  'halt-secures-while-telling': async ({ stage }) => {
    await stage.resting(await stage.start(stage.scene(), { entry: { type: 'limit', price: d('97') } }));
    return playHalt(stage);
  },
};

/** Halts the account of a stage, plays the halt's own workflow to its end and releases the account; answers the workflow's id. */
async function playHalt({ harness }: Stage): Promise<string> {
  const scope = `account:${harness.account}` as HaltScope;
  const halt = await engageHalt(harness.database, {
    ...{ scope, mode: 'reduce-only', flatten: false, everything: false },
    ...{ source: 'operator', reason: by, actor: by, limited: false },
  });
  if (!('epoch' in halt)) throw new Error(`not engaged: ${halt.result}`);
  await startHaltWorkflow(harness.client, halt);
  await harness.client.workflow.getHandle(halt.workflowId).result();
  await releaseHalt(harness.database, { scope, reason: by, actor: by });
  return halt.workflowId;
}
