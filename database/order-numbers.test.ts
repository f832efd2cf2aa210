import type { ClientOrderId } from '../domain/order/order';
import { JournalLab } from '../tests/support/journal-desk';
import type { Desk } from '../tests/support/journal-desk';
import { PostgresOrderNumbers } from './order-numbers';

let lab: JournalLab;
let desk: Desk;
beforeAll(async () => {
  lab = await JournalLab.open();
});
afterAll(() => lab.close());

beforeEach(async () => {
  desk = await lab.desk();
});

describe('numbers of orders', () => {
  const id = (letter: string) => letter.repeat(32) as ClientOrderId;
  const numbers = (last = 1_000) => new PostgresOrderNumbers(desk.database, desk.account, 11, last);

  it('rise, are kept, and do not follow a venue that forgets', async () => {
    expect(await numbers().draw(id('a'), 5)).toMatchObject({ number: 5 });
    expect(await numbers().draw(id('b'), 5)).toMatchObject({ number: 6 });
    // The venue was restarted, and offers an old number again.
    expect(await numbers().draw(id('c'), 1)).toMatchObject({ number: 7 });
    expect(await numbers().draw(id('d'), 100)).toMatchObject({ number: 100 });
    expect(await numbers().draw(id('a'), 200)).toMatchObject({ number: 5 });
    expect([...(await numbers().of([id('a'), id('z')])).keys()]).toEqual([id('a')]);
  });

  it('are distinct however many are drawn at once', async () => {
    const ids = Array.from({ length: 30 }, (_, index) => index.toString(16).padStart(32, '0') as ClientOrderId);
    const drawn = await Promise.all(ids.map((one) => numbers().draw(one, 1)));
    expect(new Set(drawn.map(({ number }) => number)).size).toBe(30);
  });

  it('end where the venue takes no more', async () => {
    await numbers(2).draw(id('a'), 2);
    await expect(numbers(2).draw(id('b'), 1)).rejects.toThrow('no order numbers left');
  });
});

describe('a further number of an order', () => {
  const numbers = () => new PostgresOrderNumbers(desk.database, desk.account, 11, 1_000);

  /** An approved entry whose first attempt drew number 5 and is being sent. */
  async function sending() {
    const order = desk.order(await desk.trade(), 'entry', 'buy', 1);
    await desk.approve(order, 1);
    await desk.fence(order);
    const id = order.request.clientOrderId;
    await numbers().draw(id, 5);
    return { id, order };
  }

  it('is drawn for the next attempt when the first was not sent, and is the number of the order from then on', async () => {
    const { id, order } = await sending();
    await desk.record(order, { kind: 'not-sent', message: 'no line' });
    expect(await numbers().redraw(id, 5, 9)).toBeUndefined();
    await desk.fence(order, { n: 2, owner: 'second' });
    expect(await numbers().redraw(id, 5, 9)).toMatchObject({ number: 9 });
    expect(await numbers().redraw(id, 5, 9)).toMatchObject({ number: 9 });
    expect(await numbers().draw(id, 20)).toMatchObject({ number: 9 });
    expect((await numbers().of([id])).get(id)).toMatchObject({ number: 9 });
    expect(await numbers().draw('f'.repeat(32) as ClientOrderId, 1)).toMatchObject({ number: 10 });
  });

  it('is drawn when the first was missed wherever the venue could show it', async () => {
    const { id, order } = await sending();
    await desk.record(order, { kind: 'unknown', message: 'no answer' });
    expect(await numbers().redraw(id, 5, 9)).toBeUndefined();
    await lab.wait(3_000);
    await desk.lookUp(order, { kind: 'not-found' });
    await lab.wait(1_000);
    expect(await desk.lookUp(order, { kind: 'not-found' })).toMatchObject({ verdict: 'not-found' });
    await desk.fence(order, { n: 2, owner: 'second' });
    expect(await numbers().redraw(id, 5, 9)).toMatchObject({ number: 9 });
  });

  it('is refused while the first is in doubt, even if the fence let a second one pass', async () => {
    const { id, order } = await sending();
    await desk.record(order, { kind: 'unknown', message: 'no answer' });
    await desk.database.query(
      `INSERT INTO order_attempts (client_order_id, n, owner, fenced_at, valid_until)
       VALUES ($1, 2, 'second', clock_timestamp(), clock_timestamp())`,
      [id],
    );
    expect(await numbers().redraw(id, 5, 9)).toBeUndefined();
    expect(await numbers().draw(id, 9)).toMatchObject({ number: 5 });
  });
});
