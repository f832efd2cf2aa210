import { judgeHalt } from './judge';
import type { HaltEvidence, HaltVerdict, JournalOrder, JudgedTrade } from './judge';
import type { LedgerFill, LedgerOrder } from './venue';

const MOMENT = 1_000;
const RELEASE = 5_000;

const trade = (changes: Partial<JudgedTrade> = {}): JudgedTrade => ({
  tradeId: 't',
  account: 'a',
  epoch: 1,
  ended: true,
  outcome: 'halted',
  dust: '0',
  emulated: false,
  ...changes,
});
const order = (clientOrderId: string, changes: Partial<LedgerOrder> = {}): LedgerOrder => ({
  account: 'a',
  clientOrderId,
  side: 'buy',
  type: 'market',
  quantity: '2',
  filled: '2',
  open: false,
  receivedAt: 900,
  ...changes,
});
const written = (clientOrderId: string, leg: string, permittedAt: number | null, booked = '2'): JournalOrder => ({
  clientOrderId,
  tradeId: 't',
  leg,
  booked,
  permittedAt,
});
const fill = (clientOrderId: string, side: 'buy' | 'sell', quantity: string): LedgerFill => ({
  account: 'a',
  clientOrderId,
  side,
  quantity,
});

function verdict(changes: Partial<HaltEvidence>, halt: Partial<HaltEvidence['halt']> = {}): HaltVerdict {
  const made = { epoch: 7, engagedAt: MOMENT, releasedAt: null, flatten: false, trades: ['t'], unacknowledged: [] };
  return judgeHalt({
    halt: { ...made, ...halt },
    orders: [],
    fills: [],
    journal: [],
    trades: [trade()],
    ...changes,
  });
}

const ENTERED = {
  orders: [order('e')],
  fills: [fill('e', 'buy', '2')],
};

describe('the judge of halts', () => {
  it('finds nothing against an entry that was permitted before the moment and sold since', () => {
    const orders = [order('e'), order('x', { side: 'sell' })];
    const fills = [fill('e', 'buy', '2'), fill('x', 'sell', '2')];
    const found = verdict({ orders, fills, journal: [written('e', 'entry', 900), written('x', 'exit', 1_200)] });
    expect(Object.values(found).flat()).toEqual([]);
  });

  it.each([
    ['permitted after the moment', 1_001],
    ['that no attempt accounts for', null],
  ])('sees an entry %s', (_, permittedAt) => {
    expect(verdict({ ...ENTERED, journal: [written('e', 'entry', permittedAt)] }).increaseAfterMoment).toEqual(['e']);
  });

  it('sees an entry of an older trade after the release, and lets those of newer trades pass', () => {
    const journal = [written('e', 'entry', RELEASE + 1)];
    const released = { releasedAt: RELEASE };
    expect(verdict({ ...ENTERED, journal }, released)).toMatchObject({ oldEpoch: ['e'], increaseAfterMoment: [] });
    expect(verdict({ ...ENTERED, journal, trades: [trade({ epoch: 7 })] }, released).oldEpoch).toEqual([]);
  });

  it('sees a position that was sold twice', () => {
    const orders = [order('e'), order('x', { side: 'sell', quantity: '3', filled: '3' })];
    const fills = [fill('e', 'buy', '2'), fill('x', 'sell', '3')];
    const journal = [written('e', 'entry', 900), written('x', 'exit', 1_200, '3')];
    expect(verdict({ orders, fills, journal }).overCapacity).toEqual(['t']);
  });

  it('sees a position without a stop, and takes an open stop or an emulated one as a guard', () => {
    const journal = [written('e', 'entry', 900), written('s', 'stop', 950, '0')];
    const open = [trade({ ended: false })];
    const stop = order('s', { side: 'sell', filled: '0', open: true });
    expect(verdict({ ...ENTERED, journal, trades: open }).unguarded).toEqual(['t']);
    expect(verdict({ ...ENTERED, orders: [order('e'), stop], journal, trades: open }).unguarded).toEqual([]);
    expect(verdict({ ...ENTERED, journal, trades: [trade({ ended: false, emulated: true })] }).unguarded).toEqual([]);
  });

  it('sees what a halt that flattens has left', () => {
    const journal = [written('e', 'entry', 900)];
    expect(verdict({ ...ENTERED, journal }, { flatten: true }).notFlat).toEqual(['t']);
  });

  it('sees an order that the journal lacks, and one that it booked otherwise', () => {
    expect(verdict(ENTERED)).toMatchObject({ strangers: ['e'], journalDiffers: ['e'] });
    expect(verdict({ ...ENTERED, journal: [written('e', 'entry', 900, '1')] }).journalDiffers).toEqual(['e']);
  });
});
