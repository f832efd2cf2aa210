import { OrderType } from '@stoqey/ib';
import { decimalString as d } from '../../domain/money/decimal';
import { place, request, submit } from '../../tests/support/broker-harness';
import { IbClient } from '../../tests/support/ib-client';
import { IbHarness } from '../../tests/support/ib-harness';
import { contractsAt } from '../../simulators/ib/contracts';
import { UNSET_AMOUNT } from '../../simulators/ib/wire/fields';
import { statedAmount } from './numbers';

const CODE = 'DU1234567';
const OTHER = 'DU7654321';

let h: IbHarness;
const clients: IbClient[] = [];
beforeEach(async () => {
  h = await IbHarness.open(
    {},
    {
      accounts: [
        { code: CODE, cash: '1000000' },
        { code: OTHER, cash: '500' },
      ],
    },
  );
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await h.close();
});

/** Somebody else's program on the same account buys a contract. */
async function buyByHand(conId: number, quantity: number): Promise<void> {
  const client = await IbClient.connect(h.simulator.port, { clientId: 77 });
  clients.push(client);
  const id = client.place({ orderType: OrderType.MKT, totalQuantity: quantity, account: CODE }, { conId });
  const end = Date.now() + 30_000;
  while (
    !h.simulator.ledger.orders.some(
      ({ orderId, clientId, state }) => clientId === 77 && orderId === id && state === 'filled',
    )
  ) {
    if (Date.now() > end) throw new Error(`order ${id} does not fill`);
    h.simulator.tapes.get(conId)?.print(Date.now(), conId === 265598 ? 100 : 5_000, 1_000_000);
    h.simulator.ledger.advance();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const micro = (): number => contractsAt(Date.now()).find(({ symbol }) => symbol === 'MES')?.conId ?? 0;

describe('positions at Interactive Brokers', () => {
  it('are none at first, then what our fills made, and the same after the line broke', async () => {
    expect(await h.broker.positions()).toEqual([]);
    await h.trade(100);
    await place(h, { quantity: d('7') });
    await h.trade(100);
    expect(await h.broker.positions()).toEqual([{ instrument: 'AAPL', quantity: '7' }]);
    await buyByHand(265598, 3);
    h.simulator.breakConnections();
    const end = Date.now() + 30_000;
    let shown = await h.broker.positions().catch(() => []);
    while (shown[0]?.quantity !== '10' && Date.now() < end) shown = await h.broker.positions().catch(() => []);
    // What somebody else buys of the same contract cannot be told apart: reconciliation compares it with our fills.
    expect(shown).toEqual([{ instrument: 'AAPL', quantity: '10' }]);
  });

  it('of contracts that the account does not trade are foreign, under the number of the contract', async () => {
    await buyByHand(micro(), 2);
    expect(await h.broker.positions()).toEqual([
      { instrument: `conId ${micro()} (MES)`, quantity: '2', foreign: true },
    ]);
  });

  it('are read whole by each of several that ask at once, while orders go on', async () => {
    await h.trade(100);
    await place(h, { quantity: d('7') });
    await h.trade(100);
    const asked = [1, 2, 3].map(() => h.broker.positions());
    const order = request(h, { terms: { type: 'limit', price: d('50') } });
    expect((await submit(h, order)).kind).toBe('acked');
    for (const answer of await Promise.all(asked)) expect(answer).toEqual([{ instrument: 'AAPL', quantity: '7' }]);
  });

  it('cannot be read while nobody answers: no empty list is taken for none', async () => {
    await h.broker.positions();
    h.simulator.faults.script({ on: 'query', kind: 'drop' });
    await expect(h.broker.positions()).rejects.toThrow(/line|TWS/);
  });
});

describe('what Interactive Brokers works out of an account', () => {
  it('is told by its own words for the account that is ours, and cash apart from it', async () => {
    const values = await h.broker.accountValues();
    const named = new Map(values.map(({ amount, name }) => [name, amount]));
    expect(named.get('NetLiquidation')).toBe('1000000');
    expect(named.get('BuyingPower')).toBe('4000000');
    expect(values.every(({ currency }) => currency === 'USD')).toBe(true);
    expect(await h.broker.balances()).toEqual([{ asset: 'USD', free: '1000000', locked: '0' }]);
  });

  it('states a profit that TWS marks as not set as none, and as an amount once there is one', async () => {
    const profit = async () => (await h.broker.accountValues()).find(({ name }) => name === 'UnrealizedPnL')?.amount;
    expect(await profit()).toBeNull();
    await h.trade(100);
    await place(h, { quantity: d('10') });
    await h.trade(100);
    await h.trade(101);
    expect(await profit()).toBe('10');
  });

  it('never takes what stands for "not set" for an amount', () => {
    expect(['1.7976931348623157E308', UNSET_AMOUNT, 'INDIVIDUAL', ''].map(statedAmount)).toEqual(
      Array.from({ length: 4 }, () => undefined),
    );
    expect(statedAmount('-12.50')).toBe('-12.5');
  });
});
