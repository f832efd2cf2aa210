import fc from 'fast-check';
import { createSeededDatabase, type SeededDatabase } from '../tests/support/seeded-database';
import { expectContract, openTestApi, type TestApi } from '../tests/support/api';
import type { References } from '../database/registry-accounts';
import { calendarOf } from '../domain/calendar/calendars';
import type { Instant } from '../domain/clock/instant';
import { decimalString as d } from '../domain/money/decimal';
import type { ProblemDocument } from './contract/problems';
import type { StartTradeBody } from './contract/start-trade';
import { checkReferences, specOf, validUntil } from './trade-request';

let db: SeededDatabase;
let test: TestApi;
beforeAll(async () => {
  db = await createSeededDatabase();
  test = await openTestApi(db.url);
});
afterAll(async () => {
  await test.close();
  await db.close();
});

const manual = {
  account: 'paper',
  instrument: 'US500',
  strategy: 'manual',
  direction: 'long',
  stopPrice: '2400',
};
/** Entered when the price has turned up by five from its low. */
const trailing = {
  ...manual,
  stopPrice: undefined,
  stopDistance: '20',
  entry: { type: 'trailing-stop', trailAmount: '5' },
};

let count = 0;
const freshKey = (): string => `k${(count += 1)}`;

function post(body: unknown, key: string = freshKey()) {
  const request = test.as('trader').post('/v1/trades').set('Idempotency-Key', key);
  return typeof body === 'string'
    ? request.set('Content-Type', 'application/json').send(body)
    : request.send(body as object);
}

async function problem(body: unknown): Promise<ProblemDocument> {
  const before = await stored();
  const response = await post(body);
  expectContract('startTrade', response);
  expect(await stored()).toBe(before);
  return response.body as ProblemDocument;
}

async function stored(): Promise<number> {
  return (await db.database.query<{ n: number }>('SELECT count(*)::int AS n FROM trades')).rows[0]?.n ?? 0;
}

