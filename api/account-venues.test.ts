import { ExchangeAccounts } from '../database/exchange-accounts';
import { exchangeSeed } from '../database/exchange-seed';
import { VenueMarket, VenueQuotes } from '../database/venue-quotes';
import { VenueSnapshots } from '../database/venue-snapshots';
import { instant } from '../domain/clock/instant';
import { decimalString as d } from '../domain/money/decimal';
import type { ListedOrder } from '../domain/order/broker';
import { expectContract, openTestApi, type TestApi } from '../tests/support/api';
import { BTC, exchangeAccount } from '../tests/support/exchange-stage';
import {
  createSeededDatabase,
  storeFilledEntry,
  storeTrade,
  type SeededDatabase,
} from '../tests/support/seeded-database';

let db: SeededDatabase;
let test: TestApi;
const NAME = 'binance-sim';
beforeAll(async () => {
  db = await createSeededDatabase();
  const accounts = new ExchangeAccounts(db.database);
  await accounts.ensure(exchangeSeed(exchangeAccount()));
  await accounts.storeListings(NAME, [BTC]);
});
afterAll(() => db.close());
beforeEach(async () => {
  test = await openTestApi(db.url);
});
afterEach(() => test.close());

const ID = 'b'.repeat(32);
const shown = (venueOrderId: string, clientOrderId: string | null): ListedOrder => ({
  venueOrderId,
  clientOrderId: clientOrderId,
  instrument: 'BTC/USDT',
  side: 'buy',
  quantity: d('1'),
  type: 'limit',
  state: 'open',
  filledQuantity: d('0'),
  receivedAt: instant(Date.now()),
});

/** An order in doubt of a new trade on paper; its id is so many times the letter. */
async function doubt(letter: string): Promise<string> {
  const id = letter.repeat(32);
  const trade = await storeTrade(db.database, `doubt-${letter}`);
  await storeFilledEntry(db.database, trade, id.replace(/./, '9'));
  await db.database.query(
    `INSERT INTO orders (client_order_id, intent_id, trade_id, account, instrument, leg, revision, side, quantity, type,
       time_in_force, params_hash, state) SELECT $2, $1 || '/stop/1', id, account, instrument, 'stop', 1, 'sell', 2, 'market',
       'GTC', 'h', 'unknown' FROM trades WHERE id = $1`,
    [trade, id],
  );
  await db.database.query(
    `INSERT INTO order_attempts (client_order_id, n, owner, state, fenced_at, valid_until) VALUES ($1, 1, 'o', 'unknown', now(), now())`,
    [id],
  );
  return id;
}

