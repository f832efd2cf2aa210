import { instant } from '../domain/clock/instant';
import { decimalString } from '../domain/money/decimal';
import { JournalLab } from '../tests/support/journal-desk';
import type { Desk } from '../tests/support/journal-desk';

let lab: JournalLab;
let desk: Desk;
beforeAll(async () => {
  lab = await JournalLab.open();
});
afterAll(() => lab.close());
beforeEach(async () => {
  desk = await lab.desk();
});

describe('an order that adds to a position', () => {
  it('passes when it was approved, and the fence itself says that it increases', async () => {
    const entry = desk.order(await desk.trade(), 'entry', 'buy', 10);
    await desk.approve(entry, 10);
    expect(await desk.fence(entry)).toMatchObject({ result: 'go' });
    expect(await desk.facts(entry)).toMatchObject({ state: 'sending', attempts: 1, refusal: null });
    const { rows } = await desk.database.query(
      'SELECT increases, reference_price::text FROM orders WHERE trade_id = $1',
      [entry.tradeId],
    );
    expect(rows).toEqual([{ increases: true, reference_price: '100' }]);
  });

  it('is refused without an approval, keeps the code, and may be tried again with the same number', async () => {
    const entry = desk.order(await desk.trade(), 'entry', 'buy', 10);
    expect(await desk.refusal(entry)).toBe('not_approved');
    expect(await desk.facts(entry)).toMatchObject({ state: 'created', refusal: 'not_approved', attempts: 0 });
    await desk.approve(entry, 10);
    expect(await desk.fence(entry, { n: 1 })).toMatchObject({ result: 'go' });
  });

  it('is refused with the approval of another trade', async () => {
    const entry = desk.order(await desk.trade('one'), 'entry', 'buy', 10);
    await desk.approve({ ...entry, tradeId: await desk.trade('two') }, 10);
    expect(await desk.refusal(entry)).toBe('not_approved');
  });

  it('is refused when it would open the other direction than the approved one', async () => {
    const wrong = desk.order(await desk.trade(), 'entry', 'sell', 10);
    await desk.approve(wrong, 10);
    expect(await desk.refusal(wrong)).toBe('not_approved');
  });

  it('is refused when its approval has run out, and passes when it is renewed', async () => {
    const entry = desk.order(await desk.trade(), 'entry', 'buy', 10);
    await desk.approve(entry, 10, {}, 1_000);
    await lab.wait(1_000);
    expect(await desk.refusal(entry)).toBe('approval_expired');
    await desk.approve(entry, 10);
    expect(await desk.fence(entry)).toMatchObject({ result: 'go' });
  });

  it('is refused above the approved quantity; a second approval may shrink it and never lets it grow', async () => {
    const entry = desk.order(await desk.trade(), 'entry', 'buy', 10);
    await desk.approve(entry, 9);
    await desk.approve(entry, 20);
    expect(await desk.refusal(entry)).toBe('over_approval');
  });

  it('is refused under any leg but the entry', async () => {
    const trade = await desk.trade();
    for (const [leg, side] of [
      ['stop', 'sell'],
      ['exit', 'sell'],
      ['exit-2', 'buy'],
    ] as const)
      expect(await desk.refusal(desk.order(trade, leg, side, 1))).toBe('over_capacity');
    await desk.entered(trade, 10);
    expect(await desk.refusal(desk.order(trade, 'exit-3', 'buy', 1))).toBe('over_capacity');
  });

  it('is refused while another order of its account and instrument is in doubt, and only then', async () => {
    const doubtful = desk.order(await desk.trade('one'), 'entry', 'buy', 1);
    await desk.approve(doubtful, 1);
    await desk.fence(doubtful);
    await desk.record(doubtful, { kind: 'unknown', message: 'no answer' });
    const [same, other] = [
      desk.order(await desk.trade('two'), 'entry', 'buy', 1),
      desk.order(await desk.trade('three', { instrument: 'EXB' }), 'entry', 'buy', 1, { instrument: 'EXB' }),
    ];
    await desk.approve(same, 1);
    await desk.approve(other, 1);
    expect(await desk.refusal(same)).toBe('unknown_order');
    expect(await desk.fence(other)).toMatchObject({ result: 'go' });
  });

  it('is refused against a trade of the other direction, whether that holds a position or only an order', async () => {
    const long = desk.order(await desk.trade('long'), 'entry', 'buy', 1);
    await desk.approve(long, 1);
    const short = desk.order(await desk.trade('short', { direction: 'short' }), 'entry', 'sell', 1);
    await desk.approve(short, 1);
    await desk.placed(long);
    expect(await desk.refusal(short)).toBe('opposite_trade');
    await desk.report([desk.shown(long, 'filled', 1)], [desk.fill(long, '1', 1)]);
    expect(await desk.refusal(short)).toBe('opposite_trade');
    await desk.placed(desk.order(long.tradeId, 'exit', 'sell', 1), 'filled', 1);
    expect(await desk.fence(short)).toMatchObject({ result: 'go' });
  });
});