describe('bad input', () => {
  it('that is no JSON is refused with 400', async () => {
    for (const body of ['{"account": "paper"', 'not json', '"text"']) {
      expect(await problem(body)).toMatchObject({ status: 400, code: 'malformed_json' });
    }
  });

  it('without a key for repeats is refused with 400, and so is a malformed one', async () => {
    const missing = await test.as('trader').post('/v1/trades').send(manual);
    expect(missing.status).toBe(400);
    expect(missing.body).toMatchObject({
      code: 'idempotency_key_required',
      errors: [{ field: 'Idempotency-Key', rule: 'required' }],
    });
    for (const key of ['a b', 'é', 'x'.repeat(65), 'a:b']) {
      const bad = await test.as('trader').post('/v1/trades').set('Idempotency-Key', encodeURI(key)).send(manual);
      expect(bad.body).toMatchObject({ status: 400, code: 'invalid_idempotency_key', errors: [{ rule: 'format' }] });
    }
  });

  it.each<[string, object, string, string]>([
    ['an unknown field', { ...manual, leverage: '3' }, 'leverage', 'unknown_field'],
    [
      'an unknown field of an inner object',
      { ...manual, entry: { type: 'market', foo: 1 } },
      'entry.foo',
      'unknown_field',
    ],
    ['a missing field', { instrument: 'US500', strategy: 'technical' }, 'account', 'required'],
    ['a field of the wrong type', { ...manual, timeExitSeconds: '60' }, 'timeExitSeconds', 'range'],
    ['text where an object is needed', { ...manual, entry: 'market' }, 'entry', 'type'],
    ['an unknown word', { ...manual, direction: 'up' }, 'direction', 'one_of'],
    ['an amount as a float', { ...manual, stopPrice: 2400.5 }, 'stopPrice', 'decimal_string'],
    ['an amount with an exponent', { ...manual, stopPrice: '2.4e3' }, 'stopPrice', 'decimal_string'],
    ['an amount with a plus sign', { ...manual, stopPrice: '+2400' }, 'stopPrice', 'decimal_string'],
    ['an amount with a comma', { ...manual, maxNotional: '5,000' }, 'maxNotional', 'decimal_string'],
    ['an amount of nothing', { ...manual, maxQuantity: '0.00' }, 'maxQuantity', 'positive'],
    ['a negative amount', { ...manual, maxQuantity: '-1' }, 'maxQuantity', 'positive'],
    ['a limit entry without a price', { ...manual, entry: { type: 'limit' } }, 'entry.price', 'required'],
    ['a stop entry without a stopPrice', { ...manual, entry: { type: 'stop' } }, 'entry.stopPrice', 'required'],
    [
      'a stop-limit entry without a price',
      { ...manual, entry: { type: 'stop-limit', stopPrice: '2450' } },
      'entry.price',
      'required',
    ],
    [
      'a market entry with a price',
      { ...manual, entry: { type: 'market', price: '2420' } },
      'entry.price',
      'not_allowed',
    ],
    [
      'a limit entry with a stopPrice',
      { ...manual, entry: { type: 'limit', price: '2420', stopPrice: '1' } },
      'entry.stopPrice',
      'not_allowed',
    ],
    ['a manual trade without a direction', { ...manual, direction: undefined }, 'direction', 'required'],
    ['a manual trade without a stop', { ...manual, stopPrice: undefined }, 'stopPrice', 'required'],
    ['a direction for a strategy', { ...manual, strategy: 'technical' }, 'direction', 'not_allowed'],
    ['a stop above a long entry', { ...manual, entry: { type: 'limit', price: '2390' } }, 'stopPrice', 'losing_side'],
    [
      'a stop below a short entry',
      { ...manual, direction: 'short', entry: { type: 'limit', price: '2450' } },
      'stopPrice',
      'losing_side',
    ],
    ['a target below a long stop', { ...manual, takeProfitPrice: '2300' }, 'takeProfitPrice', 'winning_side'],
    [
      'a target above a short stop',
      { ...manual, direction: 'short', takeProfitPrice: '2450' },
      'takeProfitPrice',
      'winning_side',
    ],
    ['two trailing distances', { ...manual, trailing: { bps: 10, amount: '1' } }, 'trailing', 'exactly_one'],
    ['no trailing distance', { ...manual, trailing: {} }, 'trailing', 'exactly_one'],
    ['a native trailing stop alone', { ...manual, trailing: { native: true } }, 'trailing', 'exactly_one'],
    [
      'a native trailing stop in words',
      { ...manual, trailing: { bps: 10, native: 'yes' } },
      'trailing.native',
      'boolean',
    ],
    [
      'a limit of a trailing stop that is none of the venue',
      { ...manual, trailing: { bps: 10, limitOffset: '1' } },
      'trailing.limitOffset',
      'not_allowed',
    ],
    [
      'a limit at the trailing stop',
      { ...manual, trailing: { bps: 10, native: true, limitOffset: '0' } },
      'trailing.limitOffset',
      'positive',
    ],
    ['a trailing entry with a fixed stop', { ...trailing, stopPrice: '2400' }, 'stopPrice', 'not_allowed'],
    ['a trailing entry without a stop', { ...trailing, stopDistance: undefined }, 'stopDistance', 'required'],
    ['a stop at no distance', { ...trailing, stopDistance: '0' }, 'stopDistance', 'positive'],
    ['a distance of another entry', { ...manual, stopDistance: '20' }, 'stopDistance', 'not_allowed'],
    [
      'a trailing entry without a way',
      { ...trailing, entry: { type: 'trailing-stop' } },
      'entry.trailAmount',
      'exactly_one',
    ],
    [
      'a trailing entry with two ways',
      { ...trailing, entry: { type: 'trailing-stop', trailAmount: '5', trailBps: 10 } },
      'entry.trailAmount',
      'exactly_one',
    ],
    [
      'a trailing limit that begins nowhere',
      { ...trailing, entry: { type: 'trailing-stop-limit', trailAmount: '5', limitOffset: '1' } },
      'entry.stopPrice',
      'required',
    ],
    [
      'a trailing limit without an offset',
      { ...trailing, entry: { type: 'trailing-stop-limit', trailAmount: '5', stopPrice: '2450' } },
      'entry.limitOffset',
      'required',
    ],
    [
      'a way of another entry',
      { ...manual, entry: { type: 'market', trailAmount: '5' } },
      'entry.trailAmount',
      'not_allowed',
    ],
    [
      'an offset of another entry',
      { ...trailing, entry: { ...trailing.entry, limitOffset: '1' } },
      'entry.limitOffset',
      'not_allowed',
    ],
    ['a fraction of a second', { ...manual, timeExitSeconds: 1.5 }, 'timeExitSeconds', 'range'],
    ['a wait of years', { ...manual, unfilledTimeoutSeconds: 1e9 }, 'unfilledTimeoutSeconds', 'range'],
    ['a moment without its zone', { ...manual, validUntil: '2017-06-16T20:00:00' }, 'validUntil', 'moment'],
    ['a day that does not exist', { ...manual, validUntil: '2018-02-30T20:00:00Z' }, 'validUntil', 'moment'],
    ['a moment that has passed', { ...manual, validUntil: '2017-06-14T12:30:00Z' }, 'validUntil', 'future'],
    ['a name with odd letters', { ...manual, account: 'PAPER!' }, 'account', 'name'],
  ])('with %s is refused with 422, naming field and rule', async (_what, body, field, rule) => {
    const found = await problem(body);
    expect(found).toMatchObject({
      status: 422,
      code: 'invalid_request',
      type: 'urn:tradewind:problem:invalid_request',
    });
    expect(found.errors).toContainEqual(expect.objectContaining({ field, rule }));
    expect(found.detail.length).toBeGreaterThan(10);
  });

  it('names every broken rule at once', async () => {
    const found = await problem({ ...manual, stopPrice: 1, maxNotional: 'x', extra: 1 });
    expect(found.errors?.map((error) => error.field).sort()).toEqual(['extra', 'maxNotional', 'stopPrice']);
  });

  it.each<[string, object, readonly string[]]>([
    ['account', { ...manual, account: 'nobody' }, ['paper']],
    ['instrument', { ...manual, instrument: 'NOTHING' }, ['SIM', 'SIMF', 'US500', 'USCOMP']],
    ['strategy', { account: 'paper', instrument: 'US500', strategy: 'astrology' }, ['manual', 'technical']],
  ])('with an unknown %s is refused with 422 and the known ones', async (field, body, known) => {
    const found = await problem(body);
    expect(found).toMatchObject({ status: 422, code: 'unknown_reference' });
    expect(found.errors).toEqual([{ field, rule: 'unknown', message: `must be one of: ${known.join(', ')}`, known }]);
  });

  it('of another type or size is refused', async () => {
    const text = await test
      .as('trader')
      .post('/v1/trades')
      .set('Idempotency-Key', 'x')
      .set('Content-Type', 'text/plain')
      .send('hello');
    expect(text.body).toMatchObject({ status: 415, code: 'unsupported_media_type' });
    const large = await problem({ ...manual, strategy: 'x'.repeat(40_000) });
    expect(large).toMatchObject({ status: 413, code: 'body_too_large' });
    const empty = await test.as('trader').post('/v1/trades').set('Idempotency-Key', 'x');
    expect(empty.body).toMatchObject({ status: 422, code: 'invalid_request' });
    const encoded = await test
      .as('trader')
      .post('/v1/trades')
      .set('Idempotency-Key', 'x')
      .set('Content-Encoding', 'br')
      .send(manual);
    expect(encoded.status).toBeGreaterThanOrEqual(400);
    expect(encoded.status).toBeLessThan(500);
  });

  it('past the end of the calendar asks for a validUntil', async () => {
    await db.database.query(`UPDATE account_clocks SET market_time = '2099-01-01T00:00:00Z'`);
    expect(await problem(manual)).toMatchObject({ status: 422, errors: [{ field: 'validUntil', rule: 'required' }] });
    await db.database.query(`UPDATE account_clocks SET market_time = '2017-06-14T12:30:00Z'`);
  });

  it('never gets a number through as an amount, and never loses a digit of a good one', async () => {
    const digits = fc.stringMatching(/^[1-9]\d{0,11}(\.\d{1,10})?$/);
    await fc.assert(
      fc.asyncProperty(digits, async (amount) => {
        const good = await post({ ...manual, maxNotional: amount });
        expect(good.status).toBe(201);
        expect((good.body as { spec: { maxNotional: string } }).spec.maxNotional).toBe(amount);
        for (const bad of [Number(amount), `${amount}e1`, ` ${amount}`, `${amount}.`, `0x${amount}`, null, [amount]]) {
          const refused = await post({ ...manual, maxNotional: bad });
          expect(refused.status).toBe(422);
          expect(refused.body).toMatchObject({ errors: [{ field: 'maxNotional', rule: 'decimal_string' }] });
        }
      }),
      { numRuns: 8 },
    );
  });
});

