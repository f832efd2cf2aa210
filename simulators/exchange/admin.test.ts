import { instant } from '../../domain/clock/instant';
import { decimalString as d } from '../../domain/money/decimal';
import type { ClientOrderId } from '../../domain/order/order';
import { ExchangeHarness } from '../../tests/support/exchange-harness';

const [FIRST, SECOND] = ['a', 'b'].map((letter) => letter.repeat(32) as ClientOrderId) as [
  ClientOrderId,
  ClientOrderId,
];

describe('the admin of a simulated exchange', () => {
  let h: ExchangeHarness;
  beforeEach(async () => {
    h = await ExchangeHarness.open('binance');
  });
  afterEach(() => h.close());

  const tell = async (what: string, document: object): Promise<number> =>
    (await fetch(`${h.simulator.url}/sim/${what}`, { method: 'POST', body: JSON.stringify(document) })).status;

  const send = (clientOrderId: ClientOrderId) =>
    h.broker.submit(
      {
        ...{ clientOrderId, account: h.account, instrument: h.instrument, side: 'buy', quantity: d('2') },
        ...{ terms: { type: 'market' }, timeInForce: 'GTC' },
      },
      { validUntil: instant(Date.now() + 5_000), stillValid: () => Promise.resolve(true) },
    );

  const find = (clientOrderId: ClientOrderId) =>
    h.broker.find({
      ...{ clientOrderId, instrument: h.instrument, type: 'market', venueOrderId: null },
      createdAt: instant(Date.now() - 10_000),
    });

  test('lets a fault hit the order that it names, and no other', async () => {
    expect(
      await tell('faults', { on: 'order', kind: 'lose', matching: `${SECOND.slice(0, 8)}-${SECOND.slice(8)}` }),
    ).toBe(200);
    expect((await send(FIRST)).kind).toBe('acked');
    expect((await send(SECOND)).kind).toBe('unknown');
    const ledger = (await (await fetch(`${h.simulator.url}/sim/ledger`)).json()) as {
      matched: string[];
      orders: object[];
    };
    expect(ledger.matched).toHaveLength(1);
    expect(ledger.orders).toHaveLength(2);
  });

  test('hides an order that is still to come from its acceptance on, and only the first of its id', async () => {
    expect(await tell('hide', { clientOrderId: FIRST, ms: 60_000 })).toBe(200);
    await send(FIRST);
    expect((await find(FIRST)).kind).toBe('not-found');
    await send(FIRST);
    expect((await find(FIRST)).kind).toBe('found');
    expect(h.simulator.ledger.orders).toHaveLength(2);
  });

  test('hides an order that is there from now on', async () => {
    await send(FIRST);
    expect((await find(FIRST)).kind).toBe('found');
    await tell('hide', { clientOrderId: FIRST, ms: 60_000 });
    expect((await find(FIRST)).kind).toBe('not-found');
  });

  test('refuses what it does not know', async () => {
    expect(await tell('faults', { on: 'order', kind: 'lose', matching: '' })).toBe(422);
    expect(await tell('nothing', {})).toBe(404);
  });
});
