import { instant } from '../../domain/clock/instant';
import { decimalString as d } from '../../domain/money/decimal';
import type { ClientOrderId, OrderRequest } from '../../domain/order/order';
import { locate } from '../../tests/support/broker-harness';
import { ExchangeHarness } from '../../tests/support/exchange-harness';

const nothing = () => Promise.resolve([]);
const ID = '0123456789abcdef0123456789abcdef' as ClientOrderId;
const OTHER_ID = 'fedcba9876543210fedcba9876543210' as ClientOrderId;
const MINUTE = 60_000;

async function placed(h: ExchangeHarness, clientOrderId = ID): Promise<void> {
  const order: OrderRequest = {
    ...{ clientOrderId, account: h.account, instrument: h.instrument, side: 'buy', quantity: d('2') },
    ...{ terms: { type: 'market' }, timeInForce: 'GTC' },
  };
  const validUntil = instant(Date.now() + 5_000);
  await h.broker.submit(order, { validUntil, stillValid: () => Promise.resolve(true) });
}

describe('a poll', () => {
  let h: ExchangeHarness;
  beforeEach(async () => {
    h = await ExchangeHarness.open('binance');
    await placed(h);
  });
  afterEach(() => h.close());

  /** What a poll shows that goes on so long after an order. */
  const shownLater = async (milliseconds: number, readLag: number): Promise<readonly string[]> => {
    const cursor = JSON.stringify({ [h.instrument]: Date.now() + milliseconds });
    const broker = h.another({ timings: { readLag, validityWindow: 2_000 } });
    const { fills } = await broker.poll(cursor, nothing);
    return fills.map(({ clientOrderId, quantity }) => `${clientOrderId ?? ''} ${quantity}`);
  };

  test('shows the fill of an order that queries hid for longer than the venue is said to be late', async () => {
    expect(await shownLater(4 * MINUTE, 2 * MINUTE)).toEqual([`${ID} 2`]);
  });

  test('shows a fill again to whoever did not get to book it, and only once to whoever goes on', async () => {
    const first = await h.broker.poll(undefined, nothing);
    const repeat = await h.broker.poll(undefined, nothing);
    expect(repeat.fills).toEqual(first.fills);
    await placed(h, OTHER_ID);
    const live = () => Promise.resolve([locate(h, OTHER_ID)]);
    const second = await h.broker.poll(repeat.cursor, live);
    expect(second.fills.map(({ clientOrderId }) => clientOrderId)).toEqual([OTHER_ID]);
    // Its booking failed: it asks from the same place again, and from there on once more.
    const again = await h.broker.poll(repeat.cursor, live);
    expect(again.fills.map(({ clientOrderId }) => clientOrderId).sort()).toEqual([ID, OTHER_ID].sort());
    expect((await h.broker.poll(again.cursor, live)).fills).toEqual([]);
  });

  test('reads no further back than that', async () => {
    expect(await shownLater(6 * MINUTE, 2 * MINUTE)).toEqual([]);
    expect(await shownLater(4 * MINUTE, 50)).toEqual([]);
  });
});

describe('an account with a deadline of its own', () => {
  test('takes an answer that comes later for none', async () => {
    const h = await ExchangeHarness.open('binance', { orderDeadline: 300 });
    try {
      await h.broker.instruments();
      h.simulator.faults.script({ on: 'order', kind: 'slow', times: 1, after: 0, ms: 700, status: 503 });
      const validUntil = instant(Date.now() + 5_000);
      const order: OrderRequest = {
        ...{ clientOrderId: ID, account: h.account, instrument: h.instrument, side: 'buy', quantity: d('2') },
        ...{ terms: { type: 'market' }, timeInForce: 'GTC' },
      };
      const outcome = await h.broker.submit(order, { validUntil, stillValid: () => Promise.resolve(true) });
      expect(outcome.kind).toBe('unknown');
    } finally {
      await h.close();
    }
  });
});
