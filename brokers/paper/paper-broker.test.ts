import { openDatabase } from '../../database/pool';
import type { Database } from '../../database/pool';
import { decimalString as d } from '../../domain/money/decimal';
import type { OrderRequest } from '../../domain/order/order';
import { brokerContract } from '../../tests/support/broker-contract';
import {
  acked,
  find,
  limit,
  locate,
  newId,
  nothing,
  permit,
  request,
  stop,
  sum,
} from '../../tests/support/broker-harness';
import { createTestDatabase } from '../../tests/support/database';
import type { TestDatabase } from '../../tests/support/database';
import { NO_COSTS, PaperHarness } from '../../tests/support/paper-harness';
import { PaperBroker } from './paper-broker';

let testDatabase: TestDatabase;
let database: Database;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = openDatabase(testDatabase.url, { max: 6 });
});
afterAll(async () => {
  await database.end();
  await testDatabase.drop();
});

brokerContract('paper', () => PaperHarness.open(database));

describe('the paper venue', () => {
  let h: PaperHarness;
  beforeEach(async () => {
    h = await PaperHarness.open(database);
  });

  const submit = (changes: Partial<OrderRequest> = {}): ReturnType<typeof h.broker.submit> =>
    h.broker.submit(request(h, changes), permit());

  test('numbers its orders within the account', async () => {
    expect(acked(await submit()).order.venueOrderId).toBe('1');
    // The first order took the numbers 1 to 3: accepted, filled, ended.
    expect(acked(await submit()).order.venueOrderId).toBe('4');
  });

  test('fills a market order at once, at its own market time, at the last print', async () => {
    const { order, fills } = acked(await submit());
    expect(order).toMatchObject({ state: 'filled', filledQuantity: '10', type: 'market' });
    expect(fills).toEqual([
      {
        venueFillId: '1',
        venueOrderId: order.venueOrderId,
        clientOrderId: order.clientOrderId,
        instrument: 'TEST',
        side: 'buy',
        quantity: '10',
        price: '100',
        fee: '0',
        feeAsset: 'USD',
        liquidity: 'taker',
        marketAt: '2020-03-06T15:00:00.000Z',
      },
    ]);
  });

  test('fills a resting order at the time of the print, however late somebody asks', async () => {
    const { order } = acked(await submit({ terms: limit('95') }));
    await h.trade(95);
    await h.wait(3_600_000);
    const { fills } = await h.broker.poll(undefined, nothing);
    expect(fills.map(({ venueOrderId, marketAt }) => [venueOrderId, marketAt])).toEqual([
      [order.venueOrderId, '2020-03-06T15:00:01.000Z'],
    ]);
  });

  test('shows in a look-up and a poll what the acknowledgement said', async () => {
    const answer = acked(await submit());
    const { order, fills } = answer;
    expect(await find(h, order.clientOrderId)).toEqual({ kind: 'found', order, fills });
    expect(await h.broker.poll(undefined, nothing)).toEqual({ orders: [order], fills, cursor: '3' });
  });

  test.each<[string, Partial<OrderRequest>, object]>([
    ['of another account', { account: 'other' }, { code: 'account_refused', venueCode: 'wrong_account' }],
    ['for an unknown instrument', { instrument: 'NONE' }, { code: 'not_supported', venueCode: 'unknown_instrument' }],
    [
      'with a client id of other characters',
      { clientOrderId: 'a b' as OrderRequest['clientOrderId'] },
      { code: 'invalid_order' },
    ],
    [
      'with an amount that is no decimal',
      { quantity: '1e3' as OrderRequest['quantity'] },
      { code: 'invalid_order', venueCode: 'malformed' },
    ],
    [
      'for a stop that the market has reached',
      { side: 'sell', terms: stop('100') },
      { code: 'would_trigger_immediately' },
    ],
  ])('refuses an order %s', async (_, changes, expected) => {
    expect(await submit(changes)).toMatchObject({ kind: 'rejected', ...expected });
    expect(await h.acceptedOrders()).toBe(0);
  });

  test('names the filter that an order breaks', async () => {
    expect(await submit({ terms: limit('99.005') })).toMatchObject({
      venueCode: 'filter_tick',
      message: 'price 99.005 breaks tick 0.01',
    });
  });

  test('takes an id again when its order has ended, and then shows the newest', async () => {
    const clientOrderId = newId();
    acked(await submit({ clientOrderId, terms: limit('90') }));
    expect(await submit({ clientOrderId })).toMatchObject({
      kind: 'rejected',
      code: 'duplicate_client_order_id',
      venueCode: 'duplicate_open_id',
    });
    await h.broker.cancel(locate(h, clientOrderId));
    const { order } = acked(await submit({ clientOrderId }));
    expect(await find(h, clientOrderId)).toMatchObject({ kind: 'found', order });
  });

  test('takes the id of an order that the market ends in the very same step', async () => {
    const clientOrderId = newId();
    acked(await submit({ clientOrderId, terms: limit('95') }));
    await h.trade(95);
    expect(acked(await submit({ clientOrderId })).order.state).toBe('filled');
    expect(await h.acceptedOrders()).toBe(2);
  });

  test('cancels nothing for an id that it never saw, or under another instrument', async () => {
    expect(await h.broker.cancel(locate(h, newId()))).toEqual({ kind: 'too-late' });
    const { order } = acked(await submit({ terms: limit('90') }));
    expect(await h.broker.cancel(locate(h, order.clientOrderId, 'market', 'OTHER'))).toEqual({ kind: 'too-late' });
  });

  test('refuses a cursor that is not its own', async () => {
    await expect(h.broker.poll('2020-03-06', nothing)).rejects.toThrow(RangeError);
  });

  test('has not heard of an account without a book', async () => {
    const stranger = new PaperBroker({ account: 'nobody', database, market: h.market, costs: NO_COSTS });
    await expect(stranger.balances()).rejects.toThrow('the paper venue has no account nobody');
    expect(await stranger.submit(request({ account: 'nobody', instrument: 'TEST' }), permit())).toMatchObject({
      kind: 'not-sent',
    });
  });

  describe('in a closed market', () => {
    beforeEach(async () => {
      await h.wait(1_000);
      h.tape().setOpen(h.now, false);
    });

    test.each(['IOC', 'FOK'] as const)('refuses an order that is %s', async (timeInForce) => {
      expect(await submit({ timeInForce })).toMatchObject({ kind: 'rejected', code: 'instrument_closed' });
    });

    test('keeps an order until the next print', async () => {
      const { order } = acked(await submit());
      expect(order.state).toBe('open');
      h.tape().setOpen(h.now + 1_000, true);
      await h.trade(103);
      const { fills } = await h.broker.poll(undefined, nothing);
      expect(fills.map(({ price }) => price)).toEqual(['103']);
    });
  });

  describe('funds', () => {
    test('let exposure grow to four times the equity and no further', async () => {
      // Equity 10,000 at 100 each: 400 units need 0.25 * 40,000 = 10,000.
      expect(await submit({ quantity: d('400.01') })).toMatchObject({ code: 'insufficient_funds' });
      expect((await submit({ quantity: d('400') })).kind).toBe('acked');
      expect(await submit({ quantity: d('0.01') })).toMatchObject({
        code: 'insufficient_funds',
        message: 'initial margin 10000.25 is above the equity 10000.00',
      });
    });

    test('are taken up by working orders too, and are free again when these end', async () => {
      const { order } = acked(await submit({ quantity: d('400'), terms: limit('90') }));
      expect(await submit({ quantity: d('50') })).toMatchObject({ code: 'insufficient_funds' });
      await h.broker.cancel(locate(h, order.clientOrderId));
      expect((await submit({ quantity: d('50') })).kind).toBe('acked');
    });

    test('never stand in the way of an order that only reduces', async () => {
      acked(await submit({ quantity: d('400') }));
      await h.trade(80);
      expect(await submit({ quantity: d('1') })).toMatchObject({ code: 'insufficient_funds' });
      expect((await submit({ side: 'sell', quantity: d('400') })).kind).toBe('acked');
    });

    test('allow a short position, and count its whole size', async () => {
      acked(await submit({ quantity: d('100') }));
      expect(await submit({ side: 'sell', quantity: d('501') })).toMatchObject({ code: 'insufficient_funds' });
      acked(await submit({ side: 'sell', quantity: d('300') }));
      expect(await h.broker.balances()).toEqual([{ asset: 'USD', free: '30000', locked: '0' }]);
      const { fills } = acked(await submit({ quantity: d('200') }));
      expect(sum(fills)).toBe('200');
      expect(await h.broker.balances()).toEqual([{ asset: 'USD', free: '10000', locked: '0' }]);
    });
  });

  describe('when the tape ends', () => {
    const end = async (): Promise<void> => {
      await h.wait(1_000);
      h.tape().finish(h.now);
    };
    const states = async (): Promise<unknown> =>
      (await h.broker.poll(undefined, nothing)).orders.map(({ clientOrderId, state }) => [clientOrderId, state]);

    test('entries and stops are cancelled', async () => {
      acked(await submit());
      const [entry, guard] = [newId(), newId()];
      acked(await submit({ clientOrderId: entry, terms: limit('90') }));
      acked(await submit({ clientOrderId: guard, side: 'sell', terms: stop('90') }));
      await end();
      expect(await states()).toEqual(
        expect.arrayContaining([
          [entry, 'cancelled'],
          [guard, 'cancelled'],
        ]),
      );
    });

    test('an order at market that closes what is held fills at the last close, one that opens is cancelled', async () => {
      acked(await submit());
      await h.trade(101, 4);
      const [exit, entry] = [newId(), newId()];
      acked(await submit({ clientOrderId: exit, side: 'sell' }));
      acked(await submit({ clientOrderId: entry }));
      await end();
      expect(await states()).toEqual(
        expect.arrayContaining([
          [exit, 'filled'],
          [entry, 'cancelled'],
        ]),
      );
    });

    test('what filled on the way there counts: exits beyond the position are cancelled', async () => {
      acked(await submit());
      await h.wait(1_000);
      h.tape().setOpen(h.now, false);
      const [first, second] = [newId(), newId()];
      acked(await submit({ clientOrderId: first, side: 'sell' }));
      acked(await submit({ clientOrderId: second, side: 'sell', quantity: d('6') }));
      h.tape().setOpen(h.now + 1_000, true);
      await h.trade(101, 4);
      await end();
      // Each sold 4 at the print; of the 2 units that are left the first order wants 6, the second 2.
      const { orders, fills } = await h.broker.poll(undefined, nothing);
      const shown = orders.map(({ clientOrderId, state, filledQuantity }) => [clientOrderId, state, filledQuantity]);
      expect(shown).toEqual(
        expect.arrayContaining([
          [first, 'cancelled', '4'],
          [second, 'filled', '6'],
        ]),
      );
      expect(sum(fills.filter(({ side }) => side === 'sell'))).toBe('10');
    });

    test('a closing order that comes later fills too, whatever its time in force, and nothing else is taken', async () => {
      acked(await submit());
      await h.trade(104);
      await end();
      await h.wait(86_400_000);
      expect(await submit()).toMatchObject({ code: 'instrument_closed', venueCode: 'tape_ended' });
      expect(await submit({ side: 'sell', terms: limit('90') })).toMatchObject({ code: 'instrument_closed' });
      expect(await submit({ side: 'sell', quantity: d('10.01') })).toMatchObject({ code: 'instrument_closed' });
      const { order, fills } = acked(await submit({ side: 'sell', timeInForce: 'IOC' }));
      expect(order.state).toBe('filled');
      expect(fills).toMatchObject([{ price: '104', quantity: '10', marketAt: '2020-03-07T15:00:02.000Z' }]);
    });
  });
});
