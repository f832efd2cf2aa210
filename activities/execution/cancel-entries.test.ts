import type { EntryRef } from '../../database/halt-progress';
import { instant } from '../../domain/clock/instant';
import type { ClientOrderId } from '../../domain/order/order';
import { cancelEntries } from './cancel-entries';

const entry = (n: number): EntryRef => ({
  tradeId: `trade-${n}`,
  order: {
    clientOrderId: `order-${n}` as ClientOrderId,
    instrument: 'EXA',
    type: 'limit',
    venueOrderId: `${n}`,
    createdAt: instant(0),
  },
});

describe('the entries of a halted account', () => {
  it('are cancelled some at once, each asked for once, although the venue goes on to show it', async () => {
    const all = Array.from({ length: 25 }, (_, n) => entry(n));
    const asked: string[] = [];
    let atOnce = 0;
    let most = 0;
    await cancelEntries(
      () => Promise.resolve(all),
      async ({ tradeId }) => {
        asked.push(tradeId);
        most = Math.max(most, (atOnce += 1));
        await Promise.resolve();
        atOnce -= 1;
      },
    );
    expect(asked).toEqual(all.map(({ tradeId }) => tradeId));
    expect(most).toBe(10);
  });

  it('are left alone where their trades have cancelled them meanwhile', async () => {
    let left = Array.from({ length: 12 }, (_, n) => entry(n));
    const asked: string[] = [];
    await cancelEntries(
      () => Promise.resolve(left),
      ({ tradeId }) => {
        asked.push(tradeId);
        // The trades were told, too.
        left = [entry(11)];
        return Promise.resolve();
      },
    );
    expect(asked).toEqual([...Array.from({ length: 10 }, (_, n) => `trade-${n}`), 'trade-11']);
  });

  it('fail together with a cancel that fails, so that the next call tries it', async () => {
    const failing = cancelEntries(
      () => Promise.resolve([entry(1)]),
      () => Promise.reject(new Error('the venue is away')),
    );
    await expect(failing).rejects.toThrow('the venue is away');
  });
});
