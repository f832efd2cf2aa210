import { decimalString as d } from '../../domain/money/decimal';
import { IB_ACCOUNT as ACCOUNT, IbStage } from '../support/ib-stage';
import { patiently, WorkerProcess } from '../support/worker-process';

const AAPL = 265598;
const CLIENT_ID = 11;

/** When the worker process, which has every role in it, is killed, nothing of ours is left. */
let stage: IbStage;
let worker: WorkerProcess;

beforeAll(async () => {
  // A test runs at any hour: the simulated market is always open, and so is the calendar.
  stage = await IbStage.open({ instruments: [{ symbol: 'AAPL', calendar: 'ALWAYS' }], clientId: CLIENT_ID });
  const { databaseUrl, harness } = stage;
  worker = new WorkerProcess({ databaseUrl, harness, accounts: { accounts: [stage.document()] } });
});

afterAll(async () => {
  await worker.close();
  await stage.close();
});

/** Starts the worker process; settles when the gateway has let it in. */
async function start(): Promise<void> {
  await worker.start();
  await patiently('the gateway has no line of ours', () => stage.simulator.clientIds.includes(CLIENT_ID));
}

/** SIGKILL; settles when the gateway has noticed. */
async function kill(): Promise<void> {
  await worker.kill();
  await patiently('the gateway still has a line of ours', () => stage.simulator.clientIds.length === 0);
}

async function fallsTo(price: number): Promise<void> {
  for (let print = 0; print < 2; print += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    stage.simulator.tapes.get(AAPL)?.print(Date.now(), price, 1_000_000);
    stage.simulator.ledger.advance();
  }
}

describe('a stop at Interactive Brokers, once acknowledged', () => {
  it('outlives the death of every process of ours, is guarded again by the next one, and sells when none is there', async () => {
    const { harness } = stage;
    await start();
    await patiently('the account does not open', async () => (await stage.quarantine()) === null);
    const tradeId = await harness.accept('killed', {
      ...{ account: ACCOUNT, instrument: 'AAPL', direction: 'long', stopPrice: d('95'), maxQuantity: d('10') },
    });
    const stands = ['buy 10 MKT filled', 'sell 10 STP open'];
    const acknowledged = async (): Promise<boolean> => {
      const { orders } = await harness.trades.facts(tradeId);
      return orders.some(({ leg, state }) => leg.startsWith('stop') && state === 'open');
    };
    await patiently('the stop is not acknowledged', acknowledged);
    await kill();
    expect(stage.shown()).toEqual(stands);

    await start();
    const polled = async (): Promise<string> => {
      const { rows } = await harness.database.query<{ at: string }>(
        'SELECT polled_at::text AS at FROM accounts WHERE name = $1',
        [ACCOUNT],
      );
      return rows[0]?.at ?? '';
    };
    const before = await polled();
    await patiently('nobody looks at the account', async () => (await polled()) !== before);
    expect(stage.shown()).toEqual(stands);
    expect(await harness.row(tradeId)).toMatchObject({ phase: 'managing', position: '10', attention: null });

    await kill();
    await fallsTo(94);
    expect(stage.shown()).toEqual(['buy 10 MKT filled', 'sell 10 STP filled']);
    expect(await harness.row(tradeId)).toMatchObject({ phase: 'managing', position: '10' });

    await start();
    await patiently('the trade does not end', async () => (await harness.row(tradeId)).phase === 'ended');
    expect(await harness.row(tradeId)).toMatchObject({ outcome: 'completed', position: '0' });
    expect(stage.shown()).toHaveLength(2);
  }, 400_000);
});
