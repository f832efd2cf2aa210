import { decimalString } from '../domain/money/decimal';
import { JournalLab, MONDAY, TIMINGS } from '../tests/support/journal-desk';
import type { Desk } from '../tests/support/journal-desk';
import type { JournalledOrder } from './journal';

let lab: JournalLab;
let desk: Desk;
let entry: JournalledOrder;
beforeAll(async () => {
  lab = await JournalLab.open();
});
afterAll(() => lab.close());

/** An entry whose attempt was fenced at MONDAY and has had no answer. */
beforeEach(async () => {
  await lab.setClock(MONDAY);
  desk = await lab.desk();
  entry = desk.order(await desk.trade(), 'entry', 'buy', 10);
  await desk.approve(entry, 10);
  await desk.fence(entry);
});

const ABSENT = { kind: 'not-found' } as const;
/** From here on absence counts: validity, the venue's slowest clock, its read lag. */
const CERTAIN = MONDAY + TIMINGS.validityWindow + TIMINGS.clockSkew + TIMINGS.readLag;
const attention = async (): Promise<string | null> => (await desk.trades.facts(entry.tradeId)).attention;
const lookups = async (): Promise<readonly string[]> => {
  const { rows } = await desk.database.query<{ result: string }>(
    'SELECT result FROM order_lookups WHERE client_order_id = $1 ORDER BY id',
    [entry.request.clientOrderId],
  );
  return rows.map(({ result }) => result);
};

describe('an order that a look-up found', () => {
  it('is what the venue shows, at any time', async () => {
    const found = { kind: 'found', order: desk.shown(entry, 'open', 3), fills: [desk.fill(entry, '1', 3)] } as const;
    expect(await desk.lookUp(entry, found)).toMatchObject({
      verdict: 'found',
      n: 1,
      waitMs: 0,
      order: { state: 'partial', booked: '3' },
    });
    expect(await desk.attempts(entry)).toEqual(['acked']);
    expect(await lookups()).toEqual(['found']);
  });

  it('stays in doubt when it does not match, and a person must look', async () => {
    const other = desk.shown(entry, 'open', 0, { quantity: decimalString('9') });
    expect(await desk.lookUp(entry, { kind: 'found', order: other, fills: [] })).toMatchObject({ verdict: 'again' });
    expect(await desk.facts(entry)).toMatchObject({ state: 'unknown', venueOrderId: null });
    expect(await lookups()).toEqual(['mismatch']);
    expect(await attention()).toBe('unknown_order');
  });

  it('counts even after its absence was taken for certain', async () => {
    await lab.setClock(CERTAIN + TIMINGS.readLag);
    await desk.lookUp(entry, ABSENT, CERTAIN);
    expect(await desk.lookUp(entry, ABSENT)).toMatchObject({ verdict: 'not-found', order: { state: 'created' } });
    const found = { kind: 'found', order: desk.shown(entry, 'open', 0), fills: [] } as const;
    expect(await desk.lookUp(entry, found)).toMatchObject({ verdict: 'found', order: { state: 'open' } });
    expect(await desk.fence(entry, { n: 2 })).toMatchObject({ result: 'done' });
  });
});

