import { instant } from '../../domain/clock/instant';
import { decimalString as d } from '../../domain/money/decimal';
import type { SubmitOutcome } from '../../domain/order/broker';
import { TIMES_IN_FORCE } from '../../domain/order/order';
import type { OrderRequest, OrderTerms, Side, TimeInForce } from '../../domain/order/order';
import { unsuitedTime } from '../../domain/order/venue-terms';
import { request, submit } from '../../tests/support/broker-harness';
import { IbHarness } from '../../tests/support/ib-harness';

let h: IbHarness;
afterEach(() => h.close());

const SATURDAY = Date.parse('2026-03-07T15:00:00Z');

/** The market is open, but for an opening auction: to that a market belongs that opens. */
async function open(timeInForce: TimeInForce): Promise<void> {
  const hours = timeInForce === 'OPG' ? ({ hours: 'exchange', now: () => SATURDAY } as const) : {};
  h = await IbHarness.open({}, { accounts: [{ code: 'DU1234567', cash: '100000000' }], ...hours });
}

/** What goes over the wire for each kind: its type and its prices, as the broker reads them. */
const KINDS: readonly (readonly [OrderTerms, object])[] = [
  [{ type: 'market' }, { type: 'MKT' }],
  [
    { type: 'limit', price: d('50.25') },
    { type: 'LMT', limitPrice: '50.25' },
  ],
  [
    { type: 'stop', stopPrice: d('150.5') },
    { type: 'STP', auxPrice: '150.5' },
  ],
  [
    { type: 'stop-limit', stopPrice: d('150.5'), price: d('151') },
    { type: 'STP LMT', auxPrice: '150.5', limitPrice: '151' },
  ],
  [
    { type: 'trailing-stop', trailBps: 250 },
    { type: 'TRAIL', trailingPercent: '2.5' },
  ],
  [
    { type: 'trailing-stop', trailAmount: d('2.5'), stopPrice: d('99.5') },
    { type: 'TRAIL', auxPrice: '2.5', trailStopPrice: '99.5' },
  ],
  [
    { type: 'trailing-stop-limit', trailAmount: d('2.5'), stopPrice: d('99.5'), limitOffset: d('0.1') },
    { type: 'TRAIL LIMIT', auxPrice: '2.5', trailStopPrice: '99.5', limitOffset: '0.1' },
  ],
];
/** On a slow machine the line may not be up in time: nothing was sent then, and it is tried again. */
async function sent(order: OrderRequest): Promise<SubmitOutcome> {
  let outcome = await submit(h, order);
  for (const end = Date.now() + 30_000; outcome.kind === 'not-sent' && Date.now() < end;)
    outcome = await submit(h, order);
  return outcome;
}

const PRICES = ['limitPrice', 'auxPrice', 'trailingPercent', 'trailStopPrice', 'limitOffset'];
const UNTIL = instant(Math.floor(Date.now() / 1_000) * 1_000 + 3 * 86_400_000);
const WRITTEN = `${UNTIL.slice(0, 10).replaceAll('-', '')}-${UNTIL.slice(11, 19)}`;

const asked = (terms: OrderTerms, side: Side, timeInForce: TimeInForce): OrderRequest =>
  request(h, { terms, side, timeInForce, ...(timeInForce === 'GTD' ? { goodTill: UNTIL } : {}) });

describe.each(KINDS)('on the wire, %j', (terms, prices) => {
  describe.each(['buy', 'sell'] as const)('to %s', (side) => {
    it.each(TIMES_IN_FORCE)('is %s and nothing else', async (timeInForce) => {
      await open(timeInForce);
      const order = asked(terms, side, timeInForce);
      const outcome = await sent(order);
      const placed = h.simulator.ledger.orders;
      if (unsuitedTime(order) !== undefined) {
        expect(outcome).toMatchObject({ kind: 'rejected', code: 'invalid_order', venueCode: 'time_in_force' });
        expect(placed).toEqual([]);
        return;
      }
      expect(outcome.kind).toBe('acked');
      const [one] = placed;
      expect(placed).toHaveLength(1);
      expect(one).toMatchObject({
        ...{ ...prices, side, quantity: '10', orderRef: order.clientOrderId, timeInForce, transmit: true },
        ...{ account: 'DU1234567', outsideRth: false, goodTillDate: timeInForce === 'GTD' ? WRITTEN : '' },
      });
      const unnamed = PRICES.filter((name) => !Object.hasOwn(prices, name));
      expect(unnamed.filter((name) => Object.hasOwn(one ?? {}, name))).toEqual([]);
      expect(one?.expiresAt).toBe(timeInForce === 'GTD' ? Date.parse(UNTIL) : undefined);
    });
  });
});

describe('outside of regular hours', () => {
  it.each(KINDS)('%j works where it is asked to, a market order never', async (terms) => {
    await open('GTC');
    await sent(request(h, { terms, outsideRegularHours: true }));
    expect(h.simulator.ledger.orders[0]?.outsideRth).toBe(terms.type !== 'market');
  });
});
