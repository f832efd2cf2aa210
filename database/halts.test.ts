import { ExchangeAccounts } from './exchange-accounts';
import { exchangeSeed } from './exchange-seed';
import { Client } from 'pg';
import type { HaltScope } from '../domain/halt/halt';
import { JournalLab } from '../tests/support/journal-desk';
import type { Desk } from '../tests/support/journal-desk';
import { engageHalt, findHalt, listHalts, releaseHalt, standingHalts, startupHalts } from './halts';
import type { Engagement, HaltWish } from './halts';
import { HaltStore } from './halt-progress';
import type { JournalledOrder } from './journal';
import { openDatabase } from './pool';

let lab: JournalLab;
let desk: Desk;
let halts: HaltStore;
beforeAll(async () => {
  lab = await JournalLab.open();
});
afterAll(() => lab.close());
beforeEach(async () => {
  desk = await lab.desk();
  halts = new HaltStore(desk.database);
});

const wish = (changes: Partial<HaltWish> = {}): HaltWish => ({
  scope: `account:${desk.account}` as HaltScope,
  mode: 'reduce-only',
  flatten: false,
  everything: false,
  source: 'operator',
  reason: 'a test',
  actor: `tester-${desk.account}`,
  limited: false,
  ...changes,
});

async function engage(changes: Partial<HaltWish> = {}): Promise<Extract<Engagement, { epoch: number }>> {
  const answer = await engageHalt(desk.database, wish(changes));
  if (!('epoch' in answer)) throw new Error(`not engaged: ${JSON.stringify(answer)}`);
  return answer;
}

async function audited(path: string): Promise<readonly { actor: string; metadata: Record<string, unknown> }[]> {
  const { rows } = await desk.database.query<{ actor: string; metadata: Record<string, unknown> }>(
    'SELECT actor, metadata FROM audit_events WHERE path = $1 ORDER BY id',
    [path],
  );
  return rows;
}

