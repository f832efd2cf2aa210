import { openDatabase } from '../../database/pool';
import type { Database } from '../../database/pool';
import { PaperVenue } from '../../database/paper-venue';
import { instant } from '../../domain/clock/instant';
import type { SendPermit, SubmitOutcome } from '../../domain/order/broker';
import { find, locate, newId, permit, request } from '../../tests/support/broker-harness';
import { createTestDatabase } from '../../tests/support/database';
import type { TestDatabase } from '../../tests/support/database';
import { NO_COSTS, PaperHarness } from '../../tests/support/paper-harness';
import { PaperBroker } from './paper-broker';

let testDatabase: TestDatabase;
let database: Database;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = openDatabase(testDatabase.url, { max: 10 });
});
afterAll(async () => {
  await database.end();
  await testDatabase.drop();
});

describe('a request', () => {
  test('that is slow on its way is refused by the database when its validity has ended', async () => {
    const h = await PaperHarness.open(database);
    const slow = h.anotherBroker({ request: () => new Promise((resolve) => setTimeout(resolve, 80)) });
    const short: SendPermit = { ...permit(), validUntil: instant(Date.now() + 20) };
    expect(await slow.submit(request(h), short)).toMatchObject({ kind: 'rejected', code: 'request_expired' });
    expect(await h.acceptedOrders()).toBe(0);
  });

  test('that is stored too late leaves nothing, whenever it was read', async () => {
    const h = await PaperHarness.open(database);
    const venue = new PaperVenue(database, h.account);
    const { sequence, advancedTo, cash } = await venue.read(null);
    const update = {
      readSequence: sequence,
      readAdvancedTo: advancedTo,
      advancedTo,
      sequence: sequence + 1,
      cash,
      placed: [],
      changed: [],
      fills: [],
      positions: [],
    };
    expect(await venue.store(update, { validUntil: instant(Date.now() - 1) })).toEqual({ result: 'expired' });
    expect(await venue.store(update)).toMatchObject({ result: 'stored', changes: null });
    expect(await venue.store(update)).toEqual({ result: 'moved' });
  });

  test('uses the validity that its permit has when it was last checked', async () => {
    const h = await PaperHarness.open(database);
    const renewed = {
      validUntil: instant(Date.now() - 1_000),
      stillValid(): Promise<boolean> {
        this.validUntil = instant(Date.now() + 2_000);
        return Promise.resolve(true);
      },
    };
    expect((await h.broker.submit(request(h), renewed)).kind).toBe('acked');
  });
});

describe('a database that fails', () => {
  const submitTo = async (h: PaperHarness, broken: Database): Promise<SubmitOutcome> => {
    const { account, market } = h;
    return new PaperBroker({ account, database: broken, market, costs: NO_COSTS }).submit(request(h), permit());
  };

  test('out of reach, it makes an order not sent, a look-up inconclusive, a cancel unknown, and a poll throw', async () => {
    const h = await PaperHarness.open(database);
    const unreachable = openDatabase('postgres://nobody@127.0.0.1:1/none');
    const broker = new PaperBroker({ account: h.account, database: unreachable, market: h.market, costs: NO_COSTS });
    expect(await broker.submit(request(h), permit())).toMatchObject({ kind: 'not-sent' });
    expect(await broker.find(locate({ broker, instrument: 'TEST' }, newId()))).toMatchObject({ kind: 'inconclusive' });
    expect(await broker.cancel(locate({ broker, instrument: 'TEST' }, newId()))).toMatchObject({ kind: 'unknown' });
    await expect(broker.poll(undefined)).rejects.toThrow();
    await unreachable.end();
  });

  test('that refuses the write itself has stored nothing: not sent', async () => {
    const h = await PaperHarness.open(database);
    await database.query(
      `CREATE FUNCTION paper.fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'disk full' USING ERRCODE = '53100'; END $$;
       CREATE TRIGGER fail BEFORE INSERT ON paper.orders FOR EACH ROW WHEN (NEW.account = '${h.account}') EXECUTE FUNCTION paper.fail()`,
    );
    expect(await submitTo(h, database)).toMatchObject({ kind: 'not-sent', message: 'disk full' });
    expect(await h.acceptedOrders()).toBe(0);
    await database.query('DROP FUNCTION paper.fail() CASCADE');
  });

  test('whose connection dies during the write leaves the outcome unknown', async () => {
    const h = await PaperHarness.open(database);
    await database.query(
      `CREATE FUNCTION paper.die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(1); RETURN NEW; END $$;
       CREATE TRIGGER die BEFORE INSERT ON paper.orders FOR EACH ROW WHEN (NEW.account = '${h.account}') EXECUTE FUNCTION paper.die()`,
    );
    expect(await submitTo(h, database)).toMatchObject({ kind: 'unknown' });
    await database.query('DROP FUNCTION paper.die() CASCADE');
    expect(await h.acceptedOrders()).toBe(0);
  });

  test('a look-up waits for an order that is just being stored, so that it is never missed', async () => {
    const h = await PaperHarness.open(database);
    const order = request(h);
    await database.query(
      `CREATE FUNCTION paper.stall() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.3); RETURN NEW; END $$;
       CREATE TRIGGER stall BEFORE INSERT ON paper.orders FOR EACH ROW WHEN (NEW.account = '${h.account}') EXECUTE FUNCTION paper.stall()`,
    );
    const submitted = h.broker.submit(order, permit());
    await new Promise((resolve) => setTimeout(resolve, 100));
    const lookup = await find({ broker: h.anotherBroker(), instrument: 'TEST' }, order.clientOrderId);
    expect(lookup.kind).toBe('found');
    expect((await submitted).kind).toBe('acked');
    await database.query('DROP FUNCTION paper.stall() CASCADE');
  });
});
