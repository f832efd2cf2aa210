import { decimalString as d } from '../domain/money/decimal';
import type { DecimalString } from '../domain/money/decimal';
import type { Fill } from '../domain/order/order';
import { JournalLab } from '../tests/support/journal-desk';
import type { Desk } from '../tests/support/journal-desk';
import { openAlerts } from './alerts';
import { bookEntry, ledgerBalances, listEntries } from './ledger';
import type { EntryWish } from './ledger';

describe('the ledger', () => {
  let lab: JournalLab;
  beforeAll(async () => {
    lab = await JournalLab.open();
  });
  afterAll(() => lab.close());

  const balances = async ({ account }: Desk): Promise<Record<string, string>> =>
    Object.fromEntries(
      (await ledgerBalances(lab.database, account)).map((b) => [
        b.ledgerAccount.includes(':') && b.ledgerAccount.startsWith('cash')
          ? b.ledgerAccount
          : `${b.ledgerAccount} ${b.asset}`,
        b.amount,
      ]),
    );
  const deposit = ({ account }: Desk, source: string, amount: string): EntryWish => ({
    account,
    kind: 'deposit',
    source,
    legs: [
      { ledgerAccount: 'cash:USD', asset: 'USD', amount: d(amount) },
      { ledgerAccount: 'external', asset: 'USD', amount: d(`-${amount}`) },
    ],
  });
  const foreign = (id: string, changes: Partial<Fill> = {}): Fill =>
    ({
      venueFillId: id,
      venueOrderId: 'elsewhere',
      instrument: 'EXA',
      side: 'buy',
      quantity: d('10'),
      price: d('100.5'),
      fee: d('1'),
      feeAsset: 'USD',
      liquidity: 'taker',
      marketAt: '2026-01-05T15:00:00.000Z',
      ...changes,
    }) as Fill;
  const entries = async ({ account }: Desk) => (await listEntries(lab.database, account, {}, { limit: 50 })).items;

  test('an account begins with its opening cash as a deposit', async () => {
    const desk = await lab.desk();
    expect(await balances(desk)).toEqual({ 'cash:USD': '100000', 'external USD': '-100000' });
  });

  test('a fill of ours is an entry of its own transaction: units and money against trading, the fee against cash', async () => {
    const desk = await lab.desk();
    const tradeId = await desk.trade();
    const entry = desk.order(tradeId, 'entry', 'buy', 10);
    await desk.approve(entry, 10);
    await desk.placed(entry, 'open');
    await desk.report(
      [desk.shown(entry, 'filled', 10)],
      [desk.fill(entry, '1', 10, { price: d('99.95'), fee: d('0.9995') })],
    );
    const [booked] = await entries(desk);
    expect(booked).toMatchObject({ kind: 'fill', instrument: 'EXA', tradeId, corrects: null });
    expect(booked?.legs).toEqual([
      { ledgerAccount: 'position:EXA', asset: 'EXA', amount: '10' },
      { ledgerAccount: 'trading:EXA', asset: 'EXA', amount: '-10' },
      { ledgerAccount: 'cash:USD', asset: 'USD', amount: '-999.5' },
      { ledgerAccount: 'trading:EXA', asset: 'USD', amount: '999.5' },
      { ledgerAccount: 'cash:USD', asset: 'USD', amount: '-0.9995' },
      { ledgerAccount: 'fees', asset: 'USD', amount: '0.9995' },
    ]);
    // 100000 - 999.5 - 0.9995
    expect(await balances(desk)).toMatchObject({ 'cash:USD': '98999.5005', 'position:EXA EXA': '10' });
  });

  test('fees in units shrink the position, and fees in a third asset are cash of their own', async () => {
    const desk = await lab.desk();
    await desk.report(
      [],
      [foreign('1', { fee: d('0.01'), feeAsset: 'EXA' }), foreign('2', { fee: d('0.002'), feeAsset: 'BNB' })],
    );
    expect(await balances(desk)).toMatchObject({
      'position:EXA EXA': '19.99',
      'cash:USD': '97990',
      'cash:BNB': '-0.002',
      'fees BNB': '0.002',
      'fees EXA': '0.01',
    });
  });

  test('a fee that is told later is booked once, whatever comes first', async () => {
    const desk = await lab.desk();
    const unknown = foreign('1', { fee: d('0') });
    await desk.report([], [unknown]);
    await desk.report([], [foreign('1')]);
    await desk.report([], [foreign('1')]);
    await desk.report([], [unknown]);
    expect(await balances(desk)).toMatchObject({ 'cash:USD': '98994', 'fees USD': '1' });
    const [fee, fill] = await entries(desk);
    expect(fee).toMatchObject({ kind: 'fee', corrects: fill?.id, actor: 'venue:model' });
  });

  test.each([
    ['in order', [0, 1, 2]],
    ['the correction first', [2, 0, 1]],
    ['backwards', [2, 1, 0]],
    ['twice', [0, 2, 1, 0, 2]],
  ])('an execution that the venue corrects is the same book: %s', async (_, order) => {
    const desk = await lab.desk();
    const corrected = { revision: 1, price: d('100.4'), quantity: d('9') };
    const told = [
      foreign('1'),
      foreign('1', { ...corrected, fee: d('0') }),
      foreign('1', { ...corrected, fee: d('0.9') }),
    ];
    for (const n of order) await desk.report([], told.slice(n, n + 1));
    // 9 × 100.4 + 0.9
    expect(await balances(desk)).toEqual({
      'cash:USD': '99095.5',
      'external USD': '-100000',
      'fees USD': '0.9',
      'position:EXA EXA': '9',
      'trading:EXA EXA': '-9',
      'trading:EXA USD': '903.6',
    });
    const { rows } = await lab.database.query(
      'SELECT plain(quantity) AS quantity, plain(cash) AS cash FROM account_positions WHERE account = $1',
      [desk.account],
    );
    expect(rows).toEqual([{ quantity: '9', cash: '-904.5' }]);
  });

  test('a correction can move the fee to another asset', async () => {
    const desk = await lab.desk();
    await desk.report([], [foreign('1')]);
    await desk.report([], [foreign('1', { revision: 1, fee: d('0.01'), feeAsset: 'EXA' })]);
    expect(await balances(desk)).toMatchObject({ 'cash:USD': '98995', 'position:EXA EXA': '9.99', 'fees EXA': '0.01' });
    expect(await balances(desk)).not.toHaveProperty('fees USD');
  });

  test('a correction of a trade of ours moves its position, its order and calls a person', async () => {
    const desk = await lab.desk();
    const tradeId = await desk.trade();
    const entry = await desk.entered(tradeId, 10);
    await desk.report([], [desk.fill(entry, '1', 9, { revision: 1 })]);
    expect(await desk.trades.facts(tradeId)).toMatchObject({ position: '9', attention: 'execution_corrected' });
    expect(await desk.facts(entry)).toMatchObject({ state: 'filled', booked: '9', venueFilled: '9' });
  });

  test('another body under the same identity is refused and told, and what was booked stands', async () => {
    const desk = await lab.desk();
    const tradeId = await desk.trade();
    const entry = await desk.entered(tradeId, 10);
    const before = await balances(desk);
    await desk.report([], [desk.fill(entry, '1', 9)]);
    expect(await balances(desk)).toEqual(before);
    expect(await desk.trades.facts(tradeId)).toMatchObject({ position: '10', attention: 'fill_differs' });
    const told = (await openAlerts(lab.database)).filter(({ cause }) =>
      cause.startsWith(`fill-differs:${desk.account}`),
    );
    expect(told).toMatchObject([{ severity: 'critical', detail: { tradeId, told: { quantity: '9' } } }]);
  });

  test('an entry is booked once; a repeat changes nothing, and another body is refused', async () => {
    const desk = await lab.desk();
    const first = await bookEntry(lab.database, deposit(desk, 'wire:1', '50'));
    expect(first).toMatchObject({ result: 'booked' });
    const turned = { ...deposit(desk, 'wire:1', '50.00'), legs: [...deposit(desk, 'wire:1', '50.00').legs].reverse() };
    expect(await bookEntry(lab.database, turned)).toEqual({ ...first, result: 'known' });
    expect(await bookEntry(lab.database, deposit(desk, 'wire:1', '51'))).toMatchObject({
      result: 'refused',
      code: 'conflict',
    });
    expect(await balances(desk)).toEqual({ 'cash:USD': '100050', 'external USD': '-100050' });
  });

  test('eight processes that book the same entry at once book it once', async () => {
    const desk = await lab.desk();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => bookEntry(lab.database, deposit(desk, 'wire:2', '7'))),
    );
    expect(answers.filter(({ result }) => result === 'booked')).toHaveLength(1);
    expect(await balances(desk)).toMatchObject({ 'cash:USD': '100007' });
  });

  const usd = (ledgerAccount: EntryWish['legs'][number]['ledgerAccount'], amount: string) => ({
    ledgerAccount,
    asset: 'USD',
    amount: amount as DecimalString,
  });
  const units = (ledgerAccount: EntryWish['legs'][number]['ledgerAccount'], amount: string, cost?: string) => ({
    ledgerAccount,
    asset: 'EXA',
    amount: amount as DecimalString,
    ...(cost === undefined ? {} : { cost: cost as DecimalString }),
  });
  test.each<[string, string, Partial<EntryWish>]>([
    ['unknown_account', 'an account that there is not', { account: 'nobody' }],
    ['unknown_instrument', 'an instrument that there is not', { instrument: 'NONE' }],
    ['unknown_trade', 'a trade of others', { tradeId: 'x:y' }],
    ['unknown_entry', 'a correction of nothing', { corrects: 999_999_999 }],
    ['wrong_kind', 'a fill that no venue reported', { kind: 'fill' as never }],
    ['reserved_source', 'a source that looks like a fill', { source: 'fill:["model"]' }],
    ['unexplained', 'a correction without a reason', { kind: 'correction', actor: 'me' }],
    ['malformed_legs', 'one leg', { legs: [usd('cash:USD', '1')] }],
    ['malformed_legs', 'an amount of zero', { legs: [usd('cash:USD', '0'), usd('external', '0')] }],
    ['malformed_legs', 'what is not a number', { legs: [usd('cash:USD', 'NaN'), usd('external', 'NaN')] }],
    [
      'malformed_legs',
      'a ledger account that there is not',
      { legs: [usd('cash:USD', '1'), usd('gifts' as never, '-1')] },
    ],
    [
      'malformed_legs',
      'units of an instrument that is not named',
      { legs: [units('position:EXA', '1', '1'), units('external', '-1')] },
    ],
    ['unbalanced', 'legs that do not sum to zero', { legs: [usd('cash:USD', '1'), usd('external', '-0.99')] }],
    ['wrong_counterpart', 'a deposit out of income', { legs: [usd('cash:USD', '1'), usd('income', '-1')] }],
    [
      'wrong_asset',
      'units in dollars',
      { instrument: 'EXA', legs: [{ ...usd('position:EXA', '1'), cost: d('1') }, usd('external', '-1')] },
    ],
    [
      'cost_missing',
      'units without their cost',
      { instrument: 'EXA', legs: [units('position:EXA', '1'), units('external', '-1')] },
    ],
  ])('refuses with %s %s', async (code, _, changes) => {
    const desk = await lab.desk();
    const answer = await bookEntry(lab.database, { ...deposit(desk, 'wire:3', '50'), ...changes });
    expect(answer).toMatchObject({ result: 'refused', code });
    expect(await entries(desk)).toHaveLength(1);
  });

  test('the table itself refuses what does not sum to zero, a second entry of a source, and every change', async () => {
    const { account } = await lab.desk();
    const insert = (source: string, amount: string): Promise<unknown> =>
      lab.database.query(
        `INSERT INTO ledger_entries (account, kind, source, market_at, legs) VALUES ($1, 'deposit', $2, now(),
           ARRAY[ROW('cash:USD', 'USD', 5, NULL), ROW('external', 'USD', $3::numeric, NULL)]::ledger_leg[])`,
        [account, source, amount],
      );
    await expect(insert('a', '-4.99')).rejects.toThrow('ledger_entries_sum_to_zero');
    await insert('a', '-5');
    await expect(insert('a', '-5')).rejects.toThrow('ledger_entries_account_source_key');
    await expect(lab.database.query(`UPDATE ledger_entries SET reason = 'x'`)).rejects.toThrow('append-only');
    await expect(lab.database.query('DELETE FROM ledger_entries')).rejects.toThrow('append-only');
  });

  test('a correction of a position reaches what the fence counts, and a deposit is no gain of the day', async () => {
    const desk = await lab.desk();
    const wish: EntryWish = {
      ...{ account: desk.account, kind: 'correction', source: 'reconciliation:1', instrument: 'EXA' },
      ...{ actor: 'ann', reason: 'two units that the venue holds' },
      legs: [units('position:EXA', '2', '200'), units('suspense', '-2')],
    };
    expect(await bookEntry(lab.database, wish)).toMatchObject({ result: 'booked' });
    expect(await bookEntry(lab.database, deposit(desk, 'wire:4', '500'))).toMatchObject({ result: 'booked' });
    expect(await desk.trades.portfolio(desk.account, '')).toMatchObject({
      cash: '100500',
      positions: [{ instrument: 'EXA', quantity: '2' }],
    });
    const moved = await desk.trades.movedSince(desk.account, '2026-01-01T00:00:00.000Z' as never);
    expect(moved).toEqual({ cash: '0', moved: { EXA: '2' } });
  });

  test('units that a trade leaves as dust are dust of the account, and come back when it is opened again', async () => {
    const desk = await lab.desk();
    const tradeId = await desk.trade();
    await desk.entered(tradeId, 10);
    await lab.database.query(`SELECT end_trade($1, '{"outcome":"completed","dust":"10"}')`, [tradeId]);
    expect(await balances(desk)).toMatchObject({ 'dust:EXA EXA': '10', 'cash:USD': '99000' });
    expect(await desk.trades.portfolio(desk.account, '')).toMatchObject({ positions: [{ quantity: '10' }] });
    await lab.database.query(`SELECT reopen_trade($1, 'late_fill')`, [tradeId]);
    expect(await balances(desk)).toMatchObject({ 'position:EXA EXA': '10' });
  });

  test('kept balances and positions are what the entries add up to', async () => {
    const { rows } = await lab.database.query(
      `SELECT b.* FROM (SELECT account, ledger_account, asset, sum(amount) AS amount FROM ledger_legs GROUP BY 1, 2, 3) l
       FULL JOIN ledger_balances b USING (account, ledger_account, asset) WHERE l.amount IS DISTINCT FROM b.amount
       UNION ALL
       SELECT p.account, p.instrument, '', p.quantity FROM account_positions p WHERE p.quantity <> (SELECT coalesce(sum(b.amount), 0)
         FROM ledger_balances b WHERE b.account = p.account AND b.ledger_account IN ('position:' || p.instrument, 'dust:' || p.instrument))
       UNION ALL
       SELECT f.account, f.instrument, '', f.units FROM (SELECT account, instrument, sum(position_change) AS units FROM fills GROUP BY 1, 2) f
       WHERE f.units IS DISTINCT FROM (SELECT sum(l.amount) FROM ledger_legs l JOIN ledger_entries e ON e.id = l.entry_id
         WHERE e.fill_id IS NOT NULL AND e.account = f.account AND l.ledger_account = 'position:' || f.instrument)`,
    );
    expect(rows).toEqual([]);
  });
});
