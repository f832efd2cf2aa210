import { Client, Connection } from '@temporalio/client';
import { createTradeCommands } from '../../api/trade-commands';
import { TRADE_WORKFLOW, tradeWorkflowId } from '../../temporal/messages/trade';
import { createTestDatabase } from '../support/database';
import { expectContract, openTestApi, type TestApi } from '../support/api';
import { Harness } from '../support/harness';

let harness: Harness;
let test: TestApi;
let url: string;
let drop: () => Promise<void>;
beforeAll(async () => {
  const database = await createTestDatabase();
  url = database.url;
  drop = () => database.drop();
  harness = await Harness.open({
    databaseUrl: database.url,
    temporalAddress: process.env['TEST_TEMPORAL_ADDRESS'] ?? '',
    clock: { kind: 'live' },
  });
  await harness.work();
  test = await openTestApi(database.url, {}, createTradeCommands(harness.client));
});
afterAll(async () => {
  await test.close();
  await harness.close();
  await drop();
});

const body = (): object => ({
  account: harness.account,
  instrument: 'SIM',
  strategy: 'manual',
  direction: 'long',
  stopPrice: '85',
});

const start = (key: string, more: object = {}) =>
  test
    .as('trader')
    .post('/v1/trades')
    .set('Idempotency-Key', key)
    .send({ ...body(), ...more });

describe('a trade over HTTP', () => {
  it('is started, approved by somebody else, exited and found completed', async () => {
    const started = await start('whole', { approvalDeadlineSeconds: 60 });
    expect(started.status).toBe(201);
    const { id, runId } = started.body as { id: string; runId: string };
    expect(runId).toMatch(/^[0-9a-f-]{36}$/);
    await harness.until(id, 'a decision is waited for', (row) => row.phase === 'awaiting-approval');

    const early = await test.as('trader').post(`/v1/trades/${id}/exit`);
    expect(early.body).toMatchObject({
      status: 409,
      phase: 'awaiting-approval',
      possibleActions: ['approve', 'reject', 'cancel'],
    });
    const approved = await test
      .as('operator')
      .post(`/v1/trades/${id}/approve`)
      .set('Idempotency-Key', 'yes')
      .send({ maxQuantity: '1' });
    expect(approved.status).toBe(200);
    expectContract('approveTrade', approved);
    await harness.until(id, 'the position is open', (row) => row.phase === 'managing');

    const exited = await test.as('trader').post(`/v1/trades/${id}/exit`).set('Idempotency-Key', 'out');
    expect(exited.status).toBe(200);
    await harness.until(id, 'the trade has ended', (row) => row.phase === 'ended');
    const shown = await test.as('viewer').get(`/v1/trades/${id}`);
    expectContract('showTrade', shown);
    expect(shown.body).toMatchObject({ phase: 'ended', outcome: 'completed', position: '0', attention: null });
    const { orders, fills } = shown.body as {
      orders: { clientOrderId: string; leg: string; quantity: string }[];
      fills: unknown[];
    };
    expect(orders.map((order) => order.leg)).toEqual(['entry', 'stop', 'exit']);
    expect(orders[0]?.quantity).toBe('1');
    expect(fills.length).toBeGreaterThanOrEqual(2);
    const history = await test.as('viewer').get(`/v1/trades/${id}/timeline?limit=200`);
    expectContract('showTimeline', history);
    expectContract('showOrder', await test.as('viewer').get(`/v1/orders/${orders[0]?.clientOrderId ?? ''}`));
    expectContract('showAccount', await test.as('viewer').get(`/v1/accounts/${harness.account}`));

    expect((await start('whole', { approvalDeadlineSeconds: 60 })).status).toBe(200);
    const late = await test.as('trader').post(`/v1/trades/${id}/cancel`);
    expect(late.body).toMatchObject({ status: 409, code: 'action_not_possible', phase: 'ended' });
  });

  it('that is stored while Temporal is down waits, and is started when its owner acts on it', async () => {
    const gone = new Client({ connection: Connection.lazy({ address: '127.0.0.1:1' }), namespace: harness.namespace });
    const lame = await openTestApi(url, {}, createTradeCommands(gone));
    const answer = await lame
      .as('trader')
      .post('/v1/trades')
      .set('Idempotency-Key', 'lame')
      .send({ ...body(), approvalDeadlineSeconds: 60 });
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ phase: 'accepted', runId: null });
    const { id } = answer.body as { id: string };
    const action = await lame.as('trader').post(`/v1/trades/${id}/cancel`).set('Idempotency-Key', 'stop');
    expect(action.status).toBe(503);
    expect(action.headers['retry-after']).toBe('5');
    expect((await lame.request.get('/ready')).body).toMatchObject({ status: 'ready', temporal: 'unreachable' });
    await lame.close();

    const again = await test.as('trader').post(`/v1/trades/${id}/cancel`).set('Idempotency-Key', 'stop');
    expect(again.status).toBe(200);
    const ended = await harness.until(id, 'the trade has ended', (row) => row.phase === 'ended');
    expect(ended).toMatchObject({ outcome: 'cancelled' });
    expect((await test.request.get('/ready')).body).toMatchObject({ temporal: 'reachable' });
  });
});

describe('the commands to trades', () => {
  it('tell a trade that refuses, one that does not run and one whose workers are away apart', async () => {
    const commands = createTradeCommands(harness.client);
    const { id } = (await start('waiting', { approvalDeadlineSeconds: 60 })).body as { id: string };
    await harness.until(id, 'a decision is waited for', (row) => row.phase === 'awaiting-approval');
    const by = { by: 'test' };
    expect(await commands.act(id, 'exit', by, 'exit:1')).toEqual({ kind: 'refused' });
    expect(await commands.act(id, 'reject', by, 'reject:1')).toMatchObject({ kind: 'done' });
    expect(await commands.act(`${harness.account}:nobody`, 'exit', by, 'exit:2')).toEqual({ kind: 'not-running' });

    const alone = `${harness.account}:alone`;
    const workflowId = tradeWorkflowId(alone);
    await harness.client.workflow.start(TRADE_WORKFLOW, {
      workflowId,
      taskQueue: `nobody-${harness.account}`,
      args: [],
    });
    expect(await commands.act(alone, 'cancel', by, 'cancel:1')).toEqual({ kind: 'unreachable' });
    await harness.client.workflow.getHandle(workflowId).terminate('test is over');
  });
});
