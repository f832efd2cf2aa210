import { calendarOf } from '../../domain/calendar/calendars';
import { dec } from '../../domain/money/decimal';
import { decimalString as d } from '../../domain/money/decimal';
import { WrittenTape } from '../exchange/tape';
import { contractsAt, isOnTick, matching } from './contracts';
import { inHours, madeUpPrices } from './market';
import { HistoryPacing } from './pacing';
import { after, earnedBy } from './portfolio';
import { readTime, said } from './times';
import { followed, reaches } from './trailing';

const IN_SESSION = '2026-11-25T15:00:00Z';
/** Friday after Thanksgiving. */
const FRIDAY_OPEN = Date.parse('2026-11-27T14:30:00Z');

const [contract] = contractsAt(Date.parse(IN_SESSION));
if (contract === undefined) throw new Error('no contract');
const aapl = contract;

describe('hours', () => {
  test('the prints of a session do not depend on how the time is cut, and the last one closes it', () => {
    const calendar = calendarOf('NYSE');
    const tape = inHours(madeUpPrices(aapl, 'a'), calendar, 'regular');
    const [from, to] = [Date.parse('2026-11-25T20:59:58Z'), FRIDAY_OPEN + 1_000];
    const whole = [...tape.printsBetween(from, to)];
    const cuts = [from, from + 1_999, from + 2_000, FRIDAY_OPEN - 1, FRIDAY_OPEN, to];
    const parts = cuts.slice(1).flatMap((cut, index) => [...tape.printsBetween(cuts[index] ?? 0, cut)]);
    expect(parts).toEqual(whole);
    const closing = whole.filter(({ sessionClose }) => sessionClose === true);
    expect(closing.map(({ at }) => at)).toEqual([Date.parse('2026-11-25T21:00:00Z') - 1]);
    expect(whole.some(({ at }) => at === FRIDAY_OPEN)).toBe(true);
    expect(tape.lastPrint(Date.parse('2026-11-26T12:00:00Z'))?.at).toBe(Date.parse('2026-11-25T20:59:59.900Z'));
    expect(tape.isOpen(Date.parse('2026-11-26T15:00:00Z'))).toBe(false);
  });

  test('a print of its own in the last millisecond closes the session itself', () => {
    const written = new WrittenTape();
    const close = Date.parse('2026-11-25T21:00:00Z');
    written.print(close - 1, 5, 7);
    const tape = inHours(written, calendarOf('NYSE'), 'regular');
    expect(
      [...tape.printsBetween(close - 100, close + 100)].map(({ sessionClose, volume }) => [
        sessionClose,
        volume.toNumber(),
      ]),
    ).toEqual([[true, 7]]);
  });
});

describe('pacing', () => {
  test('the pacing rules, one by one', () => {
    const request = (n: number, weight: 1 | 2 = 1, subject = 'a') => ({ whole: String(n), subject, weight });
    const same = new HistoryPacing();
    expect([0, 14_999, 15_000].map((at) => same.admits(request(1), at))).toEqual([true, false, true]);
    const burst = new HistoryPacing();
    expect([0, 1, 2, 3, 4, 5].map((n) => burst.admits(request(n), n))).toEqual([true, true, true, true, true, false]);
    expect(burst.admits(request(6, 1, 'b'), 6)).toBe(true);
    expect(burst.admits(request(7), 2_000)).toBe(true);
    const long = new HistoryPacing();
    const admitted = Array.from({ length: 70 }, (_, n) => long.admits(request(n, 1, String(n)), n * 1_000));
    expect(admitted.filter(Boolean)).toHaveLength(60);
    const pairs = new HistoryPacing();
    expect(
      Array.from({ length: 40 }, (_, n) => pairs.admits(request(n, 2, String(n)), n)).filter(Boolean),
    ).toHaveLength(30);
    expect(pairs.admits(request(99, 2), 600_030)).toBe(true);
  });
});

describe('contracts', () => {
  test('two quarterly futures of each root trade, by the third Friday of their month, and one has expired', () => {
    const names = (at: string): string[] =>
      contractsAt(Date.parse(at))
        .filter(({ secType }) => secType === 'FUT')
        .map(({ lastTradeDate, localSymbol }) => `${localSymbol} ${lastTradeDate}`);
    expect(names('2026-11-25T00:00:00Z')).toEqual([
      'ESZ6 20261218',
      'ESH7 20270319',
      'MESZ6 20261218',
      'MESH7 20270319',
      'ESU6 20260918',
      'MESU6 20260918',
    ]);
    expect(names('2026-12-19T06:00:00Z')[0]).toBe('ESH7 20270319');
    expect(matching(contractsAt(0), { symbol: '', conId: 0 }, 0)).toEqual([]);
    expect(isOnTick({ marketRule: 1 }, '5')).toBe(false);
  });
});

describe('a trailing stop', () => {
  const trail = { side: 'sell', auxPrice: d('5'), type: 'TRAIL', contract: aapl } as const;

  test('follows the best price on the tick, and never goes back', () => {
    expect(followed(trail, null, dec('100.004'))).toBe('95');
    expect(followed(trail, d('95'), dec('90'))).toBe('95');
    expect(followed(trail, d('95'), dec('110'))).toBe('105');
    const buy = { side: 'buy', trailingPercent: d('10'), type: 'TRAIL', contract: aapl } as const;
    expect(followed(buy, null, dec('99.99'))).toBe('109.99');
    expect(followed(buy, d('100'), dec('95'))).toBe('100');
  });

  test('is reached at its price and beyond', () => {
    expect([95, 95.01].map((price) => reaches(trail, d('95'), dec(price)))).toEqual([true, false]);
    expect([95, 94.99].map((price) => reaches({ side: 'buy' }, d('95'), dec(price)))).toEqual([true, false]);
  });
});

describe('a position', () => {
  const trade = (side: 'buy' | 'sell', quantity: string, price: string) => ({
    ...{ contract: aapl, side, quantity: d(quantity), price: d(price) },
  });

  test('averages what opens, earns by what closes, and begins anew when it turns', () => {
    const opened = after(after(undefined, trade('buy', '10', '100')), trade('buy', '10', '104'));
    expect([opened.quantity.toNumber(), opened.averageCost.toNumber()]).toEqual([20, 102]);
    expect(earnedBy(opened, trade('buy', '1', '90'))).toBeNull();
    expect(earnedBy(opened, trade('sell', '5', '110'))).toBe('40');
    const turned = after(opened, trade('sell', '25', '100'));
    expect([turned.quantity, turned.averageCost, turned.realized].map(Number)).toEqual([-5, 100, -40]);
    const flat = after(turned, trade('buy', '5', '90'));
    expect([flat.quantity, flat.averageCost, flat.realized].map(Number)).toEqual([0, 0, 10]);
  });
});

describe('times', () => {
  test('are said in the zone of the account, and read in either form', () => {
    const at = Date.parse(IN_SESSION);
    expect(said(at)).toBe('20261125 10:00:00 US/Eastern');
    for (const written of [said(at), '20261125-15:00:00', '20261125 10:00:00', '20261125 09:00:00 US/Central'])
      expect(readTime(written)).toBe(at);
    for (const written of ['', 'now', '20261332-15:00:00', '20261125 10:00:00 Mars/Base'])
      expect(readTime(written)).toBeUndefined();
  });
});
