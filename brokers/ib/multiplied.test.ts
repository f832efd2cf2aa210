import { contractsAt } from '../../simulators/ib/contracts';
import { request, submit } from '../../tests/support/broker-harness';
import { IbHarness } from '../../tests/support/ib-harness';

let h: IbHarness;
const future = contractsAt(Date.now()).find(({ symbol }) => symbol === 'MES')?.conId ?? 0;
beforeAll(async () => {
  const stock = { exchange: 'SMART', currency: 'USD', calendar: 'NASDAQ' };
  h = await IbHarness.open({
    instruments: [
      { id: 'AAPL', symbol: 'AAPL', ...stock },
      { id: 'MES', symbol: 'MES', conId: future, exchange: 'CME', currency: 'USD', calendar: 'CME' },
    ],
  });
});
afterAll(() => h.close());

describe('a future that the settings name by its number', () => {
  it('is not listed, and people are told why', async () => {
    expect((await h.broker.instruments()).map(({ id }) => id)).toEqual(['AAPL']);
    expect(await h.broker.notices()).toContainEqual(
      `MES: conId ${future} is no stock (FUT, times 5): the books have no multiplier, so nothing else is traded`,
    );
  });

  it('is never sent an order for, while the stock beside it is (the control)', async () => {
    await h.broker.instruments();
    const refused = await submit(h, request(h, { instrument: 'MES' }));
    expect(refused).toMatchObject({ kind: 'not-sent', message: expect.stringContaining('no stock') as string });
    expect(h.simulator.ledger.orders).toEqual([]);
    expect((await submit(h, request(h))).kind).toBe('acked');
    expect(h.simulator.ledger.orders).toHaveLength(1);
  });

  it('does not keep the positions of the others from being read', async () => {
    await h.trade(100);
    await h.trade(100);
    expect(await h.broker.positions()).toEqual([{ instrument: 'AAPL', quantity: '10' }]);
  });
});
