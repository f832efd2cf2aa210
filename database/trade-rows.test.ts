import { decimalString } from '../domain/money/decimal';
import { JournalLab } from '../tests/support/journal-desk';
import type { Desk } from '../tests/support/journal-desk';
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

const ending = (dust = '0') => ({
  outcome: 'completed' as const,
  code: null,
  detail: null,
  dust: decimalString(dust),
});
const events = async (trade: string): Promise<readonly string[]> => {
  const { rows } = await desk.database.query<{ event: string }>(
    `SELECT kind || ' ' || name AS event FROM trade_events WHERE trade_id = $1 ORDER BY id`,
    [trade],
  );
  return rows.map(({ event }) => event);
};

describe('accepting a trade', () => {
  it('stores it once for its key, also when many ask at the same moment', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => acceptTrade(desk.database, desk.newTrade('same'))),
    );
    expect(answers.map(({ result }) => result).sort()).toEqual(['accepted', ...Array<string>(7).fill('exists')]);
    expect(await acceptTrade(desk.database, desk.newTrade('same', { fingerprint: 'other' }))).toMatchObject({
      result: 'conflict',
      phase: 'accepted',
    });
  });

  it('gives it the epoch of the newest halt of any scope', async () => {
    const epoch = await desk.halt('strategy:other');
    const trade = await desk.trade();
    const { rows } = await desk.database.query('SELECT epoch FROM trades WHERE id = $1', [trade]);
    expect(rows).toEqual([{ epoch }]);
  });

  it('stores nothing for an account that does not exist', async () => {
    await expect(acceptTrade(desk.database, desk.newTrade('one', { account: 'nobody' }))).rejects.toThrow();
  });
});

describe('a trade', () => {
  it('keeps what it learns with each phase, and its time line', async () => {
    const trade = await desk.trade();
    await desk.trades.advance(trade, 'analysing', { note: { by: 'rules' } });
    await desk.trades.advance(trade, null, { sizing: { quantity: '3' }, attention: 'look' });
    await desk.trades.advance(trade, 'analysing', { attention: 'look', halted: true });
    const facts = await desk.trades.advance(trade, 'checking-risk', { attention: null });
    expect(facts).toMatchObject({ phase: 'checking-risk', approvedQuantity: '3', attention: null, halted: true });
    expect(await events(trade)).toEqual(['phase accepted', 'phase analysing', 'attention look', 'phase checking-risk']);
  });

  it('that has ended stays as it is', async () => {
    const trade = await desk.trade();
    await desk.trades.end(trade, ending());
    expect(await desk.trades.advance(trade, 'managing', { attention: 'look' })).toMatchObject({
      phase: 'ended',
      attention: null,
    });
    expect((await desk.trades.end(trade, { ...ending(), outcome: 'expired' })).end).toEqual({
      result: 'already',
      outcome: 'completed',
    });
  });

  it('cannot be told from one that does not exist by an end: that is an error', async () => {
    await expect(desk.trades.end('no such trade', ending())).rejects.toThrow('no trade no such trade');
  });
});

describe('a trade ends', () => {
  it('with its profit net of fees when it is flat', async () => {
    const trade = await desk.trade();
    await desk.entered(trade, 2);
    const exit = desk.order(trade, 'exit', 'sell', 2);
    await desk.placed(exit);
    const fill = desk.fill(exit, '1', 2, { price: decimalString('103'), fee: decimalString('1.25') });
    await desk.report([desk.shown(exit, 'filled', 2)], [fill]);
    // 2 × 103 − 2 × 100 − 1.25
    expect((await desk.trades.end(trade, ending())).end).toEqual({
      result: 'ended',
      outcome: 'completed',
      realisedPnl: '4.75',
    });
  });

  it.each([
    ['was journalled', 'created'],
    ['is being sent', 'sending'],
    ['is in doubt', 'unknown'],
    ['works', 'open'],
    ['is filled in part', 'partial'],
  ])('not while an order %s', async (_, state) => {
    const trade = await desk.trade();
    const entry = desk.order(trade, 'entry', 'buy', 2);
    if (state !== 'created') await desk.approve(entry, 2);
    await desk.fence(entry);
    if (state === 'unknown') await desk.record(entry, { kind: 'unknown', message: 'no answer' });
    if (state === 'open') await desk.report([desk.shown(entry, 'open', 0)]);
    if (state === 'partial') await desk.report([desk.shown(entry, 'open', 1)], [desk.fill(entry, '1', 1)]);
    expect(await desk.facts(entry)).toMatchObject({ state });
    expect((await desk.trades.end(trade, ending())).end).toEqual({ result: 'orders_live' });
  });

  it('not with a position, but for the rest that is named as dust', async () => {
    const trade = await desk.trade();
    await desk.entered(trade, 2);
    await desk.placed(desk.order(trade, 'exit', 'sell', '1.995'), 'filled', 1.995);
    expect((await desk.trades.end(trade, ending())).end).toEqual({ result: 'position_open', position: '0.005' });
    expect((await desk.trades.end(trade, ending('0.004'))).end).toMatchObject({ result: 'position_open' });
    expect((await desk.trades.end(trade, ending('0.005'))).end).toMatchObject({ result: 'ended' });
    const { rows } = await desk.database.query('SELECT dust, phase FROM trades WHERE id = $1', [trade]);
    expect(rows).toEqual([{ dust: '0.005', phase: 'ended' }]);
  });
});
