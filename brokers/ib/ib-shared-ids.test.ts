import { IBApiNext } from '@stoqey/ib';
import { request, submit } from '../../tests/support/broker-harness';
import { foreignOrder, IbHarness } from '../../tests/support/ib-harness';

/** TWS answers orders and requests by one kind of number: a refused order may answer a request. */
let h: IbHarness;
beforeEach(async () => {
  h = await IbHarness.open();
});
afterEach(() => h.close());

describe('a subscription to prices', () => {
  it('goes on while orders are refused', async () => {
    const prices: string[] = [];
    const stream = h.broker.stream({
      changed: () => undefined,
      quote: ({ price }) => void prices.push(price),
      line: () => undefined,
    });
    stream.watch(['AAPL']);
    await until(() => prices.length > 0);
    for (let index = 0; index < 3; index += 1) {
      h.simulator.faults.script({ on: 'order', kind: 'reject' });
      expect(await submit(h, request(h))).toMatchObject({ kind: 'rejected', venueCode: '201' });
    }
    await h.trade(103);
    await until(() => prices.at(-1) === '103');
    stream.close();
  }, 30_000);

  it('ends with a refused order where both share a line, as with the convenience class of the library', async () => {
    const quiet = (): void => undefined;
    const api = new IBApiNext({
      ...{ host: '127.0.0.1', port: h.simulator.port },
      logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    });
    api.connect(77);
    try {
      const ended = new Promise<unknown>((resolve) => {
        api.getMarketData({ conId: 265598, exchange: 'SMART' }, '', false, false).subscribe({ error: resolve });
      });
      h.simulator.faults.script({ on: 'order', kind: 'reject' });
      await api.placeNewOrder({ conId: 265598, exchange: 'SMART' }, foreignOrder(90, 1));
      expect(await ended).toMatchObject({ code: 201 });
    } finally {
      api.disconnect();
    }
  }, 30_000);
});

/** Waits until something holds; a test that waits for ever fails by its own limit. */
async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((resolve) => setTimeout(resolve, 20));
}