/** Of two entries of 6 units at 100 only one fits: by which sum, and what the first has come to by then. */
const LIMITS = [
  ['buying_power', { buyingPower: '1000' }],
  ['leverage', { maxGrossNotional: '1000' }],
  ['concentration', { maxInstrumentNotional: '1000' }],
  ['open_trades', { maxOpenTrades: 1 }],
] as const;
describe.each(LIMITS)('the limit %s', (code, limits) => {
  it.each(['is being sent', 'is in doubt', 'rests', 'is filled in part', 'is filled'])(
    'counts an entry that %s',
    async (state) => {
      // An order in doubt blocks its instrument anyway; the sum over one instrument is then not reached.
      const instrument = code === 'concentration' ? 'EXA' : 'EXB';
      const [first, second] = [
        desk.order(await desk.trade('one'), 'entry', 'buy', 6),
        desk.order(await desk.trade('two', { instrument }), 'entry', 'buy', 6, { instrument }),
      ];
      await desk.approve(first, 6, limits);
      await desk.approve(second, 6, limits);
      await desk.fence(first);
      if (state === 'is in doubt') await desk.record(first, { kind: 'unknown', message: 'no answer' });
      if (state === 'rests') await desk.report([desk.shown(first, 'open', 0)]);
      if (state === 'is filled in part') await desk.report([desk.shown(first, 'open', 3)], [desk.fill(first, '1', 3)]);
      if (state === 'is filled') await desk.report([desk.shown(first, 'filled', 6)], [desk.fill(first, '1', 6)]);
      const blocked = code === 'concentration' && state === 'is in doubt';
      expect(await desk.refusal(second)).toBe(blocked ? 'unknown_order' : code);
    },
  );

  it('gives the room back when the first ends without a fill', async () => {
    const [first, second] = [
      desk.order(await desk.trade('one'), 'entry', 'buy', 6),
      desk.order(await desk.trade('two'), 'entry', 'buy', 6),
    ];
    await desk.approve(first, 6, limits);
    await desk.approve(second, 6, limits);
    await desk.placed(first);
    expect(await desk.refusal(second)).toBe(code);
    await desk.report([desk.shown(first, 'cancelled', 0)]);
    expect(await desk.fence(second)).toMatchObject({ result: 'go' });
  });
});

describe('the worth of what is held', () => {
  it('is counted at the mark, or at the last fill where there is none', async () => {
    await desk.entered(await desk.trade('one'), 5);
    const other = desk.order(await desk.trade('two', { instrument: 'EXB' }), 'entry', 'buy', 4, { instrument: 'EXB' });
    await desk.approve(other, 4, { maxGrossNotional: '900' });
    await desk.trades.mark(desk.account, 'EXA', decimalString('100.01'), instant(0));
    expect(await desk.refusal(other)).toBe('leverage');
    await desk.database.query('DELETE FROM marks');
    expect(await desk.fence(other)).toMatchObject({ result: 'go' });
  });
});

