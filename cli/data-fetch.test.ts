import { answers, runCli } from '../tests/support/cli';
import { EXIT } from './context';

const view = {
  ...{ id: 'ingest:x', state: 'completed', phase: 'done', code: null, message: null, series: 'x' },
  ...{ from: null, to: null, through: null, stored: 3, corrected: 0, faulty: 0, missing: 0 },
};
const line = (...more: string[]) => ['data', 'fetch', 'AAPL', '--timeframe', '1d', '--since', '2024-01-01', ...more];

/** The body of the request that a command line leads to. */
async function bodyOf(...more: string[]): Promise<object> {
  const { asked, fetch } = answers([202, view]);
  const { code, stdout } = await runCli(line(...more), { fetch });
  expect([code, stdout]).toEqual([EXIT.done, expect.stringContaining('3 candles')]);
  return JSON.parse(asked[0]?.init.body as string) as object;
}

describe('tradewind data fetch', () => {
  it('asks an exchange by its name, for raw prices unless told', async () => {
    expect(await bodyOf('--exchange', 'binance')).toMatchObject({ feed: 'binance', symbol: 'AAPL', adjustment: 'raw' });
    expect(await bodyOf('--exchange', 'yahoo', '--adjustment', 'total')).toMatchObject({ adjustment: 'total' });
  });

  it('asks an account by the name of its feed, for prices adjusted for splits unless told', async () => {
    expect(await bodyOf('--account', 'ib-paper')).toMatchObject({ feed: 'ib-paper', adjustment: 'splits' });
    expect(await bodyOf('--account', 'ib')).toMatchObject({ feed: 'ib' });
    expect(await bodyOf('--account', 'stocks')).toMatchObject({ feed: 'ib-stocks' });
  });

  it.each([[[]], [['--exchange', 'yahoo', '--account', 'ib']]])(
    'with %j says that one of both is needed',
    async (more) => {
      const { code, stderr } = await runCli(line(...more));
      expect([code, stderr]).toEqual([EXIT.usage, expect.stringMatching(/either --exchange or --account/)]);
    },
  );
});