describe('what a venue showed', () => {
  it('is told as of its time, ours and foreign orders apart', async () => {
    const before = await test.as('viewer').get(`/v1/accounts/${NAME}/balances`);
    expectContract('showBalances', before);
    expect(before.body).toMatchObject({ asOf: null, balances: [] });
    const snapshots = new VenueSnapshots(db.database, NAME);
    const seen = { balances: [{ asset: 'USDT', free: d('5'), locked: d('1') }], orders: [shown('7', null)] };
    await snapshots.store({ ...seen, positions: null, values: null });
    await snapshots.problem('poll', 'the venue is away');
    await snapshots.problem('quotes', 'slow');
    await snapshots.problem('quotes', undefined);
    await snapshots.line('quotes', false, 'reset');
    const after = await test.as('viewer').get(`/v1/accounts/${NAME}/balances`);
    expectContract('showBalances', after);
    expect(after.body).toMatchObject({
      balances: [{ asset: 'USDT', free: '5', locked: '1' }],
      problems: { poll: 'the venue is away' },
      lines: { quotes: { up: false, why: 'reset' } },
    });
    expect(after.body).toMatchObject({ positions: null, values: null });
    const counted = {
      positions: [
        { instrument: 'BTC/USDT', quantity: d('2') },
        { instrument: 'conId 7 (ES)', quantity: d('1'), foreign: true },
      ],
      values: [
        { name: 'NetLiquidation', amount: d('5'), currency: 'USD' },
        { name: 'DailyPnL', amount: null, currency: 'USD' },
      ],
    } as const;
    await snapshots.store({ ...seen, ...counted });
    const then = await test.as('viewer').get(`/v1/accounts/${NAME}/balances`);
    expectContract('showBalances', then);
    expect(then.body).toMatchObject(counted);
    const orders = await test.as('viewer').get(`/v1/accounts/${NAME}/orders`);
    expectContract('listVenueOrders', orders);
    expect(orders.body).toMatchObject({ ours: [], foreign: [{ venueOrderId: '7', clientOrderId: null }] });
    expect((await test.as('viewer').get('/v1/accounts/nobody/orders')).status).toBe(404);
  });

  it('lists instruments by account, with the filters of each', async () => {
    const all = await test.as('viewer').get('/v1/instruments');
    expectContract('listInstruments', all);
    const own = await test.as('viewer').get(`/v1/instruments?account=${NAME}`);
    expect(own.body).toMatchObject({ items: [{ id: 'BTC/USDT', account: NAME, tick: '0.5', feed: 'venue' }] });
    const paper = await test.as('viewer').get('/v1/instruments?account=paper');
    expect((paper.body as { items: { id: string }[] }).items.map(({ id }) => id)).toEqual([
      'SIM',
      'SIMF',
      'US500',
      'USCOMP',
    ]);
  });

  it('has prices while somebody watches, and remembers the last one of the day before', async () => {
    const path = `/v1/accounts/${NAME}/quote?instrument=`;
    expect((await test.as('viewer').get(`${path}BTC%2FUSDT`)).body).toMatchObject({ price: null, by: null });
    const quotes = new VenueQuotes(db.database, NAME);
    expect(await quotes.leased()).toEqual(['BTC/USDT']);
    const midnight = Math.floor(Date.now() / 86_400_000) * 86_400_000;
    const at = (moment: number, price: string) => ({
      instrument: 'BTC/USDT',
      price: d(price),
      bid: d(price),
      ask: d(price),
      at: moment,
    });
    await quotes.store([at(midnight - 60_000, '90')]);
    await quotes.store([at(Date.now() + 60_000, '100')]);
    await quotes.store([at(midnight - 120_000, '80')]);
    const shownQuote = await test.as('viewer').get(`${path}BTC%2FUSDT`);
    expectContract('showQuote', shownQuote);
    expect(shownQuote.body).toMatchObject({ price: '100', bid: '100' });
    const market = new VenueMarket(quotes, 5_000);
    // A venue's clock that is ahead prints nothing from the future.
    expect(await market.quote('BTC/USDT', Date.now() + 5)).toMatchObject({ price: '100' });
    expect(await market.quote('BTC/USDT', midnight)).toMatchObject({ price: '90', at: midnight - 60_000 });
    expect(await market.quote('BTC/USDT', midnight - 90_000)).toBeUndefined();
    expect(await market.quote('ETH/USDT', Date.now())).toBeUndefined();
    // One that comes while the question is on its way is the price of its moment, and none of an earlier one.
    const now = Date.now();
    await quotes.store([at(now, '110')]);
    expect(await market.quote('BTC/USDT', now - 40)).toMatchObject({ price: '110', at: now - 40 });
    expect(await market.quote('BTC/USDT', now - 30_000)).not.toMatchObject({ price: '110' });
    const strict = new VenueMarket(quotes, 5_000, true);
    expect(await strict.quote('BTC/USDT', Date.now() + 10_000)).toBeUndefined();
    const unknown = await test.as('viewer').get(`${path}US500`);
    expectContract('showQuote', unknown);
    expect(unknown.body).toMatchObject({ code: 'unknown_reference', errors: [{ known: ['BTC/USDT'] }] });
  });

  it('says what a symbol may mean there, or that symbols are never ambiguous', async () => {
    const path = `/v1/accounts/${NAME}/contracts`;
    const never = await test.as('trader').post(path).send({ text: 'AAPL' });
    expectContract('findContracts', never);
    expect(never.body).toEqual({ account: NAME, contracts: null });
    const wrong = await test.as('trader').post(path).send({ text: 'A&B' });
    expectContract('findContracts', wrong);
    expect(wrong.body).toMatchObject({ errors: [{ field: 'text' }] });
    const kind = await test.as('trader').post(path).send({ text: 'ES', kind: 'option' });
    expectContract('findContracts', kind);
    expect(kind.body).toMatchObject({
      errors: [{ field: 'kind', rule: 'one_of', message: 'must be one of: stock, future' }],
    });
    const es = {
      ...{
        conId: 637533641,
        symbol: 'ES',
        localSymbol: 'ESZ6',
        kind: 'future' as const,
        exchange: 'CME',
        currency: 'USD',
      },
      ...{ primaryExchange: '', tradingClass: 'ES', lastTradingDay: '2026-12-18', multiplier: d('50') },
      description: 'E-mini S&P 500',
    } as const;
    test.venues.contractsAnswer = { kind: 'answered', result: [es] };
    const found = await test.as('trader').post(path).send({ text: 'ES', kind: 'future' });
    expectContract('findContracts', found);
    expect(found.body).toEqual({ account: NAME, contracts: [es] });
    expect(test.venues.asked).toContain(`contracts ${NAME} ES future`);
  });

  it('is asked through the process with the keys, and says when nobody answers', async () => {
    const checked = await test.as('trader').post(`/v1/accounts/${NAME}/check`);
    expectContract('checkBroker', checked);
    expect(checked.body).toMatchObject({ findings: [{ check: 'server time', result: 'ok' }] });
    test.venues.checkAnswer = { kind: 'unserved' };
    const unserved = await test.as('trader').post(`/v1/accounts/${NAME}/check`);
    expectContract('checkBroker', unserved);
    expect(unserved.body).toMatchObject({ code: 'venue_unavailable' });
    expect((unserved.body as { detail: string }).detail).toContain('not answered yet');
    test.venues.checkAnswer = { kind: 'unreachable' };
    expect((await test.as('trader').post(`/v1/accounts/${NAME}/check`)).body).toMatchObject({
      code: 'temporal_unavailable',
    });
  });
});