describe('an order that takes from a position', () => {
  it('needs no approval, and passes up to the booked position', async () => {
    const trade = await desk.trade();
    await desk.entered(trade, 10);
    expect(await desk.refusal(desk.order(trade, 'stop', 'sell', '10.01'))).toBe('over_capacity');
    expect(await desk.fence(desk.order(trade, 'stop-2', 'sell', 10))).toMatchObject({ result: 'go' });
  });

  it('finds no room that another may still take: sent, in doubt, resting or ended with fills to be booked', async () => {
    const trade = await desk.trade();
    await desk.entered(trade, 10);
    const [stop, exit] = [desk.order(trade, 'stop', 'sell', 7), desk.order(trade, 'exit', 'sell', 4)];
    await desk.fence(stop);
    expect(await desk.refusal(exit)).toBe('over_capacity');
    await desk.record(stop, { kind: 'unknown', message: 'no answer' });
    expect(await desk.refusal(exit)).toBe('over_capacity');
    await desk.report([desk.shown(stop, 'open', 0)]);
    expect(await desk.refusal(exit)).toBe('over_capacity');
    // Seven were executed before the cancel, of which none is booked yet.
    await desk.report([desk.shown(stop, 'cancelled', 7)]);
    expect(await desk.refusal(exit)).toBe('over_capacity');
    await desk.report([], [desk.fill(stop, '1', 7)]);
    expect(await desk.facts(stop)).toMatchObject({ state: 'cancelled', booked: '7' });
    expect(await desk.refusal(exit)).toBe('over_capacity');
    expect(await desk.fence(desk.order(trade, 'exit-2', 'sell', 3))).toMatchObject({ result: 'go' });
  });

  it('has less room by the fees that were taken in units', async () => {
    const trade = await desk.trade('b', { instrument: 'EXB' });
    const entry = desk.order(trade, 'entry', 'buy', 10, { instrument: 'EXB' });
    await desk.approve(entry, 10);
    await desk.placed(entry);
    const fee = { fee: decimalString('0.01'), feeAsset: 'EXB' };
    await desk.report([desk.shown(entry, 'filled', 10)], [desk.fill(entry, '1', 10, fee)]);
    expect(await desk.refusal(desk.order(trade, 'stop', 'sell', 10, { instrument: 'EXB' }))).toBe('over_capacity');
    expect(await desk.fence(desk.order(trade, 'stop-2', 'sell', '9.99', { instrument: 'EXB' }))).toMatchObject({
      result: 'go',
    });
  });

  it('buys back what a short trade has sold', async () => {
    const trade = await desk.trade('short', { direction: 'short' });
    await desk.entered(trade, 10, 'sell');
    expect(await desk.refusal(desk.order(trade, 'stop', 'buy', 11))).toBe('over_capacity');
    expect(await desk.fence(desk.order(trade, 'exit', 'buy', 10))).toMatchObject({ result: 'go' });
  });

  it('passes while an order of its instrument is in doubt and its limits are used up', async () => {
    const trade = await desk.trade();
    await desk.entered(trade, 10);
    const doubtful = desk.order(await desk.trade('two'), 'entry', 'buy', 1);
    await desk.approve(doubtful, 1);
    await desk.fence(doubtful);
    await desk.record(doubtful, { kind: 'unknown', message: 'no answer' });
    expect(await desk.fence(desk.order(trade, 'stop', 'sell', 10))).toMatchObject({ result: 'go' });
  });
});

describe('any order', () => {
  it('is refused for a trade that does not exist', async () => {
    expect(await desk.refusal(desk.order(`${desk.account}:none`, 'entry', 'buy', 1))).toBe('unknown_trade');
  });

  it('is refused for a trade that has ended', async () => {
    const entry = desk.order(await desk.trade(), 'entry', 'buy', 1);
    await desk.approve(entry, 1);
    await desk.trades.end(entry.tradeId, { outcome: 'cancelled', code: null, detail: null, dust: decimalString('0') });
    expect(await desk.refusal(entry)).toBe('trade_ended');
  });

  it('is refused with other parameters under an id that is known', async () => {
    const entry = desk.order(await desk.trade(), 'entry', 'buy', 1);
    expect(await desk.refusal(entry)).toBe('not_approved');
    expect(await desk.refusal({ ...entry, paramsHash: 'another' })).toBe('params_mismatch');
    expect(await desk.refusal({ ...entry, tradeId: await desk.trade('two') })).toBe('params_mismatch');
  });

  it('is refused in an account whose books are not compared with the venue, exits and stops too', async () => {
    const trade = await desk.trade();
    await desk.entered(trade, 1);
    await desk.database.query(`UPDATE accounts SET quarantine = 'restored' WHERE name = $1`, [desk.account]);
    expect(await desk.refusal(desk.order(trade, 'stop', 'sell', 1))).toBe('quarantined');
  });

  it('is refused to the workflow of a trade that a halt has taken over, and granted to the halt', async () => {
    const trade = await desk.trade();
    await desk.entered(trade, 1);
    await desk.database.query('UPDATE trades SET taken_over_epoch = 1 WHERE id = $1', [trade]);
    const exit = desk.order(trade, 'exit', 'sell', 1);
    expect(await desk.refusal(exit)).toBe('taken_over');
    expect(await desk.fence(exit, { actor: 'halt' })).toMatchObject({ result: 'go' });
  });
});
