import { instant } from '../../domain/clock/instant';
import type { EpochMillis, Millis } from '../../domain/clock/instant';
import { decimalString as d } from '../../domain/money/decimal';
import type { OrderRequest, VenueOrder } from '../../domain/order/order';
import type { Fault, FaultKind } from '../../simulators/exchange/faults';
import { faultSchema } from '../../simulators/exchange/faults';
import { KEY_MADE_AT } from '../../simulators/exchange/keys';
import type { SimulatedVenue } from '../../simulators/exchange/start';
import {
  acked,
  find,
  found,
  limit,
  locate,
  newId,
  nothing,
  permit,
  place,
  pollOf,
  request,
  submit,
  sum,
} from './broker-harness';
import { ExchangeHarness, NO_GATE } from './exchange-harness';

const fault = (kind: FaultKind, changes: Partial<Fault> = {}): Fault =>
  faultSchema.parse({ on: 'order', kind, ...changes });

/** What every exchange adapter does beyond the broker contract, against the simulator of its venue. */
export function exchangeContract(venue: SimulatedVenue): void {
  describe(`the exchange contract: ${venue}`, () => {
    let h: ExchangeHarness;
    beforeEach(async () => {
      h = await ExchangeHarness.open(venue);
    });
    afterEach(() => h.close());
    const harness = (): ExchangeHarness => h;
    describe('kinds of orders', () => kinds(harness));
    describe('faults of answers', () => answers(harness));
    describe('the signed request', () => signing(harness));
    describe('what is not ours', () => foreign(harness));
    describe('the account', () => account(harness, venue));
    describe('streams', () => streams(harness));
  });
}

const ORDERS: readonly [kind: keyof ExchangeHarness['broker']['capabilities'], order: Partial<OrderRequest>][] = [
  ['limit', { terms: limit('95') }],
  ['post-only', { terms: { type: 'limit', price: d('95'), postOnly: true } }],
  ['ioc', { terms: limit('101'), timeInForce: 'IOC' }],
  ['fok', { terms: limit('101'), timeInForce: 'FOK' }],
  ['stop', { side: 'sell', terms: { type: 'stop', stopPrice: d('95') } }],
  ['stop-limit', { side: 'sell', terms: { type: 'stop-limit', stopPrice: d('95'), price: d('94') } }],
  ['trailing-stop', { side: 'sell', terms: { type: 'trailing-stop', trailBps: 500 } }],
  [
    'anchored-trailing-stop',
    { side: 'sell', terms: { type: 'trailing-stop', trailAmount: d('5'), stopPrice: d('95') } },
  ],
  ['anchored-trailing-stop', { side: 'sell', terms: { type: 'trailing-stop', trailBps: 500, stopPrice: d('95') } }],
  [
    'trailing-stop-limit',
    {
      side: 'sell',
      terms: { type: 'trailing-stop-limit', trailBps: 500, stopPrice: d('95'), limitOffset: d('0.1') },
    },
  ],
];

function kinds(harness: () => ExchangeHarness): void {
  test.each(ORDERS)(
    'a %s order is shown as what it was sent as, or refused before anything is sent',
    async (kind, changes) => {
      const h = harness();
      await place(h);
      const order = request(h, { quantity: d('5'), ...changes });
      const outcome = await submit(h, order);
      if (h.broker.capabilities[kind] !== 'native') {
        expect(outcome).toMatchObject({ kind: 'rejected', code: 'not_supported' });
        expect(await h.acceptedOrders()).toBe(1);
        return;
      }
      acked(outcome);
      const [, accepted] = h.simulator.ledger.orders;
      expect(accepted).toMatchObject({ side: order.side, terms: order.terms });
      const { order: shown } = await found(h, order.clientOrderId, order.terms.type);
      expect(shown).toMatchObject({ type: order.terms.type, side: order.side, quantity: '5' });
    },
  );

  test('a post-only order that would take is refused as such', async () => {
    const h = harness();
    const order = request(h, { terms: { type: 'limit', price: d('101'), postOnly: true } });
    expect(await submit(h, order)).toMatchObject({ kind: 'rejected', code: 'would_take_liquidity' });
  });

  test('a fill-or-kill order that cannot fill whole fills nothing', async () => {
    const h = harness();
    await h.trade(100, 4);
    const order = request(h, { terms: limit('101'), timeInForce: 'FOK' });
    await submit(h, order);
    const lookup = await find(h, order.clientOrderId, 'limit');
    if (lookup.kind === 'found') expect(lookup.order).toMatchObject({ filledQuantity: '0' });
    expect(h.simulator.ledger.fills).toEqual([]);
  });

  test('a trailing stop follows the price and sells when it turns', async () => {
    const h = harness();
    await place(h);
    const order = request(h, { side: 'sell', terms: { type: 'trailing-stop', trailBps: 500 } });
    if (h.broker.capabilities['trailing-stop'] !== 'native') return;
    acked(await submit(h, order));
    await h.trade(120);
    await h.trade(115);
    expect((await found(h, order.clientOrderId, 'trailing-stop')).order.state).toBe('open');
    await h.trade(114);
    await h.trade(114);
    expect((await found(h, order.clientOrderId, 'trailing-stop')).order).toMatchObject({
      state: 'filled',
      filledQuantity: '10',
    });
  });

  test('a stop whose price the market has passed already is refused or fires at once; it never rests', async () => {
    const h = harness();
    await place(h);
    const order = request(h, { side: 'sell', terms: { type: 'stop', stopPrice: d('105') } });
    const outcome = await submit(h, order);
    if (outcome.kind === 'acked') expect((await found(h, order.clientOrderId, 'stop')).order.state).toBe('filled');
    else if (outcome.kind === 'rejected')
      expect(['would_trigger_immediately', 'not_supported']).toContain(outcome.code);
    else throw new Error(`neither: ${outcome.kind}`);
  });
}

