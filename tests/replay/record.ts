// npx tsx tests/replay/record.ts: runs one trade down each path on servers of its own and stores its history.
// To be run when a change of the workflows is meant, and at each release; the old files stay as long as trades that began
// under them may be open.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { decimalString as d } from '../../domain/money/decimal';
import type { SubmitOutcome } from '../../domain/order/broker';
import type { TradeSpec } from '../../domain/trade/spec';
import { approveUpdate, cancelUpdate, exitUpdate, haltSignal, rejectUpdate } from '../../temporal/messages/trade';
import { startOwnServers } from '../support/own-servers';
import { ScriptedAnalysts } from '../support/scripted-analysts';
import { Stage } from '../support/stage';
import type { Scene } from '../support/stage';

const HISTORIES = join(__dirname, 'histories');
const BY = { args: [{ by: 'recorder' }] as [{ by: string }] };
const UNKNOWN: SubmitOutcome = { kind: 'unknown', message: 'the line broke' };

type Play = (stage: Stage, scene: Scene) => Promise<string>;

/** Starts a trade, lets it come to a phase, and does something to it. */
function whenIn(
  phase: string,
  spec: Partial<TradeSpec>,
  act: (stage: Stage, scene: Scene, id: string) => Promise<unknown>,
): Play {
  return async (stage, scene) => {
    const tradeId = await stage.start(scene, spec);
    if (phase === 'protected') await stage.protected(tradeId);
    else if (phase === 'resting') await stage.resting(tradeId);
    else await stage.until(tradeId, phase, (facts) => facts.phase === phase);
    await act(stage, scene, tradeId);
    return tradeId;
  };
}

function price(scene: Scene, to: number): Promise<void> {
  scene.tape.set(to);
  return Promise.resolve();
}

const LIMIT: Partial<TradeSpec> = { entry: { type: 'limit', price: d('97') } };

/** One trade for each path through the workflow. */
const PLAYS: Readonly<Record<string, Play>> = {
  'operator-exit': whenIn('protected', {}, (stage, _, id) => stage.harness.handle(id).executeUpdate(exitUpdate, BY)),
  'stop-at-venue': whenIn('protected', {}, (_, scene) => price(scene, 94)),
  'take-profit': whenIn('protected', { takeProfitPrice: d('103') }, (_, scene) => price(scene, 104)),
  'cancelled-resting': whenIn('resting', LIMIT, (stage, _, id) =>
    stage.harness.handle(id).executeUpdate(cancelUpdate, BY),
  ),
  'rejected-by-risk': (stage, scene) => stage.start(scene, { stopPrice: d('105') }),
  neutral: (stage, scene) => stage.start(scene, { strategy: 'neutral' }),
  'approved-then-exit': whenIn('awaiting-approval', { approvalDeadlineSeconds: 600 }, async (stage, _, id) => {
    await stage.harness.handle(id).executeUpdate(approveUpdate, { args: [{ by: 'boss', maxQuantity: d('4') }] });
    await stage.protected(id);
    await stage.harness.handle(id).executeUpdate(exitUpdate, BY);
  }),
  'approval-refused': whenIn('awaiting-approval', { approvalDeadlineSeconds: 600 }, (stage, _, id) =>
    stage.harness.handle(id).executeUpdate(rejectUpdate, BY),
  ),
  'halted-while-managing': whenIn('protected', {}, async (stage, _, id) => {
    await stage.harness.handle(id).signal(haltSignal, { epoch: 1, reason: 'recording' });
    await stage.until(id, 'halted', ({ halted }) => halted);
    await stage.harness.handle(id).executeUpdate(exitUpdate, BY);
  }),
  'answer-lost': async (stage, scene) => {
    loseFirst(stage, scene, true);
    const tradeId = await stage.start(scene);
    await stage.protected(tradeId);
    await stage.harness.handle(tradeId).executeUpdate(exitUpdate, BY);
    return tradeId;
  },
  'request-lost': async (stage, scene) => {
    loseFirst(stage, scene, false);
    const tradeId = await stage.start(scene);
    await stage.protected(tradeId);
    await stage.harness.handle(tradeId).executeUpdate(exitUpdate, BY);
    return tradeId;
  },
};

/** The first order loses its answer, or its request; all later ones arrive. */
function loseFirst(stage: Stage, { instrument }: Scene, arrives: boolean): void {
  let first = true;
  stage.broker.fault(instrument, {
    submit: async (_, send, permit) => {
      if (!first) return send(permit);
      first = false;
      if (arrives) await send(permit);
      return UNKNOWN;
    },
  });
}

async function record(stage: Stage, name: string, play: Play): Promise<void> {
  const tradeId = await play(stage, stage.scene());
  const handle = stage.harness.handle(tradeId);
  await handle.result();
  const json = historyToJSON(await handle.fetchHistory());
  // Who recorded it, and where, is nobody's business.
  const text = json
    .replaceAll(/"identity": *"[^"]*"/g, '"identity": "recorder"')
    .replaceAll(/"\d+@[^"]*"/g, '"recorder"');
  writeFileSync(join(HISTORIES, `${name}.json`), `${text}\n`);
  console.log(`${name}: ${tradeId}`);
}

async function main(): Promise<void> {
  mkdirSync(HISTORIES, { recursive: true });
  const servers = await startOwnServers('record');
  process.env['TEST_DATABASE_URL'] = servers.databaseUrl;
  try {
    const analysts = new ScriptedAnalysts();
    const stage = await Stage.open({
      temporalAddress: servers.temporalAddress,
      parts: { strategies: analysts.strategies },
    });
    try {
      for (const [name, play] of Object.entries(PLAYS)) await record(stage, name, play);
    } finally {
      await stage.close();
    }
  } finally {
    await servers.stop();
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