describe('a trade on an account at an exchange', () => {
  const body = {
    account: NAME,
    instrument: 'BTC/USDT',
    strategy: 'manual',
    direction: 'long',
    stopPrice: '90',
  };
  const start = (changes: object, query = '') =>
    test
      .as('trader')
      .post(`/v1/trades${query}`)
      .set('Idempotency-Key', `k-${Math.random().toString(36).slice(2)}`)
      .send({ ...body, ...changes });

  it('is refused while the account is quarantined, and taken once it is free', async () => {
    const refused = await start({});
    expectContract('startTrade', refused);
    expect(refused.body).toMatchObject({ status: 409, code: 'quarantined' });
    const accounts = new ExchangeAccounts(db.database);
    expect(await accounts.free(NAME, ['settings'])).toBe(false);
    expect(await accounts.free(NAME, ['contact'])).toBe(true);
    expect((await start({})).status).toBe(201);
    // What others have set stands, whoever else would free it or say more.
    await db.database.query(`UPDATE accounts SET quarantine = 'restored' WHERE name = $1`, [NAME]);
    await accounts.quarantine(NAME, 'key', 'the key may withdraw');
    expect(await accounts.free(NAME, ['contact', 'key', 'settings'])).toBe(false);
    expect((await start({})).body).toMatchObject({
      code: 'quarantined',
      detail: expect.stringContaining('restored') as string,
    });
    await db.database.query('UPDATE accounts SET quarantine = NULL WHERE name = $1', [NAME]);
  });

  it('names what its account lists, and is never short; paper trades none of it', async () => {
    const unknown = await start({ instrument: 'US500' });
    expect(unknown.body).toMatchObject({ code: 'unknown_reference', errors: [{ known: ['BTC/USDT'] }] });
    const onPaper = await start({ account: 'paper' });
    expect(onPaper.body).toMatchObject({ code: 'unknown_reference', errors: [{ field: 'instrument' }] });
    const short = await start({ direction: 'short', stopPrice: '110' });
    expectContract('startTrade', short);
    expect(short.body).toMatchObject({ errors: [{ field: 'direction', rule: 'not_allowed' }] });
  });

  it('tells a client that waits why the venue refused it', async () => {
    const ending = (code: string, detail: string) =>
      db.database.query(
        `UPDATE trades SET phase = 'ended', outcome = 'rejected', outcome_code = $2, outcome_detail = $3
         WHERE account = $1 AND phase <> 'ended'`,
        [NAME, code, detail],
      );
    await ending('cancelled', 'of another test');
    for (const [code, problem] of [
      ['insufficient_funds', 'insufficient_funds'],
      ['invalid_order', 'invalid_order'],
      ['price_stale', 'trade_rejected'],
    ] as const) {
      const waiting = start({}, '?wait=20');
      const answered = waiting.then((response) => response);
      let ended = 0;
      while (ended === 0) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        ended = (await ending(code, 'the venue refused the entry: -2010: balance')).rowCount ?? 0;
      }
      const response = await answered;
      expectContract('startTrade', response);
      expect(response.body).toMatchObject({ status: 422, code: problem, outcomeCode: code });
      expect((response.body as { detail: string }).detail).toContain('-2010: balance');
    }
    const patient = await start({}, '?wait=1');
    expect(patient.status).toBe(201);
    expect((await start({}, '?wait=99')).body).toMatchObject({ code: 'invalid_request' });
  });
});

