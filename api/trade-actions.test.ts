import { createSeededDatabase, storeTrade, type SeededDatabase } from '../tests/support/seeded-database';
import { expectContract, openTestApi, type TestApi } from '../tests/support/api';
import type { TradePhase } from '../domain/trade/phase';

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

let count = 0;
async function tradeIn(phase: TradePhase): Promise<string> {
  const id = await storeTrade(db.database, `t${(count += 1)}`);
  if (phase !== 'accepted') await db.database.query('SELECT advance_trade($1, $2, $3)', [id, phase, '{}']);
  return id;
}

const endTrade = (id: string): Promise<unknown> =>
  db.database.query('SELECT end_trade($1, $2)', [id, JSON.stringify({ outcome: 'cancelled' })]);

describe('an action on a trade', () => {
  it('reaches its workflow with who asked, and answers where the trade stands', async () => {
    const id = await tradeIn('managing');
    const response = await test.as('trader').post(`/v1/trades/${id}/exit`);
    expect(response.status).toBe(200);
    expectContract('exitTrade', response);
    expect(response.body).toEqual({
      tradeId: id,
      phase: 'exiting',
      halted: false,
      attention: null,
      position: '2',
      possibleActions: [],
    });
    expect(test.trades.acted).toEqual([
      {
        tradeId: id,
        action: 'exit',
        request: { by: expect.stringMatching(/^trader#/) as string },
        requestId: expect.stringMatching(/^exit:[0-9a-f-]{36}$/) as string,
      },
    ]);
  });

  it('uses the Idempotency-Key as the id of the request, apart for each action', async () => {
    const id = await tradeIn('awaiting-approval');
    await test
      .as('operator')
      .post(`/v1/trades/${id}/approve`)
      .set('Idempotency-Key', 'k1')
      .send({ maxQuantity: '1.5', maxNotional: '3000' });
    await test.as('operator').post(`/v1/trades/${id}/reject`).set('Idempotency-Key', 'k1').send({});
    expect(test.trades.acted).toEqual([
      expect.objectContaining({
        requestId: 'approve:k1',
        request: expect.objectContaining({ maxQuantity: '1.5', maxNotional: '3000' }) as object,
      }),
      expect.objectContaining({ requestId: 'reject:k1' }),
    ]);
  });

  it.each<[string, object | string, string, string]>([
    ['an amount as a number', { maxQuantity: 1.5 }, 'maxQuantity', 'decimal_string'],
    ['an unknown field', { quantity: '1' }, 'quantity', 'unknown_field'],
  ])('with %s is refused', async (_what, body, field, rule) => {
    const id = await tradeIn('awaiting-approval');
    const response = await test.as('operator').post(`/v1/trades/${id}/approve`).send(body);
    expect(response.status).toBe(422);
    expect(response.body).toMatchObject({ errors: [{ field, rule }] });
    expect(test.trades.acted).toEqual([]);
  });

  it.each<[TradePhase, string, readonly string[]]>([
    ['accepted', 'exit', ['cancel']],
    ['managing', 'approve', ['exit', 'cancel']],
    ['exiting', 'exit', []],
    ['awaiting-approval', 'exit', ['approve', 'reject', 'cancel']],
  ])(
    'that phase %s does not take (%s) is refused with 409, the phase and what is possible',
    async (phase, action, possible) => {
      const id = await tradeIn(phase);
      const response = await test.as('operator').post(`/v1/trades/${id}/${action}`);
      expect(response.status).toBe(409);
      expect(response.body).toMatchObject({ code: 'action_not_possible', phase, possibleActions: possible });
      expect(test.trades.acted).toEqual([]);
    },
  );

  it('on a trade that has ended is refused with 409', async () => {
    const id = await tradeIn('accepted');
    await endTrade(id);
    const response = await test.as('trader').post(`/v1/trades/${id}/cancel`);
    expect(response.body).toMatchObject({
      status: 409,
      code: 'action_not_possible',
      phase: 'ended',
      possibleActions: [],
    });
  });

  it('that the workflow refuses is refused with 409', async () => {
    const id = await tradeIn('managing');
    test.trades.actAnswers = [{ kind: 'refused' }];
    const response = await test.as('trader').post(`/v1/trades/${id}/exit`);
    expect(response.body).toMatchObject({ status: 409, code: 'action_not_possible', phase: 'managing' });
  });

  it('repeated with its key gets the answer of the first, also after the trade moved on', async () => {
    const id = await tradeIn('managing');
    await db.database.query(`UPDATE trades SET requests = '{"exit": {"by": "x"}}', phase = 'exiting' WHERE id = $1`, [
      id,
    ]);
    expect((await test.as('trader').post(`/v1/trades/${id}/exit`).set('Idempotency-Key', 'again')).status).toBe(200);
    expect((await test.as('trader').post(`/v1/trades/${id}/exit`)).status).toBe(409);
  });

  it('while Temporal is down is answered with 503 and when to try again', async () => {
    const id = await tradeIn('managing');
    test.trades.actAnswers = [{ kind: 'unreachable' }];
    const response = await test.as('trader').post(`/v1/trades/${id}/exit`).set('Idempotency-Key', 'k');
    expect(response.status).toBe(503);
    expectContract('exitTrade', response);
    expect(response.headers['retry-after']).toBe('5');
    expect(response.body).toMatchObject({ code: 'temporal_unavailable' });
  });

  it('on an open trade without a run starts it first', async () => {
    const id = await tradeIn('accepted');
    test.trades.actAnswers = [{ kind: 'not-running' }];
    expect((await test.as('trader').post(`/v1/trades/${id}/cancel`)).status).toBe(200);
    expect(test.trades.started).toEqual([id]);
    expect(test.trades.acted).toHaveLength(2);

    test.trades.actAnswers = [{ kind: 'not-running' }];
    test.trades.startAnswer = { kind: 'unreachable' };
    expect((await test.as('trader').post(`/v1/trades/${id}/cancel`)).status).toBe(503);
  });

  it('on no trade is not found', async () => {
    const response = await test.as('operator').post('/v1/trades/paper:nothing/approve');
    expect(response.body).toMatchObject({ status: 404, code: 'not_found' });
  });
});

describe('approving', () => {
  it('a trade of one own is refused, and rejecting it is not', async () => {
    const id = await tradeIn('awaiting-approval');
    const me = (await test.as('operator').post(`/v1/trades/${id}/reject`)).status;
    expect(me).toBe(200);
    const actor = (test.trades.acted[0]?.request as { by: string }).by;
    await db.database.query('UPDATE trades SET created_by = $2 WHERE id = $1', [id, actor]);
    const response = await test.as('operator').post(`/v1/trades/${id}/approve`);
    expect(response.body).toMatchObject({ status: 403, code: 'own_trade' });
    expect((await test.as('operator').post(`/v1/trades/${id}/reject`)).status).toBe(200);
    expect((await test.as('admin').post(`/v1/trades/${id}/approve`)).status).toBe(200);
  });

  it('a trade of one own is possible where the settings say that one person is everything', async () => {
    const alone = await openTestApi(db.url, { approveOwnTrades: true });
    const id = await tradeIn('awaiting-approval');
    await alone.as('operator').post(`/v1/trades/${id}/reject`);
    const actor = (alone.trades.acted[0]?.request as { by: string }).by;
    await db.database.query('UPDATE trades SET created_by = $2 WHERE id = $1', [id, actor]);
    expect((await alone.as('operator').post(`/v1/trades/${id}/approve`)).status).toBe(200);
    await alone.close();
  });
});
