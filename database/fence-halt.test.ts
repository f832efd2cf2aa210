import { Client } from 'pg';
import { JournalLab } from '../tests/support/journal-desk';
import type { Desk } from '../tests/support/journal-desk';
import type { JournalledOrder } from './journal';
import { acceptTrade } from './registry';

let lab: JournalLab;
let desk: Desk;
beforeAll(async () => {
  lab = await JournalLab.open();
});
afterAll(() => lab.close());
beforeEach(async () => {
  desk = await lab.desk();
});

/** An entry that would pass, and a held position of another trade. */
async function scene(): Promise<{ entry: JournalledOrder; stop: JournalledOrder; exit: JournalledOrder }> {
  const held = await desk.trade('held');
  await desk.entered(held, 10);
  const entry = desk.order(await desk.trade('fresh'), 'entry', 'buy', 1);
  await desk.approve(entry, 1);
  return { entry, stop: desk.order(held, 'stop', 'sell', 5), exit: desk.order(held, 'exit', 'sell', 5) };
}

const told = async (order: JournalledOrder): Promise<string> => {
  const answer = await desk.fence(order);
  return answer.result === 'refused' ? answer.code : answer.result;
};

describe('a halt', () => {
  it.each([
    ['reduce-only', false, 'go'],
    ['reduce-only', true, 'go'],
    ['halt-all', false, 'halted'],
    ['halt-all', true, 'go'],
  ] as const)('of mode %s, flatten %s: entries are refused, stops pass, exits: %s', async (mode, flatten, exits) => {
    const { entry, stop, exit } = await scene();
    await desk.halt('global', mode, flatten);
    expect([await told(entry), await told(stop), await told(exit)]).toEqual(['halted', 'go', exits]);
  });

  it('concerns the trades of its scope only', async () => {
    const { account } = await lab.desk();
    const { entry } = await scene();
    for (const scope of [`account:${account}`, 'strategy:other', 'instrument:EXB']) await desk.halt(scope);
    expect(await told(entry)).toBe('go');
  });

  it.each(['global', 'account', 'strategy:manual', 'instrument:EXA'])(
    'of %s is one of a trade’s scopes',
    async (scope) => {
      const { entry } = await scene();
      await desk.halt(scope === 'account' ? `account:${desk.account}` : scope);
      expect(await told(entry)).toBe('halted');
    },
  );

  it('that admits exits does not open one that does not, but any that flattens does', async () => {
    const { exit, stop } = await scene();
    await desk.halt('global', 'halt-all');
    await desk.halt('instrument:EXA', 'reduce-only');
    expect(await told(exit)).toBe('halted');
    await desk.halt('strategy:manual', 'halt-all', true);
    expect([await told(exit), await told(stop)]).toEqual(['go', 'go']);
  });

  it('ends a permit that was given before it', async () => {
    const { entry } = await scene();
    await desk.fence(entry);
    await desk.halt('global');
    expect(await desk.renew(entry)).toEqual({ ok: false, code: 'halted' });
  });

  it('stays for what it halted: its release lets new trades in and revives no old one', async () => {
    const { entry } = await scene();
    const first = await desk.halt('instrument:EXA');
    await desk.release('instrument:EXA');
    expect(await told(entry)).toBe('halted');
    const fresh = desk.order(await desk.trade('later'), 'entry', 'buy', 1);
    await desk.approve(fresh, 1);
    expect(await told(fresh)).toBe('go');
    expect(await desk.halt('instrument:EXA')).toBeGreaterThan(first);
  });

  it('of one scope counts for every trade that was accepted before it, whatever was halted in between', async () => {
    const { entry } = await scene();
    await desk.halt('instrument:EXB');
    await desk.release('instrument:EXB');
    expect(await told(entry)).toBe('go');
  });

  it('needs a scope that exists', async () => {
    await expect(desk.halt('acount:paper')).rejects.toThrow('no scope of a halt: acount:paper');
    await expect(desk.halt('account:nobody')).rejects.toThrow('not halted: unknown_scope');
  });

  it('lets no trade in, but answers for those that are in', async () => {
    const { entry } = await scene();
    await desk.halt('strategy:manual');
    expect(await acceptTrade(desk.database, desk.newTrade('new'))).toEqual({
      result: 'halted',
      scope: 'strategy:manual',
    });
    expect(await acceptTrade(desk.database, desk.newTrade('fresh'))).toMatchObject({
      result: 'exists',
      tradeId: entry.tradeId,
    });
  });
});