/** Faults after which the order is at the venue; the adapter must not say what it cannot know. */
const AFTER: readonly FaultKind[] = ['lose', 'stall', 'cut', 'truncate', 'html', 'empty', 'hang', 'answer-after'];

function answers(harness: () => ExchangeHarness): void {
  test.each(AFTER)(
    '%s: the outcome is unknown within the deadline, and a look-up finds the order',
    async (kind) => {
      const h = harness();
      h.simulator.faults.script(fault(kind));
      const order = request(h);
      expect(await h.broker.submit(order, permit())).toMatchObject({ kind: 'unknown' });
      expect((await found(h, order.clientOrderId)).order).toMatchObject({ filledQuantity: '10' });
      expect(await h.acceptedOrders()).toBe(1);
    },
    15_000,
  );

  test.each([500, 502, 503, 504])(
    'status %s without a body: unknown, and the look-up finds nothing',
    async (status) => {
      const h = harness();
      h.simulator.faults.script(fault('answer', { status, body: 'upstream error' }));
      const order = request(h);
      expect(await h.broker.submit(order, permit())).toMatchObject({ kind: 'unknown' });
      expect(await find(h, order.clientOrderId)).toEqual({ kind: 'not-found' });
    },
  );

  test.each([429, 418])('status %s stops all traffic for the time that the venue states', async (status) => {
    const h = harness();
    const blocks: number[] = [];
    const gate = { ...NO_GATE, block: (ms: number) => Promise.resolve(void blocks.push(ms)) };
    h.simulator.faults.script(fault('answer', { status, retryAfterSeconds: 7 }));
    expect(await h.another({ gate }).submit(request(h), permit())).toMatchObject({ kind: 'unknown' });
    expect(blocks).toEqual([7_000]);
  });

  test('a venue that cannot be connected to was sent nothing', async () => {
    const h = harness();
    const order = request(h);
    await h.simulator.close();
    const broker = h.another();
    expect(await broker.submit(order, permit())).toMatchObject({ kind: 'not-sent' });
    expect(await broker.find(locate(h, order.clientOrderId))).toMatchObject({ kind: 'inconclusive' });
  });

  test('an adapter that was opened while the venue was down trades as soon as it is up', async () => {
    const h = harness();
    const { url } = h.simulator;
    h.simulator.faults.script(faultSchema.parse({ on: 'public', kind: 'drop', times: 1 }));
    const late = h.another({ baseUrl: url });
    expect(await late.submit(request(h), permit())).toMatchObject({ kind: 'not-sent' });
    expect(await late.submit(request(h), permit())).toMatchObject({ kind: 'acked' });
  });

  test('a query that fails is inconclusive, never a proof of absence', async () => {
    const h = harness();
    const { clientOrderId } = await place(h);
    h.simulator.faults.script(faultSchema.parse({ on: 'query', kind: 'answer', status: 502, body: '' }));
    expect(await find(h, clientOrderId)).toMatchObject({ kind: 'inconclusive' });
  });

  test('a poll that cannot read a part shows nothing rather than something else', async () => {
    const h = harness();
    const { cursor } = await pollOf(h, undefined);
    await place(h);
    h.simulator.faults.script(faultSchema.parse({ on: 'query', kind: 'answer', status: 502, body: '' }));
    await expect(pollOf(h, cursor)).rejects.toThrow();
    expect(sum((await pollOf(h, cursor)).fills)).toBe('10');
  });

  test('no secret of the account is in what a failure says', async () => {
    const h = harness();
    h.simulator.faults.script(
      fault('answer', { status: 400, body: JSON.stringify({ code: -1, msg: `key ${h.key.apiKey}, ${h.key.secret}` }) }),
    );
    const said = JSON.stringify(await h.broker.submit(request(h), permit()));
    expect(said).not.toContain(h.key.apiKey);
    // A key in PEM has lines, and JSON writes their ends in its own way.
    for (const line of h.key.secret.split('\n').filter(Boolean)) expect(said).not.toContain(line);
  });
}

