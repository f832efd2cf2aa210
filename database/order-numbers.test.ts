import type { ClientOrderId } from '../domain/order/order';
import { JournalLab, MONDAY } from '../tests/support/journal-desk';
import type { Desk } from '../tests/support/journal-desk';
import { PostgresOrderNumbers } from './order-numbers';

let lab: JournalLab;
let desk: Desk;
beforeAll(async () => {
  lab = await JournalLab.open();
});
afterAll(() => lab.close());

beforeEach(async () => {
  await lab.setClock(MONDAY);
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