describe('engaging', () => {
  it('answers with epoch and moment, and keeps who, why and what it met', async () => {
    const held = await desk.trade('held');
    await desk.entered(held, 10);
    const other = desk.order(await desk.trade('sending'), 'entry', 'buy', 1);
    await desk.approve(other, 1);
    await desk.fence(other);
    const halt = await engage({ mode: 'halt-all', flatten: true });
    expect(halt).toMatchObject({
      result: 'engaged',
      mode: 'halt-all',
      flatten: true,
      workflowId: `halt:${halt.epoch}`,
    });
    expect(await findHalt(desk.database, halt.epoch)).toMatchObject({ epoch: halt.epoch, actor: wish().actor });
    expect(await halts.progress(halt.epoch)).toMatchObject({
      trades: 2,
      open: 2,
      untold: 2,
      sending: 1,
      holding: 1,
      unguarded: 1,
    });
    expect(await audited(`engage account:${desk.account}`)).toMatchObject([
      { actor: wish().actor, metadata: { epoch: halt.epoch, mode: 'halt-all', flatten: true, reason: 'a test' } },
    ]);
  });

  it('again is answered with the halt that stands; a stricter one replaces it, and none weakens it', async () => {
    const first = await engage();
    expect(await engage()).toMatchObject({ result: 'standing', epoch: first.epoch });
    const second = await engage({ mode: 'halt-all' });
    expect(second).toMatchObject({ result: 'engaged', mode: 'halt-all', flatten: false });
    expect(await findHalt(desk.database, first.epoch)).toMatchObject({ supersededBy: second.epoch });
    // Asks for less in one place and for more in another: both are kept.
    const third = await engage({ mode: 'reduce-only', flatten: true });
    expect(third).toMatchObject({ result: 'engaged', mode: 'halt-all', flatten: true });
    expect(await engage({ mode: 'reduce-only' })).toMatchObject({ result: 'standing', epoch: third.epoch });
    expect(await engage({ everything: true })).toMatchObject({
      result: 'engaged',
      mode: 'halt-all',
      flatten: true,
      everything: true,
    });
  });

  it('of something that does not exist is refused, since it would halt nothing', async () => {
    for (const scope of ['account:nobody', 'instrument:NONE'] as HaltScope[])
      expect(await engageHalt(desk.database, wish({ scope }))).toEqual({ result: 'unknown_scope' });
    expect(await standingHalts(desk.database)).toEqual([]);
  });

  it('takes one a minute of a caller, but a repeat, a wider and a stricter one at once', async () => {
    const limited = { limited: true } as const;
    const first = await engage({ ...limited, scope: 'instrument:EXA' as HaltScope });
    expect(await engageHalt(desk.database, wish({ ...limited, scope: 'instrument:EXB' as HaltScope }))).toEqual({
      result: 'too_soon',
      waitSeconds: 60,
    });
    expect(await engage({ ...limited, scope: 'instrument:EXA' as HaltScope })).toMatchObject({ epoch: first.epoch });
    expect((await engage({ ...limited, scope: 'instrument:EXB' as HaltScope, mode: 'halt-all' })).result).toBe(
      'engaged',
    );
    expect((await engage({ ...limited, scope: 'global' as HaltScope })).result).toBe('engaged');
    expect((await engage({ ...limited, actor: 'another' })).result).toBe('engaged');
    await lab.wait(61_000);
    expect((await engage({ ...limited, scope: 'strategy:manual' as HaltScope })).result).toBe('engaged');
  });

  it('is listed newest first, page by page', async () => {
    const first = await engage({ scope: 'instrument:EXA' as HaltScope });
    await lab.wait(1);
    const second = await engage({ scope: 'instrument:EXB' as HaltScope });
    const page = await listHalts(desk.database, { limit: 1 });
    expect(page.items.map(({ epoch }) => epoch)).toEqual([second.epoch]);
    const next = await listHalts(desk.database, { limit: 1, cursor: page.nextCursor ?? '' });
    expect(next.items.map(({ epoch }) => epoch)).toEqual([first.epoch]);
    expect((await standingHalts(desk.database)).map(({ epoch }) => epoch)).toEqual([first.epoch, second.epoch]);
  });

  it('ends a connection that holds the switch and does not let go', async () => {
    const stuck = new Client({ connectionString: lab.url });
    const lost = new Promise((resolve) => stuck.on('error', resolve));
    await stuck.connect();
    await stuck.query('BEGIN');
    await stuck.query(`SELECT lock_fence('{global}')`);
    const answer = await engageHalt(desk.database, wish({ scope: 'global' as HaltScope }), 50);
    expect(answer.result).toBe('engaged');
    await lost;
  });

  it('waits for a fence under way, which is then before the halt', async () => {
    const slow = new Client({ connectionString: lab.url });
    await slow.connect();
    await slow.query('BEGIN');
    await slow.query(`SELECT lock_fence('{global}')`);
    let done = false;
    const engaging = engage({ scope: 'global' as HaltScope }).then((answer) => {
      done = true;
      return answer;
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(done).toBe(false);
    await slow.query('COMMIT');
    expect((await engaging).result).toBe('engaged');
    await slow.end();
  });

  it('needs READ COMMITTED: an older snapshot would miss what was sent last', async () => {
    const client = new Client({ connectionString: lab.url });
    await client.connect();
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await expect(client.query(`SELECT begin_halt('{"scope": "global"}')`)).rejects.toThrow('READ COMMITTED');
    await client.end();
  });
});

describe('without a database', () => {
  it('nothing is engaged and the caller hears of it; nor is any order permitted', async () => {
    const nowhere = openDatabase('postgres://nobody@127.0.0.1:1/none', { max: 1 });
    await expect(engageHalt(nowhere, wish())).rejects.toThrow('ECONNREFUSED');
    await nowhere.end();
  });
});

describe('releasing', () => {
  it('says what stays halted, and lets new trades in', async () => {
    await desk.trade('old');
    const halt = await engage();
    await engage({ scope: 'instrument:EXB' as HaltScope });
    const released = await releaseHalt(desk.database, { scope: halt.scope, reason: 'all is well', actor: 'boss' });
    expect(released).toMatchObject({
      result: 'released',
      epoch: halt.epoch,
      releasedBy: 'boss',
      releaseReason: 'all is well',
      others: ['instrument:EXB'],
      guarding: 1,
    });
    expect(await audited(`release account:${desk.account}`)).toMatchObject([
      { actor: 'boss', metadata: { epoch: halt.epoch } },
    ]);
    await desk.trade('new');
    expect(await releaseHalt(desk.database, { scope: halt.scope, reason: 'again', actor: 'boss' })).toEqual({
      result: 'not_engaged',
    });
  });

  it('by whoever engaged it can be forbidden', async () => {
    const { scope } = await engage();
    const { actor } = wish();
    expect(await releaseHalt(desk.database, { scope, reason: 'mine', actor, notBy: actor })).toEqual({
      result: 'own_halt',
    });
    expect(await releaseHalt(desk.database, { scope, reason: 'other', actor: 'boss', notBy: 'boss' })).toMatchObject({
      result: 'released',
    });
  });
});

describe('the halt of a start', () => {
  const live = (): Promise<unknown> =>
    desk.database.query(`UPDATE accounts SET mode = 'live' WHERE name = $1`, [desk.account]);
  afterEach(() => desk.database.query(`UPDATE accounts SET mode = 'paper'; UPDATE installation SET live = false`));

  it('meets a live account once, and all of them when real orders become possible', async () => {
    const scope = `account:${desk.account}`;
    expect(await startupHalts(desk.database, false)).toEqual([]);
    await live();
    expect(await startupHalts(desk.database, false)).toEqual([scope]);
    expect(await standingHalts(desk.database)).toMatchObject([{ scope, source: 'startup', mode: 'reduce-only' }]);
    expect(await startupHalts(desk.database, false)).toEqual([]);
    await desk.release(scope);
    // A restart neither engages nor releases.
    expect(await startupHalts(desk.database, false)).toEqual([]);
    expect(await startupHalts(desk.database, true)).toEqual([scope]);
    await desk.release(scope);
    expect(await startupHalts(desk.database, true)).toEqual([]);
    expect(await standingHalts(desk.database)).toEqual([]);
  });

  it('counts the halt with which a live account at an exchange begins', async () => {
    const account = { name: `live-${desk.account}`, venue: 'binance', mode: 'live', currency: 'USDT' } as const;
    const seed = exchangeSeed({ ...account, marketType: 'spot', quoteMaxAge: 10_000, policy: {} });
    await new ExchangeAccounts(desk.database).ensure(seed);
    const scope = `account:${account.name}`;
    expect(await standingHalts(desk.database)).toMatchObject([{ scope, mode: 'reduce-only' }]);
    await desk.release(scope);
    expect(await startupHalts(desk.database, false)).toEqual([]);
    expect(await standingHalts(desk.database)).toEqual([]);
  });
});

describe('a send that the switch refuses', () => {
  it('leaves a line in the audit log that names the order and the halt, each time', async () => {
    const entry = desk.order(await desk.trade('late'), 'entry', 'buy', 1);
    await desk.approve(entry, 1);
    const { epoch } = await engage();
    expect([await desk.refusal(entry), await desk.refusal(entry)]).toEqual(['halted', 'halted']);
    const lines = await audited(entry.intentId);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatchObject({
      actor: `trade:${entry.tradeId}`,
      metadata: { code: 'halted', clientOrderId: entry.request.clientOrderId, halts: [epoch] },
    });
  });
});

describe('a trade that does not acknowledge', () => {
  async function held(): Promise<{ tradeId: string; exit: JournalledOrder }> {
    const tradeId = await desk.trade('held');
    await desk.entered(tradeId, 10);
    return { tradeId, exit: desk.order(tradeId, 'exit', 'sell', 10) };
  }

  it('is taken over: from then on only the halt passes the fence for it', async () => {
    const { tradeId, exit } = await held();
    const { epoch } = await engage({ flatten: true });
    expect((await halts.toTell(epoch, 0)).map((trade) => trade.tradeId)).toEqual([tradeId]);
    expect(await halts.takeOver(epoch)).toBe(1);
    expect(await halts.takeOver(epoch)).toBe(0);
    expect(await halts.takenOver(epoch, desk.account)).toEqual([tradeId]);
    expect(await desk.refusal(exit)).toBe('taken_over');
    expect(await desk.fence(exit, { actor: 'halt' })).toMatchObject({ result: 'go' });
    const facts = await desk.trades.facts(tradeId);
    expect(facts).toMatchObject({ halted: true, haltEpoch: epoch, requests: { exit: { by: `halt ${epoch}` } } });
  });

  it('gets itself back when its workflow acknowledges after all', async () => {
    const { tradeId, exit } = await held();
    const { epoch } = await engage();
    await halts.takeOver(epoch);
    await desk.trades.advance(tradeId, null, { halted: true, halt: { epoch, flatten: false } });
    expect(await halts.takenOver(epoch, desk.account)).toEqual([]);
    expect(await desk.fence(exit)).toMatchObject({ result: 'go' });
    expect(await halts.progress(epoch)).toMatchObject({ acknowledged: 1, takenOver: 0, unacknowledged: 0 });
  });

  it('is not taken over once it has acknowledged', async () => {
    const { tradeId } = await held();
    const { epoch } = await engage();
    await desk.trades.advance(tradeId, null, { halted: true, halt: { epoch, flatten: false } });
    expect(await halts.takeOver(epoch)).toBe(0);
    expect((await desk.trades.facts(tradeId)).requests).toEqual({});
  });
});

describe('what was being sent at the moment', () => {
  it('is drained: answered, or in doubt once nobody answers for it any more', async () => {
    const entry = desk.order(await desk.trade('sending'), 'entry', 'buy', 1);
    await desk.approve(entry, 1);
    await desk.fence(entry);
    const { epoch } = await engage();
    expect(await halts.drain(epoch, 1_000)).toBe(1);
    await lab.wait(3_001);
    expect(await halts.drain(epoch, 1_000)).toBe(0);
    expect((await desk.facts(entry)).state).toBe('unknown');
    expect(await halts.progress(epoch)).toMatchObject({ sending: 0, unknown: 1, entries: 1 });
  });
});

/** Clients that ask the fence without pause. */
const CLIENTS = 32;
/** Fences after which a halt that has not come counts as starved. */
const STARVED = CLIENTS * 40;

describe(`among ${CLIENTS} clients that never stop asking`, () => {
  /** Fences that were answered between the asking for a halt and its commit, at most `STARVED`. */
  async function overtaken(halt: (client: Client) => Promise<unknown>): Promise<number> {
    const client = new Client({ connectionString: lab.url });
    await client.connect();
    let over = false;
    let fences = 0;
    const clients = Array.from({ length: CLIENTS }, async () => {
      while (!over) {
        await desk.database.query(`SELECT lock_fence('{global}'), pg_sleep(0.005 + random() * 0.03)`);
        fences += 1;
      }
    });
    while (fences < CLIENTS) await new Promise((resolve) => setTimeout(resolve, 5));
    const asked = fences;
    let answered = 0;
    const halted = halt(client).then(() => {
      answered = fences;
    });
    while (answered === 0 && fences - asked < STARVED) await new Promise((resolve) => setTimeout(resolve, 5));
    const passed = (answered === 0 ? fences : answered) - asked;
    over = true;
    await Promise.all([...clients, halted]);
    await client.end();
    return passed;
  }

  it('a halt lets pass what asked before it, and no stream of others', async () => {
    const ask = `SELECT begin_halt('{"scope": "global", "mode": "reduce-only", "flatten": false, "everything": false, "reason": "a test", "actor": "tester"}')`;
    expect(await overtaken((client) => client.query(ask))).toBeLessThan(CLIENTS * 3);
  });

  it('a plain UPDATE would starve: each new reader shares the row lock of those before', async () => {
    // The control: it shows what the table lock is for.
    const ask = `UPDATE kill_switch SET engaged = true WHERE scope = 'global'`;
    let passed = 0;
    for (let tries = 0; passed <= CLIENTS * 3 && tries < 10; tries += 1)
      passed = await overtaken((client) => client.query(ask));
    expect(passed).toBeGreaterThan(CLIENTS * 3);
  });
});