/** By our clock, an order was received between a moment and now, but for the skew that the adapter states. */
function expectReceived({ receivedAt }: VenueOrder, from: EpochMillis, skew: Millis): void {
  expect(Date.parse(receivedAt)).toBeGreaterThan(from - skew);
  expect(Date.parse(receivedAt)).toBeLessThan(Date.now() + skew);
}

function signing(harness: () => ExchangeHarness): void {
  test('a request that slept in the queue of the venue beyond its validity is not accepted, or is one that was known before', async () => {
    const h = harness();
    h.simulator.faults.script(fault('slow', { ms: 3_400 }));
    const order = request(h);
    const outcome = await h.broker.submit(order, permit());
    if (outcome.kind === 'acked') expect(venueHasNoWindow(h)).toBe(true);
    else expect(await h.acceptedOrders()).toBe(0);
  }, 15_000);

  test('a wait for the request budget does not count when the clocks are compared', async () => {
    const h = harness();
    let first = true;
    const take = async (): Promise<void> => {
      if (first) await new Promise((resolve) => setTimeout(resolve, 2_500));
      first = false;
    };
    const asked = Date.now();
    const { order } = acked(await h.another({ gate: { ...NO_GATE, take } }).submit(request(h), permit()));
    // As if it had been received when the wait was over.
    expectReceived(order, asked + 2_500, h.broker.timings.clockSkew);
  });

  test('the permit is asked after the signature, as the last thing before the first byte', async () => {
    const h = harness();
    const asked: number[] = [];
    const watched = permit(() => asked.push(h.simulator.ledger.orders.length) > 0);
    acked(await h.broker.submit(request(h), watched));
    expect(asked).toEqual([0]);
  });

  test.each([20_000, -20_000])('a clock that is wrong by %s ms is measured and corrected', async (skew) => {
    const off = await ExchangeHarness.open(harness().options.venue, {}, { skew });
    try {
      const asked = Date.now();
      const { order } = acked(await off.broker.submit(request(off), permit()));
      expectReceived(order, asked, off.broker.timings.clockSkew);
    } finally {
      await off.close();
    }
  });
}

/** Coinbase alone has no rule that voids an old request: its look-up answers with the order itself. */
function venueHasNoWindow(h: ExchangeHarness): boolean {
  return h.broker.venue === 'coinbase';
}

function foreign(harness: () => ExchangeHarness): void {
  const placeForeign = (h: ExchangeHarness, price?: string) =>
    h.simulator.ledger.place(h.key.apiKey, {
      clientOrderId: null,
      instrument: h.instrument,
      side: 'buy',
      quantity: '2',
      terms: price === undefined ? { type: 'market' } : { type: 'limit', price: d(price) },
      timeInForce: 'GTC',
    });

  test('an order that somebody else placed is listed, and polls do not show it as ours', async () => {
    const h = harness();
    placeForeign(h, '90');
    const mine = await place(h, { terms: limit('91') });
    const listed = await h.broker.openOrders();
    expect(listed.map(({ quantity }) => quantity).sort()).toEqual(['10', '2']);
    expect((await pollOf(h, undefined)).orders.map(({ clientOrderId }) => clientOrderId)).toEqual([mine.clientOrderId]);
  });

  test('an execution that is not ours is shown without an id of ours', async () => {
    const h = harness();
    placeForeign(h);
    const mine = await place(h);
    const { fills } = await h.broker.poll(undefined, nothing);
    expect(fills.map(({ quantity, clientOrderId }) => [quantity, clientOrderId])).toEqual([
      ['2', undefined],
      ['10', mine.clientOrderId],
    ]);
  });

  test('cancelling an order of ours leaves the others alone', async () => {
    const h = harness();
    placeForeign(h, '90');
    const { clientOrderId } = await place(h, { terms: limit('91') });
    expect(await h.broker.cancel(locate(h, clientOrderId, 'limit'))).toEqual({ kind: 'requested' });
    expect((await h.broker.openOrders()).map(({ quantity }) => quantity)).toEqual(['2']);
  });

  test('executions from before the account was ours are not shown', async () => {
    const h = harness();
    placeForeign(h);
    // Clocks are known to within the venue's skew.
    await new Promise((resolve) => setTimeout(resolve, h.broker.timings.clockSkew + 20));
    const broker = h.another({ historyFrom: instant(Date.now()) });
    expect((await broker.poll(undefined, nothing)).fills).toEqual([]);
  });
}

