import { instant } from '../clock/instant';
import { findBarFault } from './bar-checks';
import type { Bar } from './signal';

const now = instant(Date.UTC(2024, 0, 5, 14, 30));
const bar = (change: Partial<Bar> = {}): Bar => ({
  date: '2024-01-04',
  open: 10,
  high: 12,
  low: 9,
  close: 11,
  volume: 0,
  ...change,
});

describe('bars', () => {
  it('are sound in rising order, with missing volume, and up to the day of the question', () => {
    expect(findBarFault([bar({ date: '2024-01-03' }), bar(), bar({ date: '2024-01-05' })], now)).toBeUndefined();
    expect(findBarFault([], now)).toBeUndefined();
  });

  it('may have stood still', () => {
    expect(findBarFault([bar({ open: 10, high: 10, low: 10, close: 10 })], now)).toBeUndefined();
  });

  it.each([
    ['out of order', [bar(), bar({ date: '2024-01-03' })], 'unsorted_bars', '2024-01-03'],
    ['twice on one day', [bar(), bar()], 'unsorted_bars', '2024-01-04'],
    ['of tomorrow', [bar({ date: '2024-01-06' })], 'future_bars', '2024-01-06'],
    ['with a date in another form', [bar({ date: '4.1.2024' })], 'invalid_date', '4.1.2024'],
    ['with a close of 0', [bar({ close: 0 })], 'invalid_price', 'close of 2024-01-04 is 0'],
    ['with a negative low', [bar({ low: -1 })], 'invalid_price', 'low of 2024-01-04 is -1'],
    ['with an open that is no number', [bar({ open: Number.NaN })], 'invalid_price', 'open of 2024-01-04 is NaN'],
    ['with an endless high', [bar({ high: Number.POSITIVE_INFINITY })], 'invalid_price', 'high of 2024-01-04'],
    ['with a close above the high', [bar({ close: 13 })], 'invalid_price', 'outside'],
    ['with an open below the low', [bar({ open: 8 })], 'invalid_price', 'outside'],
  ])('%s have a fault that names the bar', (_, bars, code, words) => {
    const fault = findBarFault(bars, now);
    expect(fault?.code).toBe(code);
    expect(fault?.reason).toContain(words);
  });
});
