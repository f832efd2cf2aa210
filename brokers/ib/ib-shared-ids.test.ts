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

describe('a client id', () => {
  it('is free again when its broker is closed while its line is being opened', async () => {
    h.simulator.faults.script({ on: 'connect', kind: 'slow', matching: '31', ms: 300 });
    const broker = h.another({ clientId: 31 });
    const answer = broker.serverTime().then(
      () => 'answered',
      (error: unknown) => (error as Error).message,
    );
    await until(() => h.simulator.clientIds.includes(31));
    broker.close();
    expect(await answer).toBe('the line is closed');
    await until(() => !h.simulator.clientIds.includes(31));
  }, 30_000);
});

/** Waits until something holds; a test that waits for ever fails by its own limit. */
async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((resolve) => setTimeout(resolve, 20));
}
