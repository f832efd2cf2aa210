import { engageHalt } from '../../database/halts';
import type { HaltWish } from '../../database/halts';
import { isGenuine, readReport } from '../../database/halt-report';
import { breaches } from '../../domain/halt/describe-report';
import type { HaltScope } from '../../domain/halt/halt';
import type { HaltReport } from '../../domain/halt/report';
import { instant } from '../../domain/clock/instant';
import { decimalString as d } from '../../domain/money/decimal';
import type { ClientOrderId, OrderTerms } from '../../domain/order/order';
import type { Dispatcher } from '../../temporal/dispatcher';
import { haltWorkflowId } from '../../temporal/messages/halt-trading';
import type { HaltTradingResult } from '../../temporal/messages/halt-trading';
import { ScriptedAnalysts } from '../support/scripted-analysts';
import { Stage } from '../support/stage';
import { heldAtVenue, summary } from '../support/venue-ledger';

describe('the workflow of a halt', () => {
  const analysts = new ScriptedAnalysts();
  let stage: Stage;
  let dispatcher: Dispatcher;
  let trading: { stop: () => Promise<void> };
  beforeEach(async () => {
    stage = await Stage.open({ parts: { strategies: analysts.strategies }, roles: ['orders', 'operations'] });
    trading = await stage.harness.work(['trade', 'analysis'], stage.wiring);
    dispatcher = stage.harness.dispatcher();
    dispatcher.start();
  });
  afterEach(async () => {
    analysts.release();
    await dispatcher.stop();
    await stage.close();
  });

  async function engage(changes: Partial<HaltWish> = {}): Promise<number> {
    const answer = await engageHalt(stage.harness.database, {
      scope: `account:${stage.harness.account}` as HaltScope,
      mode: 'reduce-only',
      flatten: false,
      everything: false,
      source: 'operator',
      reason: 'a test',
      actor: 'tester',
      limited: false,
      ...changes,
    });
    if (answer.result !== 'engaged') throw new Error(`not engaged: ${JSON.stringify(answer)}`);
    return answer.epoch;
  }

  /** Waits for the end of the halt's workflow; answers its report. */
  async function proven(epoch: number): Promise<HaltReport> {
    const { database, client } = stage.harness;
    let shown: unknown;
    await stage.harness.poll(
      `halt ${epoch} is not done`,
      async () => {
        const signed = await readReport(database, epoch);
        shown = signed?.report;
        return signed?.report.halt.finishedAt !== null;
      },
      () => shown,
    );
    const result = (await client.workflow.getHandle(haltWorkflowId(epoch)).result()) as HaltTradingResult;
    const signed = await readReport(database, epoch);
    if (signed === undefined) throw new Error('no report');
    expect(isGenuine(signed)).toBe(true);
    expect(result).toEqual({ epoch, reportHash: signed.hash, breaches: [] });
    return signed.report;
  }

  /** An order at the venue that is none of ours. */
  async function plant(instrument: string, id: string, terms: OrderTerms): Promise<void> {
    const clientOrderId = id as ClientOrderId;
    const { account } = stage.harness;
    const request = {
      clientOrderId,
      account,
      instrument,
      side: 'buy',
      quantity: d('3'),
      terms,
      timeInForce: 'GTC',
    } as const;
    const permit = { validUntil: instant(Date.now() + 60_000), stillValid: () => Promise.resolve(true) };
    expect(await stage.broker.submit(request, permit)).toMatchObject({ kind: 'acked' });
  }

  it('reaches trades wherever they are, leaves positions guarded, and proves it', async () => {
    const [first, second, third, fourth, fifth] = [1, 2, 3, 4, 5].map(() => stage.scene());
    if (!first || !second || !third || !fourth || !fifth) throw new Error('too few scenes');
    const analysing = await stage.start(first, { strategy: 'ponders' });
    const asking = await stage.start(second, { approvalDeadlineSeconds: 600 });
    const resting = await stage.start(third, { entry: { type: 'limit', price: d('97') } });
    const partial = await stage.start(fourth, { entry: { type: 'limit', price: d('99') } });
    const holding = await stage.start(fifth);
    const unstarted = await stage.harness.accept(
      'unstarted',
      { instrument: 'T9', direction: 'long', stopPrice: d('95'), approvalDeadlineSeconds: 600 },
      { start: false },
    );
    await stage.until(analysing, 'analysing', ({ phase }) => phase === 'analysing');
    await stage.until(asking, 'asking', ({ phase }) => phase === 'awaiting-approval');
    await stage.resting(resting);
    await stage.resting(partial);
    fourth.tape.once(99, 4);
    await stage.until(partial, 'partly filled', ({ position }) => position === '4');
    await stage.protected(holding);

    const report = await proven(await engage());
    expect(breaches(report)).toEqual([]);
    expect(report.progress).toMatchObject({
      trades: 6,
      unacknowledged: 0,
      entries: 0,
      unknown: 0,
      unguarded: 0,
      sending: 0,
    });
    for (const tradeId of [analysing, asking, resting, unstarted]) {
      expect(await stage.harness.row(tradeId)).toMatchObject({ phase: 'ended', outcome: 'halted', position: '0' });
    }
    expect(summary(await stage.ledger(partial))).toEqual(['entry/1 cancelled', 'stop/1 open']);
    expect(summary(await stage.ledger(holding))).toEqual(['entry/1 filled', 'stop/1 open']);
    const guarding = report.trades.filter(({ phase }) => phase !== 'ended');
    expect(guarding.map(({ tradeId, guarded }) => [tradeId, guarded]).sort()).toEqual(
      [
        [holding, true],
        [partial, true],
      ].sort(),
    );
    expect(report.trades.every(({ acknowledgedAt, endedAt }) => acknowledgedAt !== null || endedAt !== null)).toBe(
      true,
    );
    const [venue] = report.venues;
    const before = venue?.before?.orders.ours.map(({ leg }) => leg) ?? [];
    // The trades are not kept waiting for the first look: what it meets of their entries depends on who was faster.
    expect(before.filter((leg) => leg !== 'entry')).toEqual(['stop', 'stop']);
    expect(before.length).toBeLessThanOrEqual(4);
    expect(venue?.after).toMatchObject({ clean: true });
    expect(venue?.after?.orders.ours.map(({ leg }) => leg)).toEqual(['stop', 'stop']);
  });

  it('flattens what its scope holds, and nothing of anybody else', async () => {
    const [ours, theirs] = [stage.scene(), stage.scene()];
    await plant(theirs.instrument, 'f'.repeat(32), { type: 'market' });
    await plant(theirs.instrument, 'e'.repeat(32), { type: 'limit', price: d('90') });
    const holding = await stage.start(ours);
    await stage.protected(holding);

    const report = await proven(await engage({ mode: 'halt-all', flatten: true }));
    expect(breaches(report)).toEqual([]);
    expect(await stage.harness.row(holding)).toMatchObject({ outcome: 'halted', position: '0' });
    const ledger = await stage.ledger(holding);
    expect(summary(ledger)).toEqual(['entry/1 filled', 'stop/1 cancelled', 'exit/1 filled']);
    expect(heldAtVenue(ledger)).toBe(0);
    expect(report.sends.reducing.map(({ intent }) => intent)).toEqual([`${holding}/exit/1`]);
    const [venue] = report.venues;
    expect(venue?.after).toMatchObject({
      clean: true,
      orders: { ours: [], foreign: [{ instrument: theirs.instrument }] },
      positions: { ours: [], foreign: [{ instrument: theirs.instrument, quantity: '3' }] },
    });
  });

  it('takes over a trade whose workflow does not answer, and closes its position itself', async () => {
    const scene = stage.scene();
    const holding = await stage.start(scene);
    await stage.protected(holding);
    await trading.stop();
    const report = await proven(await engage({ flatten: true }));
    expect(breaches(report)).toEqual([]);
    const [trade] = report.trades;
    expect(trade).toMatchObject({ tradeId: holding, acknowledgedAt: null, outcome: 'halted', position: '0' });
    expect(trade?.takenOverAt).not.toBeNull();
    expect(summary(await stage.ledger(holding))).toEqual(['entry/1 filled', 'stop/1 cancelled', 'exit/1 filled']);

    // Its own workflow finds everything done.
    await stage.harness.work(['trade', 'analysis'], stage.wiring);
    expect(await stage.harness.handle(holding).result()).toMatchObject({ outcome: 'halted' });
  });
});