describe('the terms of an entry', () => {
  const limit = { ...manual, entry: { type: 'limit', price: '2450' } };
  const rules = async (body: object) =>
    (await problem(body)).errors?.map(({ field, rule: broken }) => `${field} ${broken}`);

  it('that the venue of the account lacks are refused by name, and nothing is stored', async () => {
    for (const timeInForce of ['GTD', 'OPG'] as const) {
      const goodTill = timeInForce === 'GTD' ? { goodTill: '2090-01-02T15:00:00Z' } : {};
      const refused = await problem({ ...limit, timeInForce, ...goodTill });
      expect(refused).toMatchObject({ status: 422, errors: [{ field: 'timeInForce', rule: 'not_supported' }] });
      expect(refused.detail).toContain(timeInForce);
    }
    // The control: what it has is taken.
    expect((await post({ ...limit, timeInForce: 'DAY' })).status).toBeLessThan(300);
  });

  it('must suit each other', async () => {
    expect(await rules({ ...limit, timeInForce: 'GTD' })).toEqual(['goodTill required']);
    expect(await rules({ ...limit, goodTill: '2090-01-02T15:00:00Z' })).toEqual(['goodTill not_allowed']);
    expect(await rules({ ...manual, timeInForce: 'GTD', goodTill: '2090-01-02T15:00:00Z' })).toEqual([
      'timeInForce unsuited',
    ]);
    const stop = { ...manual, entry: { type: 'stop', stopPrice: '2450' } };
    expect(await rules({ ...stop, timeInForce: 'OPG' })).toEqual(['timeInForce unsuited']);
    expect(await rules({ ...limit, timeInForce: 'GTX' })).toEqual(['timeInForce one_of']);
  });
});

