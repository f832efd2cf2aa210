import { answers, runCli } from '../tests/support/cli';

const quote = (price: string | null, more: object = {}) => ({
  account: 'b',
  instrument: 'BTC/USDT',
  price,
  bid: price,
  ask: price,
  at: price === null ? null : `2026-11-25T10:00:0${price.length}.000Z`,
  ageMs: price === null ? null : 300,
  by: 'stream',
  line: null,
  problem: null,
  ...more,
});
const watch = ['quote', 'watch', 'BTC/USDT', '--account', 'b'];

describe('quote watch', () => {
  it('prints what is new, one a line, and ends after as many as wanted', async () => {
    const { fetch, asked } = answers([200, quote('7')], [200, quote('7')], [200, quote('70')]);
    const { stdout } = await runCli([...watch, '--count', '2'], { fetch });
    expect(stdout.trim().split('\n')).toHaveLength(2);
    expect(stdout).toMatch(/10:00:02 {2}70 {2}bid 70 {2}ask 70 {2}0\.3 s old, stream/);
    expect(asked[0]?.url).toBe('http://api.test/v1/accounts/b/quote?instrument=BTC%2FUSDT');
    const json = await runCli([...watch, '--count', '1', '--json'], answers([200, quote('7')]));
    expect(JSON.parse(json.stdout)).toMatchObject({ price: '7' });
  });

  it('says what is missing: tickers, a price, the line', async () => {
    const { fetch } = answers(
      [200, quote(null, { by: null })],
      [200, quote(null, { by: 'none' })],
      [200, quote(null, { by: null, problem: 'the venue is away', line: { up: false, why: 'reset', at: '' } })],
      [200, quote('7', { by: 'poll' })],
    );
    const { stdout } = await runCli([...watch, '--count', '4'], { fetch });
    expect(stdout.split('\n')).toEqual([
      'waiting for the first price of BTC/USDT',
      'the venue has no price of BTC/USDT',
      'no price of BTC/USDT: the venue is away; the stream is down (reset)',
      expect.stringContaining('asked for: the venue streams no tickers'),
      '',
    ]);
  });

  it('is back within five seconds of the API, and gives up on what another try does not mend', async () => {
    let down = 2;
    let slept = 0;
    const back = answers([200, quote('7')]);
    const { stdout, stderr } = await runCli([...watch, '--count', '1'], {
      fetch: (url, init) => ((down -= 1) >= 0 ? Promise.reject(new TypeError('fetch failed')) : back.fetch(url, init)),
      sleep: (ms) => {
        slept = Math.max(slept, ms);
        return Promise.resolve();
      },
    });
    expect(stdout).toContain('7');
    expect(stderr.match(/Trying again/g)).toHaveLength(2);
    expect(slept).toBeLessThan(5_000);
    const unknown = await runCli(watch, answers([422, { code: 'unknown_reference', detail: 'No.', status: 422 }]));
    expect(unknown.code).toBe(2);
    const missing = await runCli(watch, answers([404, { code: 'not_found', detail: 'No account.', status: 404 }]));
    expect(missing.code).toBe(1);
  });
});

describe('broker check', () => {
  const found = (result: string) => [{ check: 'server time', result, detail: '3 ms', milliseconds: 12 }];

  it.each([
    ['ok', 0],
    ['off', 0],
    ['warning', 4],
    ['failed', 1],
  ])('prints a table, and ends with what %s means', async (result, code) => {
    const done = await runCli(['broker', 'check', 'b'], answers([200, { account: 'b', findings: found(result) }]));
    expect(done.code).toBe(code);
    expect(done.stdout).toMatch(/CHECK +RESULT +MS +DETAIL\nserver time +\w+ +12 +3 ms/);
  });
});

describe('instrument search', () => {
  const search = ['instrument', 'search', 'AAPL', '--account', 'b'];
  const apple = {
    ...{ conId: 265598, symbol: 'AAPL', localSymbol: 'AAPL', kind: 'stock', exchange: 'SMART', currency: 'USD' },
    ...{ primaryExchange: 'NASDAQ', tradingClass: 'NMS', lastTradingDay: null, multiplier: null },
    description: 'APPLE INC',
  };
  const es = {
    ...{ conId: 637533641, symbol: 'ES', localSymbol: 'ESZ6', kind: 'future', exchange: 'CME', currency: 'USD' },
    ...{ primaryExchange: '', tradingClass: 'ES', lastTradingDay: '2026-12-18', multiplier: '50' },
    description: 'E-mini S&P 500',
  };

  it('prints what the symbol may mean, and fails when it means nothing', async () => {
    const contracts = [apple, es];
    const done = await runCli(search, answers([200, { account: 'b', contracts }]));
    expect(done.stdout).toMatch(/CONID +SYMBOL +KIND .*\n265598 +AAPL +stock +NASDAQ +NMS +USD +- +- +APPLE INC/);
    expect(done.stdout).toMatch(/637533641 +ESZ6 +future +CME +ES +USD +2026-12-18 +50 +E-mini S&P 500/);
    expect(done.code).toBe(0);
    expect((await runCli(search, answers([200, { account: 'b', contracts: [] }]))).code).toBe(1);
    const never = await runCli(search, answers([200, { account: 'b', contracts: null }]));
    expect(never.stdout).toContain('never ambiguous');
    const asJson = await runCli([...search, '--json'], answers([200, { account: 'b', contracts }]));
    expect(JSON.parse(asJson.stdout)).toEqual({ account: 'b', contracts });
  });

  it('asks for one kind where that is said, and refuses a kind that is not traded', async () => {
    const answer = answers([200, { account: 'b', contracts: [es] }]);
    expect((await runCli([...search, '--kind', 'future'], answer)).code).toBe(0);
    const refused = await runCli([...search, '--kind', 'option'], answers());
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('stock, future');
  });
});