function account(harness: () => ExchangeHarness, venue: SimulatedVenue): void {
  test('what working orders hold is shown apart from what is free', async () => {
    const h = harness();
    await place(h, { terms: limit('90') });
    const quote = h.instrument.split('/')[1];
    const balance = (await h.broker.balances()).find(({ asset }) => asset === quote);
    expect([balance?.free, balance?.locked]).toEqual(['9100', '900']);
  });

  test('the key may trade and not withdraw, and is as old as the venue tells, where it can', async () => {
    const rights = await harness().broker.keyRights?.();
    const madeAt = ['binance', 'bybit'].includes(venue) ? { madeAt: instant(KEY_MADE_AT) } : {};
    expect(rights).toEqual({ trade: true, withdraw: false, ...madeAt });
  });

  test('a fee in the base asset is part of the execution', async () => {
    const costs = { takerFeeRate: d('0.001'), makerFeeRate: d('0.001') };
    const h = await ExchangeHarness.open(
      venue,
      {},
      { costs: { ...costs, halfSpreadBps: d('0'), slippageBps: d('0'), volumeShare: d('1') } },
    );
    try {
      const order = await place(h);
      const { fills } = await found(h, order.clientOrderId);
      const [fill] = h.simulator.ledger.fills;
      expect(fills.map(({ fee, feeAsset }) => [fee, feeAsset])).toEqual([[fill?.fee, fill?.feeAsset]]);
    } finally {
      await h.close();
    }
  });

  test('the last price with bid and ask, the clock, and what the key may do can be asked', async () => {
    const h = harness();
    expect(await h.broker.quote(h.instrument)).toMatchObject({ price: '100', bid: '100', ask: '100' });
    expect(Math.abs(Date.parse(await h.broker.serverTime()) - Date.now())).toBeLessThan(5_000);
    expect((await h.broker.keyRights?.())?.withdraw).not.toBe(true);
  });
}

function streams(harness: () => ExchangeHarness): void {
  const until = async (what: () => boolean): Promise<void> => {
    while (!what()) await new Promise((resolve) => setTimeout(resolve, 20));
  };

  test('the account line hints at each change, quotes come for what is watched, and both lines come back after a break', async () => {
    const h = harness();
    const seen = { changed: 0, quotes: 0, up: 0, down: 0 };
    const stream = h.broker.stream?.({
      changed: () => (seen.changed += 1),
      quote: ({ instrument, bid, ask }) => {
        if (instrument === h.instrument && bid === '100' && ask === '100') seen.quotes += 1;
      },
      line: (_, up) => (up ? (seen.up += 1) : (seen.down += 1)),
    });
    try {
      stream?.watch([h.instrument]);
      await until(() => seen.up === 2 && seen.quotes > 0);
      // The subscription may take a moment: from then on every order is told of.
      await until(() => {
        const before = seen.changed;
        h.simulator.ledger.place(h.key.apiKey, {
          ...{ clientOrderId: newId(), instrument: h.instrument, side: 'buy', quantity: '0.1' },
          ...{ terms: limit('50'), timeInForce: 'GTC' },
        });
        return seen.changed > 1 && before > 0;
      });
      h.simulator.breakStreams(true);
      await until(() => seen.down >= 2);
      h.simulator.breakStreams(false);
      const quotes = seen.quotes;
      await until(() => seen.up >= 4 && seen.quotes > quotes);
    } finally {
      stream?.close();
    }
  }, 30_000);
}