describe('what becomes of them', () => {
  const body = { ...manual, entry: { type: 'limit', price: d('2450') }, stopPrice: d('2400') } as never;
  const references = (venue: string) =>
    ({
      ...{ accounts: ['paper'], instruments: ['US500'], quarantine: null, venue, calendar: 'NYSE' },
      marketTime: '2026-03-02T15:00:00.000Z' as Instant,
    }) as References;

  it('a date is the end of the trade unless it says another, and must lie ahead', () => {
    const dated = Object.assign({}, body, {
      timeInForce: 'GTD',
      goodTill: '2026-03-05T15:00:00.000Z',
    }) as StartTradeBody;
    checkReferences(dated, references('ib'), []);
    const until = validUntil(dated, references('ib'), calendarOf);
    expect(until).toBe('2026-03-05T15:00:00.000Z');
    expect(specOf(dated, until)).toMatchObject({
      timeInForce: 'GTD',
      goodTill: until,
      unfilledTimeoutSeconds: 31_536_000,
    });
    expect(() =>
      validUntil({ ...dated, goodTill: '2026-03-02T15:00:00.000Z' as Instant }, references('ib'), calendarOf),
    ).toThrow('goodTill must be later');
  });

  it('a trailing stop may rest at a venue that lets it begin at a level; another refuses it by name', () => {
    const trailing = { bps: 150, native: true as const, limitOffset: d('0.5') };
    const native = Object.assign({}, body, { trailing }) as StartTradeBody;
    for (const venue of ['paper', 'ib']) checkReferences(native, references(venue), []);
    for (const venue of ['binance', 'coinbase', 'kraken', 'okx', 'bybit'])
      expect(() => checkReferences(native, references(venue), [])).toThrow(
        `trailing.native is refused: ${venue} has no trailing stops that begin at a level`,
      );
    const until = '2026-03-02T21:00:00.000Z' as Instant;
    expect(specOf(native, until).trailing).toEqual(trailing);
    // Left to the watcher, it is taken anywhere.
    const watched = Object.assign({}, body, { trailing: { amount: d('5'), native: false } }) as StartTradeBody;
    checkReferences(watched, references('binance'), []);
    expect(specOf(watched, until).trailing).toEqual({ amount: '5' });
  });

  it('a trailing entry has a distance for its stop, at a venue that has such orders', () => {
    const asked = { ...trailing, stopDistance: d('20'), entry: { type: 'trailing-stop', trailAmount: d('5') } };
    const entered = asked as never as StartTradeBody;
    for (const venue of ['paper', 'ib']) checkReferences(entered, references(venue), []);
    expect(() => checkReferences(entered, references('okx'), [])).toThrow(
      'entry.type is refused: no trade is entered by a trailing order at okx',
    );
    const until = '2026-03-02T21:00:00.000Z' as Instant;
    expect(specOf(entered, until)).toMatchObject({
      ...{ stopDistance: '20', timeInForce: 'GTC', entry: { type: 'trailing-stop', trailAmount: '5' } },
    });
    const begins = { type: 'trailing-stop-limit' as const, trailBps: 50, stopPrice: d('2460'), limitOffset: d('1') };
    expect(specOf({ ...entered, entry: begins }, until).entry).toEqual(begins);
    const further = { type: 'trailing-stop' as const, trailBps: 50, stopPrice: d('2460') };
    expect(specOf({ ...entered, entry: further }, until).entry).toEqual(further);
  });

  it('an entry for the opening auction may wait over a long weekend', () => {
    const opening = Object.assign({}, body, { timeInForce: 'OPG' }) as StartTradeBody;
    checkReferences(opening, references('ib'), []);
    expect(() => checkReferences(opening, references('okx'), [])).toThrow('okx has no orders for the opening auction');
    expect(specOf(opening, '2026-03-02T21:00:00.000Z' as Instant).unfilledTimeoutSeconds).toBe(432_000);
    // It is accepted on Monday, in the session: its auction is Tuesday's.
    expect(validUntil(opening, references('ib'), calendarOf)).toBe('2026-03-03T21:00:00.000Z');
    const never = { ...references('ib'), calendar: 'ALWAYS' } as References;
    expect(() => validUntil(opening, never, calendarOf)).toThrow('OPG needs a market that opens');
  });
});
