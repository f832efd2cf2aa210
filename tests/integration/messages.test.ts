import { WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure, defaultPayloadConverter } from '@temporalio/common';
import { decimalString as d } from '../../domain/money/decimal';
import { TRADE_ACTIONS } from '../../domain/trade/phase';
import type { TradeAction, TradePhase } from '../../domain/trade/phase';
import type { TradeSpec } from '../../domain/trade/spec';
import { ACTION_NOT_POSSIBLE, stateQuery, timelineQuery } from '../../temporal/messages/trade';
import { ScriptedAnalysts } from '../support/scripted-analysts';
import { Stage } from '../support/stage';

/** What the Web UI asks a workflow about itself. */
interface Metadata {
  readonly currentDetails: string;
  readonly definition: Record<
    'signalDefinitions' | 'updateDefinitions' | 'queryDefinitions',
    readonly { readonly name: string; readonly description?: string }[]
  >;
}

describe('the messages of a trade', () => {
  const analysts = new ScriptedAnalysts();
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open({ parts: { strategies: analysts.strategies } });
  });
  afterAll(async () => {
    analysts.release();
    await stage.close();
  });

  const farLimit = { type: 'limit', price: d('97') } as const;

  /** Waits until the trade itself says that it is in a phase; its row may say so a moment earlier. */
  const says = (tradeId: string, phase: TradePhase): Promise<void> =>
    stage.harness.poll(`${tradeId} does not say ${phase}`, async () => {
      return (await stage.harness.handle(tradeId).query(stateQuery)).phase === phase;
    });

  async function inPhase(phase: TradePhase, spec: Partial<TradeSpec>): Promise<string> {
    const tradeId = await stage.start(stage.scene(), spec);
    await says(tradeId, phase);
    return tradeId;
  }

  const ask = (tradeId: string, action: TradeAction, updateId?: string, by = 'tester'): Promise<unknown> =>
    stage.harness.handle(tradeId).executeUpdate(action, {
      args: [{ by }],
      ...(updateId === undefined ? {} : { updateId }),
    });

  /** Why an update was refused. */
  async function refusal(update: Promise<unknown>): Promise<ApplicationFailure> {
    const error = await update.catch((reason: unknown) => reason);
    if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) return error.cause;
    throw new Error('the update was not refused');
  }

  it.concurrent.each<[TradePhase, readonly TradeAction[], Partial<TradeSpec>]>([
    ['analysing', ['cancel'], { strategy: 'ponders' }],
    ['awaiting-approval', ['approve', 'reject', 'cancel'], { approvalDeadlineSeconds: 600 }],
    ['executing', ['exit', 'cancel'], { entry: farLimit }],
    ['managing', ['exit', 'cancel'], {}],
  ])('are refused while it is %s, naming what is possible: %j', async (phase, possible, spec) => {
    const tradeId = await inPhase(phase, spec);
    for (const action of TRADE_ACTIONS.filter((one) => !possible.includes(one))) {
      const failure = await refusal(ask(tradeId, action));
      expect(failure.type).toBe(ACTION_NOT_POSSIBLE);
      expect(failure.details).toEqual([{ phase, possible }]);
    }
    expect((await stage.harness.trades.facts(tradeId)).requests).toEqual({});
    expect((await stage.harness.row(tradeId)).phase).toBe(phase);
    const { events } = await stage.harness.handle(tradeId).fetchHistory();
    expect(events?.some((event) => event.workflowExecutionUpdateAcceptedEventAttributes)).toBe(false);
  });

  it.concurrent('get the same answer when they are repeated under one id, and count once', async () => {
    const scene = stage.scene();
    const tradeId = await stage.start(scene);
    await stage.protected(tradeId);
    scene.tape.set(100, 0);
    const first = await ask(tradeId, 'exit', 'request-1');
    expect(first).toEqual({ phase: 'managing', halted: false, attention: null, position: '10' });
    await says(tradeId, 'exiting');
    expect(await ask(tradeId, 'exit', 'request-1')).toEqual(first);
    expect((await refusal(ask(tradeId, 'exit', 'request-2'))).type).toBe(ACTION_NOT_POSSIBLE);
    const { rows } = await stage.harness.database.query(
      `SELECT name FROM trade_events WHERE trade_id = $1 AND kind = 'request'`,
      [tradeId],
    );
    expect(rows).toEqual([{ name: 'exit' }]);
    scene.tape.set(100);
    await stage.ended(tradeId);
  });

  it.concurrent('count as those of the person who asked first', async () => {
    const tradeId = await inPhase('executing', { entry: farLimit });
    await Promise.all([
      ask(tradeId, 'cancel', 'a', 'first'),
      ask(tradeId, 'cancel', 'b', 'second').catch(() => undefined),
    ]);
    const facts = await stage.ended(tradeId);
    expect(facts.outcome).toBe('cancelled');
    expect(['first', 'second']).toContain(facts.requests.cancel?.by);
    expect(Object.keys(facts.requests)).toEqual(['cancel']);
  });

  it.concurrent('tell where it stands and how it came there, also after its end', async () => {
    const scene = stage.scene();
    const tradeId = await stage.start(scene, { strategy: 'long', approvalDeadlineSeconds: 600 });
    await stage.until(tradeId, 'asking', ({ phase }) => phase === 'awaiting-approval');
    const handle = stage.harness.handle(tradeId);
    expect(await handle.query(stateQuery)).toEqual({
      phase: 'awaiting-approval',
      halted: false,
      attention: null,
      position: '0',
    });
    await ask(tradeId, 'approve');
    await stage.protected(tradeId);
    await ask(tradeId, 'exit');
    await handle.result();
    expect(await handle.query(stateQuery)).toMatchObject({ phase: 'ended', position: '0' });
    const timeline = await handle.query(timelineQuery);
    expect(timeline.map(({ phase }) => phase)).toEqual([
      'accepted',
      'analysing',
      'checking-risk',
      'awaiting-approval',
      'checking-risk',
      'executing',
      'managing',
      'exiting',
      'ended',
    ]);
    expect([...timeline].sort((a, b) => a.at.localeCompare(b.at))).toEqual(timeline);
  });

  it.concurrent('and its attributes let operators find it by phase, account, side and outcome', async () => {
    const scene = stage.scene();
    const tradeId = await stage.start(scene);
    await stage.protected(tradeId);
    const where = `TradeAccount = '${stage.harness.account}' AND TradeInstrument = '${scene.instrument}'`;
    await found(tradeId, `${where} AND TradePhase = 'managing' AND TradeSide = 'long' AND Halted = false`);
    await found(
      tradeId,
      `${where} AND TradeStrategy = 'manual' AND TradeMode = 'paper' AND KillEpoch = 0 AND Notional > 999`,
    );
    await ask(tradeId, 'exit');
    await found(tradeId, `${where} AND TradePhase = 'ended' AND TradeOutcome = 'completed'`);
  });

  /** Visibility follows with a delay. */
  async function found(tradeId: string, query: string): Promise<void> {
    await stage.harness.poll(`no workflow with ${query}`, async () => {
      for await (const { workflowId } of stage.harness.client.workflow.list({ query })) {
        return workflowId === `trade:${tradeId}`;
      }
      return false;
    });
  }

  it.concurrent('are explained in the Web UI, as are its steps and where it stands', async () => {
    const tradeId = await stage.start(stage.scene());
    await stage.protected(tradeId);
    const handle = stage.harness.handle(tradeId);
    const { currentDetails, definition } = await handle.query<Metadata>('__temporal_workflow_metadata');
    expect(currentDetails).toContain(`### long ${(await stage.harness.trades.facts(tradeId)).instrument.id}`);
    expect(currentDetails).toContain('holding 10');
    expect(currentDetails).toContain('| stop/1 | sell 10 | stop 95 | open | 0 | 1 |');
    const updates = definition.updateDefinitions.map(({ name, description }) => [name, (description ?? '') !== '']);
    expect(Object.fromEntries(updates)).toEqual({ approve: true, reject: true, exit: true, cancel: true });
    expect(definition.signalDefinitions.map(({ name }) => name).sort()).toEqual(['halt', 'orderEvent']);
    expect(definition.queryDefinitions.map(({ name }) => name)).toEqual(expect.arrayContaining(['state', 'timeline']));

    expect(await (await handle.describe()).staticSummary()).toBe(
      `manual trade in ${(await stage.harness.trades.facts(tradeId)).instrument.id} on account ${stage.harness.account} (paper)`,
    );
    const { events } = await handle.fetchHistory();
    const summaries = (events ?? []).flatMap(({ userMetadata }) =>
      userMetadata?.summary ? [defaultPayloadConverter.fromPayload<string>(userMetadata.summary)] : [],
    );
    expect(summaries).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^buy 10 T\d+ market \(entry, attempt 1\)$/),
        expect.stringMatching(/^sell 10 T\d+ stop at 95 \(stop, attempt 1\)$/),
        'guarding the position',
      ]),
    );
  });
});
