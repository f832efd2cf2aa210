import { instant } from '../../domain/clock/instant';
import type { Instrument } from '../../domain/instrument/instrument';
import { quantiseQuantity, quantiseTerms } from '../../domain/instrument/rules';
import { dec, decimalString as d, floorTo, isMultipleOf, text, ZERO } from '../../domain/money/decimal';
import type { DecimalString } from '../../domain/money/decimal';
import type { Broker } from '../../domain/order/broker';
import type { ClientOrderId, OrderRequest, Side } from '../../domain/order/order';
import { SIMULATED_VENUES } from '../../simulators/exchange/start';
import { Choices } from '../../tests/chaos/choices';
import { ExchangeHarness } from '../../tests/support/exchange-harness';
import { simulatorKey } from '../../tests/support/simulator-keys';
import { wireOrder, wireRequest } from '../../tests/support/wire';
import { dialectOf } from './open-broker';

const DECIMALS = 10_000;
/** Of those, so many are signed by ccxt as well. */
const SIGNED = 40;
/** Filters as venues list them beside the simulator's own: lot and tick. */
const FILTERS = [
  ['0.00000001', '0.01'],
  ['0.00001', '0.00000001'],
  ['0.001', '0.5'],
  ['1', '0.0001'],
  ['25', '0.25'],
] as const;
/** A number in the form that a venue reads as something else, or not at all. */
const EXPONENT = /^[+-]?[\d.]+e[+-]?\d+$/i;

const CLIENT_ID = /^[0-9a-f]{32}$/;

/** From a billionth to billions, with up to twelve decimals, as no one would write it. */
function anyDecimal(choices: Choices): DecimalString {
  const digits = String(choices.whole(1, 999_999_999)) + String(choices.whole(0, 999_999_999)).padStart(9, '0');
  const places = choices.whole(6, 21);
  return text(dec(`${digits}e-${places}`));
}

/** Every value in a request, however deep. */
function leaves(value: unknown): readonly string[] {
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(leaves);
  return [String(value)];
}

describe.each(SIMULATED_VENUES)('amounts at %s', (venue) => {
  let h: ExchangeHarness;
  afterEach(() => h.close());

  test(`${DECIMALS} random decimals leave as exact multiples, never above what was meant, never with an exponent`, async () => {
    h = await ExchangeHarness.open(venue);
    const [listed] = await h.broker.instruments();
    if (listed === undefined) throw new Error('nothing is listed');
    const choices = new Choices(`amounts at ${venue}`);
    const dialect = dialectOf(venue);
    const filters: readonly Instrument[] = [
      listed,
      ...FILTERS.map(([lot, tick]) => ({ ...listed, lot: d(lot), tick: d(tick) })),
    ];
    const wrong: string[] = [];
    let sent = 0;
    for (let index = 0; index < DECIMALS; index += 1) {
      const instrument = choices.oneOf(filters);
      const [wanted, price] = [anyDecimal(choices), anyDecimal(choices)];
      const side: Side = choices.oneOf(['buy', 'sell']);
      const quantity = quantiseQuantity(instrument, wanted);
      const terms = quantiseTerms(instrument, side, 'increase', { type: 'limit', price });
      if (terms.type !== 'limit') throw new Error('a limit stays a limit');
      const off = [
        isMultipleOf(dec(quantity), dec(instrument.lot)) ? '' : 'off the lot',
        isMultipleOf(dec(terms.price), dec(instrument.tick)) ? '' : 'off the tick',
        dec(quantity).gt(wanted) ? 'more than was meant' : '',
        (side === 'buy' ? dec(terms.price).gt(price) : dec(terms.price).lt(price)) ? 'worse than was meant' : '',
      ];
      wrong.push(...off.filter((what) => what !== '').map((what) => `${wanted} at ${price}: ${what}`));
      if (dec(quantity).isZero() || dec(terms.price).isZero()) continue;
      sent += 1;
      const request = wireRequest({ instrument: instrument.id, side, quantity, terms });
      const { params } =
        sent <= SIGNED
          ? await wireOrder(dialect, { credentials: simulatorKey(venue) }, request, instrument)
          : dialect.orderCall(request, instrument);
      const said = leaves(params);
      if (said.some((value) => EXPONENT.test(value) && !CLIENT_ID.test(value)))
        wrong.push(`exponent in ${said.join()}`);
      if (!said.includes(quantity) || !said.includes(terms.price))
        wrong.push(`${quantity} at ${terms.price} left as ${said.join()}`);
    }
    expect(wrong).toEqual([]);
    expect(sent).toBeGreaterThan(DECIMALS / 2);
  }, 240_000);

  test('a venue that takes fees of what was bought: buying and selling all of it a hundred times leaves nothing but dust', async () => {
    const rate = d('0.001');
    h = await ExchangeHarness.open(venue, {}, { costs: { ...FREE_OF_SPREAD, takerFeeRate: rate, makerFeeRate: rate } });
    const [listed] = await h.broker.instruments();
    if (listed === undefined) throw new Error('nothing is listed');
    let held = ZERO;
    for (let round = 1; round <= 100; round += 1) {
      held = held.plus(await traded(h, round, 'buy', d('1.23'), listed));
      held = held.minus(await traded(h, round, 'sell', text(floorTo(held, dec(listed.lot))), listed));
    }
    const { total, locked } = h.simulator.ledger.balance(h.key.apiKey, listed.baseAsset);
    expect([text(held), text(locked)]).toEqual([text(total), '0']);
    expect(total.gte(0) && total.lt(listed.lot)).toBe(true);
    expect(h.simulator.ledger.orders).toHaveLength(200);
  }, 240_000);
});

const FREE_OF_SPREAD = { halfSpreadBps: d('0'), slippageBps: d('0'), volumeShare: d('1') };

/** Units that came or went with a market order, what was taken of them as a fee included; as the adapter shows them. */
async function traded(h: ExchangeHarness, round: number, side: Side, quantity: DecimalString, listed: Instrument) {
  const request: OrderRequest = {
    clientOrderId: `${side === 'buy' ? 'b' : 'e'}${String(round).padStart(31, '0')}` as ClientOrderId,
    ...{ account: h.account, instrument: h.instrument, side, quantity, terms: { type: 'market' }, timeInForce: 'GTC' },
  };
  const fills = await filledBy(h.broker, request);
  return fills.reduce((sum, fill) => {
    const fee = fill.feeAsset === listed.baseAsset ? dec(fill.fee) : ZERO;
    return side === 'buy' ? sum.plus(fill.quantity).minus(fee) : sum.plus(fill.quantity).plus(fee);
  }, ZERO);
}

/** Some venues answer with an id alone and show the executions a moment later. */
async function filledBy(broker: Broker, request: OrderRequest) {
  const { clientOrderId, instrument, quantity } = request;
  const validUntil = instant(Date.now() + 5_000);
  const outcome = await broker.submit(request, { validUntil, stillValid: () => Promise.resolve(true) });
  if (outcome.kind !== 'acked') throw new Error(`${outcome.kind}: ${JSON.stringify(outcome)}`);
  let { fills } = outcome;
  for (let look = 0; look < 50; look += 1) {
    if (fills.reduce((sum, fill) => sum.plus(fill.quantity), ZERO).eq(quantity)) return fills;
    await new Promise((resolve) => setTimeout(resolve, 20));
    const createdAt = instant(Date.now() - 60_000);
    const found = await broker.find({ clientOrderId, instrument, type: 'market', venueOrderId: null, createdAt });
    if (found.kind === 'found') ({ fills } = found);
  }
  throw new Error(`${clientOrderId} is not filled`);
}