describe('an order', () => {
  it('that enters is cancelled through its trade; one that protects, is foreign or has ended is not', async () => {
    const trade = await storeTrade(db.database, 'entering');
    await db.database.query(
      `INSERT INTO orders (client_order_id, intent_id, trade_id, account, instrument, leg, revision, side, quantity, type, price,
         time_in_force, params_hash, state) SELECT $2, $1 || '/entry/1', id, account, instrument, 'entry', 1, 'buy', 2, 'limit', 5,
         'GTC', 'h', 'open' FROM trades WHERE id = $1`,
      [trade, ID],
    );
    await db.database.query(`UPDATE trades SET phase = 'executing' WHERE id = $1`, [trade]);
    const cancelled = await test.as('trader').delete(`/v1/accounts/paper/orders/${ID}`).set('Idempotency-Key', 'once');
    expectContract('cancelOrder', cancelled);
    expect(test.trades.acted).toMatchObject([{ tradeId: trade, action: 'cancel', requestId: 'cancel:once' }]);
    const audit = await db.database.query(`SELECT FROM audit_events WHERE method = 'DELETE'`);
    await test.api.drain();
    expect(audit.rowCount).toBeLessThanOrEqual(1);
    expect((await db.database.query(`SELECT FROM audit_events WHERE method = 'DELETE'`)).rowCount).toBe(1);

    const stop = await doubt('c');
    const protects = await test.as('trader').delete(`/v1/accounts/paper/orders/${stop}`);
    expectContract('cancelOrder', protects);
    expect(protects.body).toMatchObject({ status: 409, code: 'protects_position' });
    expect((protects.body as { detail: string }).detail).toContain('trade exit paper:doubt-c');
    const codes = await Promise.all(
      [
        `/v1/accounts/paper/orders/${stop.replace(/./, '9')}`,
        `/v1/accounts/${NAME}/orders/7`,
        `/v1/accounts/${NAME}/orders/${ID}`,
      ].map(async (path) => ((await test.as('trader').delete(path)).body as { code: string }).code),
    );
    expect(codes).toEqual(['order_ended', 'not_our_order', 'not_found']);
    expect(test.trades.acted).toHaveLength(1);
  });

  it('in doubt is looked up when a person asks', async () => {
    const id = await doubt('d');
    const looked = await test.as('trader').post(`/v1/orders/${id}/resolve`);
    expectContract('resolveOrder', looked);
    expect(looked.body).toMatchObject({ verdict: 'again', waitMs: 50, order: { clientOrderId: id } });
    expect(test.venues.asked).toEqual([`look up ${id}`, 'wake paper:doubt-d']);
    const settled = await test.as('trader').post(`/v1/orders/${id.replace(/./, '9')}/resolve`);
    expect(settled.body).toMatchObject({ code: 'order_not_in_doubt' });
  });

  it('in doubt is settled as never arrived by an operator, for good and with the reason', async () => {
    const id = await doubt('e');
    const settle = (body: object) => test.as('operator').post(`/v1/orders/${id}/settle`).send(body);
    expect(
      (await test.as('trader').post(`/v1/orders/${id}/settle`).send({ as: 'never-arrived', reason: 'sure' })).status,
    ).toBe(403);
    for (const [body, field] of [
      [{ as: 'never-arrived' }, 'reason'],
      [{ as: 'never-arrived', reason: 'x' }, 'reason'],
      [{ as: 'never-arrived', reason: 'sure', price: '5' }, 'price'],
      [{ as: 'filled', reason: 'sure' }, 'price'],
      [{ as: 'lost', reason: 'sure' }, 'as'],
    ] as const) {
      const refused = await settle(body);
      expectContract('settleOrder', refused);
      expect(refused.body).toMatchObject({ status: 422, errors: [{ field }] });
    }
    const settled = await settle({ as: 'never-arrived', reason: 'the venue confirmed by phone' });
    expectContract('settleOrder', settled);
    expect(settled.body).toMatchObject({ state: 'unsent', closed: true, tries: [{ state: 'not-found' }] });
    const { rows } = await db.database.query(
      'SELECT settled_as, reason FROM order_settlements WHERE client_order_id = $1',
      [id],
    );
    expect(rows).toEqual([{ settled_as: 'never-arrived', reason: 'the venue confirmed by phone' }]);
    expect((await settle({ as: 'never-arrived', reason: 'again' })).body).toMatchObject({ code: 'order_not_in_doubt' });
  });

  it('in doubt is settled as filled with what the person says, and never beyond its quantity', async () => {
    const id = await doubt('f');
    const settle = (body: object) =>
      test
        .as('operator')
        .post(`/v1/orders/${id}/settle`)
        .send({ as: 'filled', reason: 'seen at the venue', ...body });
    expect((await settle({ price: '2400', quantity: '3' })).body).toMatchObject({ errors: [{ field: 'quantity' }] });
    const settled = await settle({ price: '2400', quantity: '1.5', fee: '2' });
    expectContract('settleOrder', settled);
    expect(settled.body).toMatchObject({ state: 'cancelled', booked: '1.5', fills: [{ price: '2400', fee: '2' }] });
    const { rows } = await db.database.query<{ position: string }>(
      `SELECT plain(trade_position('paper:doubt-f')) AS position`,
    );
    expect(rows).toEqual([{ position: '0.5' }]);
  });
});