describe('account balances', () => {
  it('shows what the venue showed, foreign orders and executions apart', async () => {
    const state = {
      account: 'b',
      asOf: null,
      polledAt: null,
      problems: { poll: 'away' },
      lines: { quotes: { up: true, why: '', at: '' } },
    };
    const order = {
      venueOrderId: '7',
      clientOrderId: null,
      instrument: 'BTC/USDT',
      side: 'buy',
      quantity: '1',
      type: 'limit',
      filledQuantity: '0',
      receivedAt: '2026-11-25T10:00:00.000Z',
    };
    const fill = {
      venueFillId: '1',
      leg: null,
      side: 'buy',
      quantity: '1',
      price: '5',
      fee: '0',
      feeAsset: 'USDT',
      marketAt: '2026-11-25T10:00:00.000Z',
    };
    const counted = {
      positions: [
        { instrument: 'AAPL', quantity: '10' },
        { instrument: 'conId 7 (ES)', quantity: '-1', foreign: true },
      ],
      values: [
        { name: 'NetLiquidation', amount: '100', currency: 'USD' },
        { name: 'DailyPnL', amount: null, currency: 'USD' },
      ],
    };
    const { stdout } = await runCli(
      ['account', 'balances', 'b'],
      answers(
        [200, { ...state, ...counted, balances: [{ asset: 'USDT', free: '5', locked: '1' }] }],
        [
          200,
          {
            ...state,
            ours: [{ ...order, clientOrderId: 'aa', tradeId: 'b:k', leg: 'stop' }],
            foreign: [order],
            foreignFills: [fill],
          },
        ],
      ),
    );
    expect(stdout).toMatch(/as of: +the venue has not been read yet/);
    expect(stdout).toMatch(/problem \(poll\): +away/);
    expect(stdout).toMatch(/USDT +5 +1/);
    expect(stdout).toMatch(/AAPL +10 +ours[\s\S]+conId 7 \(ES\) +-1 +foreign/);
    expect(stdout).toMatch(/NetLiquidation +100 +USD[\s\S]+DailyPnL +not told +-/);
    expect(stdout).toMatch(/OUR ORDER[\s\S]+aa +b:k[\s\S]+FOREIGN ORDER[\s\S]+7 +-[\s\S]+Foreign executions/);
  });

  it('shows no positions and figures where the venue counts none', async () => {
    const state = { account: 'b', asOf: null, polledAt: null, problems: {}, lines: {} };
    const { stdout } = await runCli(
      ['account', 'balances', 'b'],
      answers(
        [200, { ...state, balances: [], positions: null, values: null }],
        [200, { ...state, ours: [], foreign: [], foreignFills: [] }],
      ),
    );
    expect(stdout).not.toMatch(/POSITION|FIGURE/);
  });
});

describe('orders in doubt', () => {
  const order = {
    clientOrderId: 'a'.repeat(32),
    tradeId: 'b:k',
    account: 'b',
    leg: 'entry',
    revision: 1,
    side: 'buy',
    quantity: '1',
    instrument: 'BTC/USDT',
    type: 'market',
    timeInForce: 'GTD',
    goodTill: '2026-11-27T15:00:00.000Z',
    outsideRegularHours: true,
    price: null,
    stopPrice: null,
    state: 'unknown',
    venueOrderId: null,
    venueState: null,
    booked: '0',
    venueFilled: '0',
    refusal: null,
    rejectCode: 'invalid_order',
    rejectDetail: '-1013: filter',
    createdAt: '2026-11-25T10:00:00.000Z',
    tries: [],
    lookups: [],
    fills: [],
  };

  it.each([
    ['found', 'The venue has it.'],
    ['not-found', 'It never reached the venue'],
    ['again', 'the next look makes sense in 3 s'],
  ])('are looked up: %s', async (verdict, words) => {
    const { stdout } = await runCli(
      ['order', 'resolve', order.clientOrderId],
      answers([200, { verdict, waitMs: 2_100, order }]),
    );
    expect(stdout).toContain(words);
    expect(stdout).toContain('invalid_order: -1013: filter');
    expect(stdout).toContain('market, GTD until 2026-11-27 15:00:00, outside regular hours too');
  });

  it('are settled with a reason, and entries cancelled by their account', async () => {
    const { fetch, asked } = answers([200, order]);
    const settle = ['order', 'settle', order.clientOrderId, '--as', 'filled', '--price', '5'];
    expect((await runCli(settle, { fetch })).code).toBe(2);
    expect((await runCli([...settle, '--reason', 'seen'], { fetch })).code).toBe(0);
    expect(JSON.parse((asked[0]?.init.body ?? '') as string)).toEqual({ as: 'filled', reason: 'seen', price: '5' });
    const cancel = answers(
      [200, order],
      [200, { tradeId: 'b:k', phase: 'executing', position: '0', attention: null, possibleActions: [] }],
    );
    expect((await runCli(['order', 'cancel', order.clientOrderId, '--key', 'once'], cancel)).code).toBe(0);
    expect(cancel.asked[1]).toMatchObject({
      url: `http://api.test/v1/accounts/b/orders/${order.clientOrderId}`,
      init: { method: 'DELETE' },
    });
    const protects = answers([200, order], [409, { code: 'protects_position', detail: 'It protects.', status: 409 }]);
    expect((await runCli(['order', 'cancel', order.clientOrderId], protects)).code).toBe(3);
  });
});
