import { decimalString as d } from '../domain/money/decimal';
import { keyOf } from '../domain/reconciliation/difference';
import type { Difference } from '../domain/reconciliation/difference';
import { ReconciliationStore } from '../database/reconciliations';
import { expectContract, openTestApi, type TestApi } from '../tests/support/api';
import { createSeededDatabase, manualTrade, type SeededDatabase } from '../tests/support/seeded-database';

let db: SeededDatabase;
let test: TestApi;
beforeAll(async () => {
  db = await createSeededDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  test = await openTestApi(db.url);
});
afterEach(() => test.close());

const deposit = (amount: string): Difference => ({
  kind: 'balance',
  subject: 'balance/USD',
  instrument: null,
  asset: 'USD',
  ours: '100000',
  venue: '100005',
  evidence: {},
  correction: { units: d('0'), amounts: [{ asset: 'USD', amount: d(amount) }] },
});

/** Ends a comparison of the paper account with these differences. */
async function found(...differences: readonly Difference[]): Promise<number> {
  const store = new ReconciliationStore(db.database);
  const id = await store.begin('paper', 'market', 'schedule');
  const keys = differences.map(keyOf);
  const place = { cursor: '1', fillsAfter: 0, pending: false, undetermined: [] };
  const compared = { orders: 1, fills: 2, holdings: 3 };
  await store.finish('paper', { id, looks: 2, compared, found: differences, seen: keys, ...place });
  return id;
}

describe('POST /v1/accounts/{name}/reconciliations', () => {
  it('begins a comparison, or answers the one under way; who only reads may not', async () => {
    const path = '/v1/accounts/paper/reconciliations';
    const begun = await test.as('trader').post(path);
    expect(begun.status).toBe(202);
    expectContract('reconcile', begun);
    const { id } = begun.body as { id: number };
    expect(begun.body).toMatchObject({
      account: 'paper',
      why: 'request',
      state: 'running',
      requestedBy: expect.stringContaining('trader') as string,
    });
    expect((await test.as('operator').post(path)).body).toMatchObject({ id });
    expect(test.venues.asked).toHaveLength(2);
    expect((await test.as('viewer').post(path)).status).toBe(403);
    expect((await test.as('trader').post('/v1/accounts/nobody/reconciliations')).status).toBe(404);
    test.venues.reachable = false;
    expect((await test.as('trader').post(path)).body).toMatchObject({ code: 'temporal_unavailable' });
    await found();
  });
});

describe('comparisons and differences', () => {
  it('are listed and shown, by account and state', async () => {
    const id = await found(deposit('5'));
    const shown = await test.as('viewer').get(`/v1/reconciliations/${id}`);
    expectContract('showReconciliation', shown);
    expect(shown.body).toMatchObject({
      state: 'differs',
      opened: 1,
      compared: { orders: 1 },
      differences: [{ kind: 'balance', venue: '100005' }],
    });
    const runs = await test.as('viewer').get('/v1/reconciliations?account=paper&limit=1');
    expectContract('listReconciliations', runs);
    const { nextCursor } = runs.body as { nextCursor: string };
    const next = await test.as('viewer').get(`/v1/reconciliations?limit=1&cursor=${nextCursor}`);
    expect((next.body as { items: { id: number }[] }).items[0]?.id).toBeLessThan(id);
    const open = await test.as('viewer').get('/v1/differences?account=paper&state=open');
    expectContract('listDifferences', open);
    const { items } = open.body as { items: { id: number }[] };
    const one = await test.as('viewer').get(`/v1/differences/${items[0]?.id ?? 0}`);
    expectContract('showDifference', one);
    expect(one.body).toMatchObject({
      ours: '100000',
      venue: '100005',
      correction: { amounts: [{ asset: 'USD', amount: '5' }] },
    });
    expect((await test.as('viewer').get('/v1/differences/abc')).status).toBe(404);
    expect((await test.as('viewer').get('/v1/reconciliations/999999')).status).toBe(404);
    expect((await test.as('viewer').get('/v1/differences?state=odd')).body).toMatchObject({ code: 'invalid_request' });
  });

  it('keep new trades out until an operator accepts with a reason, which is audited and books the correction', async () => {
    await found(deposit('7'));
    const open = await test.as('viewer').get('/v1/differences?state=open&limit=1');
    const id = (open.body as { items: { id: number }[] }).items[0]?.id ?? 0;
    const path = `/v1/differences/${id}/accept`;
    const { spec } = manualTrade('blocked');
    const body = {
      account: 'paper',
      instrument: 'US500',
      strategy: 'manual',
      direction: 'long',
      stopPrice: spec.stopPrice,
    };
    const start = (key: string) => test.as('trader').post('/v1/trades').set('Idempotency-Key', key).send(body);
    expect((await start('blocked')).body).toMatchObject({ status: 409, code: 'unreconciled' });
    expect((await test.as('trader').post(path).send({ reason: 'a deposit' })).status).toBe(403);
    expect((await test.as('operator').post(path).send({ reason: 'x' })).body).toMatchObject({
      code: 'invalid_request',
    });
    const accepted = await test.as('operator').post(path).send({ reason: 'a deposit' });
    expectContract('acceptDifference', accepted);
    expect(accepted.body).toMatchObject({
      state: 'accepted',
      reason: 'a deposit',
      entry: expect.any(Number) as number,
    });
    expect((await test.as('operator').post(path).send({ reason: 'a deposit' })).body).toMatchObject({
      code: 'difference_not_open',
    });
    await test.api.drain();
    const { rows } = await db.database.query(
      `SELECT status, metadata ->> 'reason' AS reason FROM audit_events WHERE path = $1 AND status = 200`,
      [path],
    );
    expect(rows).toEqual([{ status: 200, reason: 'a deposit' }]);
    const account = await test.as('viewer').get('/v1/accounts/paper');
    expect(account.body).toMatchObject({ cash: '100007' });
    // The control: nothing stands in the way of the same trade any more.
    expect((await start('passes')).status).toBe(201);
  });

  it('tell what a count of the venue costs, and what the ledger refuses', async () => {
    const counted: Difference = {
      ...{ kind: 'filled-quantity', subject: 'order/US500/x', instrument: 'US500', asset: null, ours: '1', venue: '2' },
      ...{ evidence: {}, correction: null },
    };
    const odd: Difference = {
      ...deposit('0'),
      ...{
        subject: 'balance/US D',
        asset: 'US D',
        correction: { units: d('0'), amounts: [{ asset: 'US D', amount: d('1') }] },
      },
    };
    await found(counted, odd);
    const open = await test.as('viewer').get('/v1/differences?state=open');
    const { items } = open.body as { items: { id: number; kind: string }[] };
    const answerOf = async (kind: string): Promise<unknown> => {
      const id = items.find((one) => one.kind === kind)?.id ?? 0;
      return (await test.as('operator').post(`/v1/differences/${id}/accept`).send({ reason: 'a test' })).body;
    };
    expect(await answerOf('filled-quantity')).toMatchObject({
      code: 'invalid_request',
      errors: [{ field: 'price', rule: 'required' }],
    });
    expect(await answerOf('balance')).toMatchObject({ code: 'correction_refused' });
    await found();
  });
});