describe('an order that a look-up did not find', () => {
  it('is absent when it was missed twice, a lag apart, after every clock and lag; then the next attempt may follow', async () => {
    await lab.setClock(CERTAIN);
    expect(await desk.lookUp(entry, ABSENT)).toMatchObject({ verdict: 'again', waitMs: TIMINGS.readLag });
    await lab.wait(TIMINGS.readLag - 1);
    expect(await desk.lookUp(entry, ABSENT)).toMatchObject({ verdict: 'again' });
    expect(await desk.fence(entry, { n: 2 })).toMatchObject({ result: 'unknown' });
    await lab.wait(1);
    expect(await desk.lookUp(entry, ABSENT)).toMatchObject({ verdict: 'not-found', n: 1, waitMs: 0 });
    expect(await desk.facts(entry)).toMatchObject({ state: 'created', attempts: 1 });
    expect(await desk.fence(entry, { n: 2 })).toMatchObject({ result: 'go' });
    expect(await lookups()).toEqual(['not-found', 'not-found', 'not-found']);
  });

  it('may still arrive before that, and the answer says how long', async () => {
    await lab.setClock(CERTAIN - 1);
    expect(await desk.lookUp(entry, ABSENT)).toMatchObject({ verdict: 'again', waitMs: 50 });
    await lab.setClock(MONDAY + 500);
    const certain = TIMINGS.validityWindow + TIMINGS.clockSkew + TIMINGS.readLag;
    expect(await desk.lookUp(entry, ABSENT)).toMatchObject({ verdict: 'again', waitMs: certain - 500 });
    expect(await lookups()).toEqual(['too-early', 'too-early']);
  });

  it('was missed when the venue was asked, however late that is stored', async () => {
    // Both were asked before the request arrived, and held up on the way back.
    await lab.setClock(CERTAIN + 5_000);
    expect(await desk.lookUp(entry, ABSENT, MONDAY + 10)).toMatchObject({ verdict: 'again' });
    expect(await desk.lookUp(entry, ABSENT, MONDAY + 1_000)).toMatchObject({ verdict: 'again' });
    await lab.wait(5_000);
    expect(await desk.lookUp(entry, ABSENT, CERTAIN - 1)).toMatchObject({ verdict: 'again' });
    expect(await lookups()).toEqual(['too-early', 'too-early', 'too-early']);
    expect(await desk.attempts(entry)).toEqual(['unknown']);
  });

  it('was asked no later than now, whatever the caller says', async () => {
    expect(await desk.lookUp(entry, ABSENT, CERTAIN)).toMatchObject({ verdict: 'again' });
    expect(await lookups()).toEqual(['too-early']);
  });

  it('is waited for anew when its permit was renewed', async () => {
    await lab.setClock(MONDAY + 1_000);
    await desk.renew(entry);
    await lab.setClock(CERTAIN);
    await desk.lookUp(entry, ABSENT);
    await lab.setClock(CERTAIN + 1_000);
    await desk.lookUp(entry, ABSENT);
    expect(await lookups()).toEqual(['too-early', 'not-found']);
  });

  it('may have been forgotten by the venue: past its retention absence shows nothing', async () => {
    await lab.setClock(MONDAY + TIMINGS.retention + 1);
    await desk.lookUp(entry, ABSENT);
    await lab.wait(1_000);
    expect(await desk.lookUp(entry, ABSENT)).toMatchObject({ verdict: 'again', order: { state: 'unknown' } });
    expect(await lookups()).toEqual(['inconclusive', 'inconclusive']);
  });

  it('was not missed where the venue did not answer', async () => {
    await lab.setClock(CERTAIN);
    await desk.lookUp(entry, { kind: 'inconclusive', message: 'down' });
    await lab.wait(TIMINGS.readLag);
    await desk.lookUp(entry, ABSENT);
    expect(await lookups()).toEqual(['inconclusive', 'not-found']);
    expect(await desk.attempts(entry)).toEqual(['unknown']);
  });

  it('of the last attempt only: what an earlier one missed does not count for the next', async () => {
    await lab.setClock(CERTAIN);
    await desk.lookUp(entry, ABSENT);
    await lab.wait(TIMINGS.readLag);
    await desk.lookUp(entry, ABSENT);
    await desk.fence(entry, { n: 2 });
    const certain = TIMINGS.validityWindow + TIMINGS.clockSkew + TIMINGS.readLag;
    await lab.wait(certain);
    expect(await desk.lookUp(entry, ABSENT)).toMatchObject({ verdict: 'again', n: 2 });
  });

  it('becomes unsent when it was given up meanwhile', async () => {
    await desk.journal.close(entry);
    await lab.setClock(CERTAIN);
    await desk.lookUp(entry, ABSENT);
    await lab.wait(TIMINGS.readLag);
    expect(await desk.lookUp(entry, ABSENT)).toMatchObject({ verdict: 'not-found', order: { state: 'unsent' } });
  });
});

describe('a look-up', () => {
  it('takes the permit away from a sender that stalls', async () => {
    await desk.lookUp(entry, ABSENT);
    expect(await desk.renew(entry)).toEqual({ ok: false, code: 'attempt_lost' });
  });

  it('calls for a person while the order is in doubt, and no longer', async () => {
    await desk.lookUp(entry, ABSENT);
    expect(await attention()).toBe('unknown_order');
    await desk.report([desk.shown(entry, 'open', 0)]);
    expect(await attention()).toBeNull();
  });

  it('leaves a person called who was called for something else', async () => {
    await desk.trades.advance(entry.tradeId, null, { attention: 'stop_emulated' });
    await desk.lookUp(entry, ABSENT);
    await desk.record(entry, { kind: 'not-sent', message: 'never left' });
    expect(await attention()).toBe('stop_emulated');
  });

  it('answers what is known of an order that is not in doubt', async () => {
    await desk.record(entry, { kind: 'not-sent', message: 'never left' });
    expect(await desk.lookUp(entry, ABSENT)).toMatchObject({ verdict: 'not-found', order: { state: 'created' } });
    await desk.fence(entry, { n: 2 });
    await desk.report([desk.shown(entry, 'open', 0)]);
    expect(await desk.lookUp(entry, ABSENT)).toMatchObject({ verdict: 'found', order: { state: 'open' }, n: 2 });
    expect(await lookups()).toEqual([]);
  });

  it('is an error for an order that was never journalled', async () => {
    await expect(desk.lookUp(desk.order(entry.tradeId, 'stop', 'sell', 1), ABSENT)).rejects.toThrow('no order');
  });
});
