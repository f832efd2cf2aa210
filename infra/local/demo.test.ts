import { createServer, type IncomingMessage, type Server } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEMO_EVENTS, DEMO_TRADE } from '../../tests/support/demo-trade';
import { runDemo, type DemoResult } from './demo';
import type { StackAddresses } from './stack-state';

/** What the stand-in for the API answers; each test changes what it is about. */
interface Scene {
  clock: { kind: 'replay' | 'live'; speed: number; marketTime: string };
  resetTo: string;
  openTrades: number;
  listed: readonly object[];
  /** The trade as each look shows it; the last one for ever. */
  looks: { trade: object; events: number }[];
  /** Requests that are answered with this first. */
  away: number[];
}

let scene: Scene;
let asked: { line: string; body: unknown }[];
let server: Server;
let stateDir: string;
let told: string[];

const ENDED = { trade: DEMO_TRADE, events: DEMO_EVENTS.length };

beforeEach(async () => {
  scene = {
    clock: { kind: 'replay', speed: 28_800, marketTime: '2018-07-10T13:25:00.000Z' },
    resetTo: '2018-07-10T13:25:00.000Z',
    openTrades: 0,
    listed: [],
    looks: [ENDED],
    away: [],
  };
  asked = [];
  told = [];
  stateDir = mkdtempSync(join(tmpdir(), 'demo-'));
  writeFileSync(join(stateDir, 'api-key'), 'tw_key\n');
  server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      asked.push({ line: `${request.method ?? ''} ${request.url?.split('?')[0] ?? ''}`, body });
      const problem = request.headers.authorization === 'Bearer tw_key' ? scene.away.shift() : 401;
      response.writeHead(problem ?? 200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(problem === undefined ? answer(request, body) : { detail: 'Not now.' }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  rmSync(stateDir, { recursive: true });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const part of request) text += String(part);
  return text === '' ? undefined : JSON.parse(text);
}

function answer({ method, url = '' }: IncomingMessage, body: unknown): object {
  const path = url.split('?')[0] ?? '';
  if (path.endsWith('/clock')) {
    const { to } = body as { to?: string };
    scene.clock = { ...scene.clock, marketTime: to ?? scene.resetTo };
    return scene.clock;
  }
  if (path.startsWith('/v1/accounts')) return { clock: scene.clock, openTrades: scene.openTrades };
  if (path === '/v1/trades') return method === 'POST' ? DEMO_TRADE : { items: scene.listed, nextCursor: null };
  const look = scene.looks[0] ?? ENDED;
  if (path.endsWith('/timeline')) return page(url, look.events);
  if (scene.looks.length > 1) scene.looks.shift();
  return look.trade;
}

/** Two pages, so that the demo has to follow a cursor. */
function page(url: string, events: number): object {
  const known = DEMO_EVENTS.slice(0, events);
  return url.includes('cursor=2')
    ? { items: known.slice(2), nextCursor: null }
    : { items: known.slice(0, 2), nextCursor: known.length > 2 ? '2' : null };
}

function demo(signal = new AbortController().signal, temporalUiUrl: string | null = 'http://ui'): Promise<DemoResult> {
  const addresses: StackAddresses = {
    apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...(temporalUiUrl === null ? {} : { temporalUiUrl }),
    temporalAddress: 't:1',
    workersUrl: 'http://w',
    ordersUrl: 'http://o',
  };
  return runDemo({ addresses, stateDir, namespace: 'trading', tell: (line) => told.push(line), signal });
}

function posted(line: string): unknown[] {
  return asked.filter((request) => request.line === `POST ${line}`).map(({ body }) => body);
}

describe('a demo', () => {
  it('starts a trade at the open that the clock stands before, and follows it to its end', async () => {
    const managing = { ...DEMO_TRADE, phase: 'managing', outcome: null, outcomeCode: null };
    scene.looks = [{ trade: managing, events: 8 }, { trade: managing, events: 9 }, ENDED];
    const { document, done } = await demo();
    expect(posted('/v1/accounts/paper/clock')).toEqual([]);
    expect(posted('/v1/trades')).toEqual([
      {
        account: 'paper',
        instrument: 'US500',
        strategy: 'technical',
        whenClosed: 'wait',
        timeExitSeconds: 259_200,
        validUntil: '2018-07-15T13:30:00.000Z',
      },
    ]);
    expect(done).toBe(true);
    expect(document).toMatchObject({
      tradeId: DEMO_TRADE.id,
      runId: 'run-1',
      outcome: 'completed',
      realisedPnl: '-41.4814848',
      orders: [{ leg: 'entry', side: 'buy', type: 'market', state: 'filled' }, { leg: 'stop' }, { leg: 'exit' }],
      fills: [{ leg: 'entry', price: '2789.34', fee: '24.9924864', feeAsset: 'USD' }, { leg: 'exit' }],
      urls: { temporalUi: 'http://ui' },
    });
    expect(document.phases.map(({ phase }) => phase)).toEqual(
      DEMO_EVENTS.filter(({ kind }) => kind === 'phase').map(({ name }) => name),
    );
    expect(told.filter((line) => line.endsWith('managing'))).toHaveLength(1);
    expect(told.join('\n')).toContain(
      'http://ui/namespaces/trading/workflows/trade%3Apaper%3Ademo-20261123233830-5231',
    );
    expect(told.at(-2)).toBe('Result: completed (time-exit); loss of 41.48 USD after fees');
  });

  it('moves the clock to five minutes before the next open that is worth a trade', async () => {
    scene.clock.marketTime = '2018-07-10T15:00:00.000Z';
    await demo();
    // The rules have no view between these two days.
    expect(posted('/v1/accounts/paper/clock')).toEqual([{ to: '2018-12-04T14:25:00.000Z' }]);
  });

  it('resets the clock when the prices end', async () => {
    scene.clock.marketTime = '2020-04-08T12:00:00.000Z';
    await demo();
    expect(posted('/v1/accounts/paper/clock')).toEqual([{ reset: true }]);
    expect(told[0]).toBe('The bundled prices end here: the clock of account paper is reset.');
  });

  it('follows the demo trade that is open instead of starting another', async () => {
    scene.openTrades = 1;
    scene.listed = [{ ...DEMO_TRADE, phase: 'managing' }];
    expect((await demo()).done).toBe(true);
    expect(posted('/v1/trades')).toEqual([]);
    expect(told[0]).toBe(`The demo trade ${DEMO_TRADE.id} is still open and goes on.`);
  });

  it('is not done when the trade completed and a person should look', async () => {
    scene.looks = [{ trade: { ...DEMO_TRADE, attention: 'unknown_order' }, events: DEMO_EVENTS.length }];
    expect((await demo()).done).toBe(false);
  });

  it('names no page of a Temporal server that is not ours', async () => {
    const { document } = await demo(undefined, null);
    expect(document.urls.temporalUi).toBeNull();
    expect(told.join('\n')).not.toContain('Web UI');
  });

  it('waits for an API that is away and tries again', async () => {
    scene.away = [503, 503];
    expect((await demo()).done).toBe(true);
  });
});

describe('there is no demo', () => {
  it('on the real clock', async () => {
    scene.clock.kind = 'live';
    await expect(demo()).rejects.toThrow('account paper has the real clock');
  });

  it('beside another open trade of the account', async () => {
    scene.openTrades = 1;
    await expect(demo()).rejects.toThrow('another trade open');
  });

  it('when no open after the start of the replay is worth a trade', async () => {
    scene.clock.marketTime = '2020-04-10T12:00:00.000Z';
    scene.resetTo = '2020-04-10T12:00:00.000Z';
    await expect(demo()).rejects.toThrow('no open after REPLAY_START');
  });

  it('without the first key, and with one that the API does not take', async () => {
    writeFileSync(join(stateDir, 'api-key'), 'tw_other\n');
    await expect(demo()).rejects.toThrow('status 401. Not now.');
    rmSync(join(stateDir, 'api-key'));
    await expect(demo()).rejects.toThrow('it needs the first API key');
  });

  it('any more when it is told to end', async () => {
    scene.looks = [{ trade: { ...DEMO_TRADE, phase: 'managing' }, events: 8 }];
    const control = new AbortController();
    const running = demo(control.signal);
    setTimeout(() => control.abort(), 300);
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('any more when nothing was heard of its trade for a week of the market', async () => {
    // A clock this fast makes a week pass in no time; what is left is the patience besides.
    jest.useFakeTimers({ doNotFake: ['setTimeout', 'setImmediate', 'nextTick', 'queueMicrotask'], now: 0 });
    try {
      const stuck = { ...DEMO_TRADE, phase: 'managing', attention: 'unknown_order' };
      scene.looks = [{ trade: stuck, events: 8 }];
      const running = demo();
      setTimeout(() => jest.advanceTimersByTime(10 * 60_000), 500);
      await expect(running).rejects.toThrow('is managing and needs attention: unknown order; it goes on by itself');
    } finally {
      jest.useRealTimers();
    }
  });
});