describe('a kill switch without its global row', () => {
  beforeEach(() => desk.database.query(`UPDATE kill_switch SET scope = 'global-lost' WHERE scope = 'global'`));
  afterEach(() => desk.database.query(`UPDATE kill_switch SET scope = 'global' WHERE scope = 'global-lost'`));

  it('refuses every order and every trade', async () => {
    await desk.database.query(`UPDATE kill_switch SET scope = 'global' WHERE scope = 'global-lost'`);
    const { entry, stop } = await scene();
    await desk.database.query(`UPDATE kill_switch SET scope = 'global-lost' WHERE scope = 'global'`);
    expect([await told(entry), await told(stop)]).toEqual(['fence_unavailable', 'fence_unavailable']);
    expect(await acceptTrade(desk.database, desk.newTrade('new'))).toMatchObject({ result: 'halted', scope: 'global' });
  });
});

describe('the fence', () => {
  it('refuses to work on an older snapshot, which could hide a halt', async () => {
    const client = new Client({ connectionString: lab.url });
    await client.connect();
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await expect(client.query(`SELECT lock_fence('{global}')`)).rejects.toThrow('READ COMMITTED');
    await client.end();
  });
});

/** Clients that ask the fence without pause, and halts among them. */
const CLIENTS = 32;
const HALTS = 8;

describe(`a halt among ${CLIENTS} clients that never stop asking`, () => {
  /**
   * Counts the permits that were given in a transaction that began to read after the halt had committed. `read` is how the
   * switch is read: each permit's row is numbered by a sequence after the reading, as is each halt before its commit.
   */
  async function permitsAfterHalt(read: string): Promise<{ permits: number; late: number }> {
    const scope = `strategy:s${Math.random().toString(36).slice(2)}`;
    await desk.database.query(`
      CREATE TABLE IF NOT EXISTS permits (id bigint, epoch bigint, scope text);
      CREATE SEQUENCE IF NOT EXISTS permit_order;
      INSERT INTO kill_switch (scope) VALUES ('${scope}');
      CREATE OR REPLACE FUNCTION ask(p_scope text) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
      DECLARE seen bigint;
      BEGIN
        ${read}
        INSERT INTO permits VALUES (nextval('permit_order'), seen, p_scope);
      END $$;
      CREATE OR REPLACE FUNCTION halt_now(p_scope text) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
      BEGIN
        PERFORM engage_halt(p_scope, 'reduce-only', false, 'a test', 'tester');
        RETURN nextval('permit_order');
      END $$;`);
    let over = false;
    const clients = Array.from({ length: CLIENTS }, async () => {
      while (!over) await desk.database.query('SELECT ask($1)', [scope]);
    });
    const halts: { at: number; epoch: number }[] = [];
    for (let count = 0; count < HALTS; count += 1) {
      const { rows } = await desk.database.query<{ at: number }>('SELECT halt_now($1) AS at', [scope]);
      const { rows: now } = await desk.database.query<{ epoch: number }>(
        'SELECT epoch FROM kill_switch WHERE scope = $1',
        [scope],
      );
      halts.push({ at: rows[0]?.at ?? 0, epoch: now[0]?.epoch ?? 0 });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    over = true;
    await Promise.all(clients);
    const { rows } = await desk.database.query<{ id: number; epoch: number }>(
      'SELECT id, epoch FROM permits WHERE scope = $1',
      [scope],
    );
    const late = rows.filter(({ id, epoch }) => halts.some((halt) => id > halt.at && epoch < halt.epoch));
    return { permits: rows.length, late: late.length };
  }

  it('is never overtaken by a permit', async () => {
    const read = 'SELECT max(k.epoch) INTO seen FROM unnest(lock_fence(ARRAY[p_scope])) k; PERFORM pg_sleep(0.001);';
    const { permits, late } = await permitsAfterHalt(read);
    expect(permits).toBeGreaterThan(CLIENTS);
    expect(late).toBe(0);
  });

  it('is overtaken where one statement both locks and reads: its snapshot is older than its lock', async () => {
    // The control: were this never seen, the test above would show nothing.
    const read = `SELECT max(k.epoch) INTO seen FROM kill_switch k, pg_advisory_xact_lock_shared(77) WHERE k.scope = p_scope;
      PERFORM pg_sleep(0.001);`;
    await desk.database.query(`CREATE FUNCTION lock_out() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN PERFORM pg_advisory_xact_lock(77); RETURN NEW; END $$;
      CREATE TRIGGER lock_out BEFORE UPDATE ON kill_switch FOR EACH ROW EXECUTE FUNCTION lock_out();`);
    let late = 0;
    for (let tries = 0; late === 0 && tries < 20; tries += 1) late = (await permitsAfterHalt(read)).late;
    await desk.database.query('DROP TRIGGER lock_out ON kill_switch');
    expect(late).toBeGreaterThan(0);
  });
});
