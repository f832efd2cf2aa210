import { engageHalt } from '../../database/halts';
import { HaltStore } from '../../database/halt-progress';
import type { HaltScope } from '../../domain/halt/halt';
import type { HaltRequest } from '../../temporal/messages/trade';
import { JournalLab } from '../../tests/support/journal-desk';
import type { Desk } from '../../tests/support/journal-desk';
import { tellTrades } from './tell-trades';

let lab: JournalLab;
let desk: Desk;
let halts: HaltStore;
beforeAll(async () => {
  lab = await JournalLab.open();
});
afterAll(() => lab.close());
beforeEach(async () => {
  desk = await lab.desk();
  halts = new HaltStore(desk.database);
});

async function engage(): Promise<HaltRequest> {
  const halt = await engageHalt(desk.database, {
    ...{ scope: `account:${desk.account}` as HaltScope, mode: 'reduce-only', flatten: false, everything: false },
    ...{ source: 'operator', reason: 'a test', actor: 'tester', limited: false },
  });
  if (!('epoch' in halt)) throw new Error(`not engaged: ${halt.result}`);
  return { epoch: halt.epoch, reason: 'a test' };
}

/** Tells all; each trade does `when` it hears of the halt, and time passes only where the telling waits. */
function tell(request: HaltRequest, when: (tradeId: string) => Promise<void>, waits: () => void = () => undefined) {
  const pause = async (ms: number): Promise<void> => {
    waits();
    await lab.wait(ms);
  };
  const away = (): never => {
    throw new Error('not part of telling');
  };
  return tellTrades(
    {
      ...{ database: desk.database, halts, pause, tellTrade: ({ tradeId }) => when(tradeId) },
      ...{ tellWorkflow: away, openWorkflows: away, schedules: away, pauseSchedule: away },
    },
    request,
    () => undefined,
  );
}

const acknowledge = (tradeId: string, { epoch }: HaltRequest): Promise<unknown> =>
  desk.trades.advance(tradeId, null, { halted: true, halt: { epoch, flatten: false } });

describe('telling the trades of a halt', () => {
  it('drains what was being sent meanwhile: the last trade does not have to be told for that', async () => {
    const entry = desk.order(await desk.trade('sending'), 'entry', 'buy', 1);
    await desk.approve(entry, 1);
    await desk.fence(entry);
    for (let n = 0; n < 60; n += 1) await desk.trade(`t-${n}`);
    const request = await engage();
    const drained: boolean[] = [];
    const count = await tell(request, async (tradeId) => {
      if (tradeId === entry.tradeId) await desk.record(entry, { kind: 'not-sent', message: 'never left' });
      drained.push((await halts.progress(request.epoch)).drainedAt !== null);
    });
    expect(count).toBe(61);
    // The first batch is told while it is being sent.
    expect(drained.slice(0, 50)).toEqual(Array.from({ length: 50 }, () => false));
    expect(drained.slice(50)).toEqual(Array.from({ length: 11 }, () => true));
  });

  it('waits for answers where many have none, and for nobody for ever', async () => {
    for (let n = 0; n < 260; n += 1) await desk.trade(`t-${n}`);
    const request = await engage();
    let waits = 0;
    const told: string[] = [];
    const count = await tell(
      request,
      (tradeId) => Promise.resolve(void told.push(tradeId)),
      () => (waits += 1),
    );
    expect([count, told.length]).toEqual([260, 260]);
    // Two seconds before each batch that finds no room: the fifth and the sixth.
    expect(waits).toBe(40);
  });

  it('passes over those that were told while others still answer; then they are told again', async () => {
    const silent = await desk.trade('silent');
    const slow = await desk.trade('slow');
    const request = await engage();
    const told: string[] = [];
    const once = (): Promise<number> => tell(request, (tradeId) => Promise.resolve(void told.push(tradeId)));
    expect([await once(), await once()]).toEqual([2, 0]);
    await lab.wait(4_900);
    await acknowledge(slow, request);
    await lab.wait(200);
    // Told more than five seconds ago, but somebody answered just now.
    expect(await once()).toBe(0);
    await lab.wait(4_900);
    told.length = 0;
    expect(await once()).toBe(1);
    expect(told).toEqual([silent]);
  });
});
