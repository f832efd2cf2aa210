import { runCli } from '../tests/support/cli';
import { IbClient } from '../tests/support/ib-client';

interface Printed {
  readonly settings: Readonly<Record<string, string>>;
}

describe('simulate ib', () => {
  it('stands in for TWS with a paper account, tells what happens, and has a door for its admin', async () => {
    let printed = '';
    let said = '';
    const { code } = await runCli(['simulate', 'ib', '--port', '0', '--admin-port', '0', '--json'], {
      stdout: (text) => (printed += text),
      stderr: (text) => (said += text),
      interrupted: async () => {
        const { settings } = JSON.parse(printed) as Printed;
        expect(settings).toMatchObject({ IB_ACCOUNT: 'DU1234567', IB_HOST: '127.0.0.1' });
        const client = await IbClient.connect(Number(settings['IB_PORT']));
        await client.status(client.place({ orderRef: 'from-the-test' }), 'Filled');
        client.close();
        const admin = /admin's door at (\S+)/.exec(said)?.[1] ?? '';
        const ledger = (await (await fetch(`${admin}ledger`)).json()) as { orders: { clientOrderId: string }[] };
        expect(ledger.orders.map(({ clientOrderId }) => clientOrderId)).toEqual(['from-the-test']);
      },
    });
    expect(code).toBe(0);
    expect(said).toMatch(
      /^order 1\/1 \(\d+\): buy 10 AAPL MKT: open, 0 filled\norder 1\/1 \(\d+\): buy 10 AAPL MKT: 10 at \d+(\.\d+)?$/m,
    );
  });

  it('says where it listens, to a person', async () => {
    const { code, stdout } = await runCli([
      'simulate',
      'ib',
      '--port',
      '0',
      '--hours',
      'exchange',
      '--market-data',
      'delayed',
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^Listening at 127\.0\.0\.1:\d+\. To use it, .*\n {2}IB_ACCOUNT=DU1234567\n {2}IB_HOST=127\.0\.0\.1\n {2}IB_PORT=\d+\nThen:\n/,
    );
  });

  it.each([
    [['--hours', 'never'], '--hours must be one of always, exchange.'],
    [['--market-data', 'free'], '--market-data must be one of live, delayed, none.'],
    [['--admin-port', '99999'], '--admin-port must be a whole number'],
  ])('refuses %j', async (options, words) => {
    const { code, stderr } = await runCli(['simulate', 'ib', '--port', '0', ...options]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
  });
});
