import { findCandleFault, sortCandles } from './candle-checks';
import type { UncheckedCandle } from './candle-checks';

const sound: UncheckedCandle = { openAt: 60_000, open: '10', high: '12.5', low: '9.75', close: '11', volume: '0' };

describe('a candle', () => {
  it('is sound within its range, at its range, and without volume', () => {
    expect(findCandleFault(sound)).toBeUndefined();
    expect(findCandleFault({ ...sound, high: '11', low: '10' })).toBeUndefined();
    expect(findCandleFault({ ...sound, open: '11.0', close: '11', high: '11.00', low: '11' })).toBeUndefined();
  });

  it.each([
    [{ openAt: 0.5 }, 'invalid_time', 'openAt'],
    [{ openAt: -1 }, 'invalid_time', 'openAt'],
    [{ openAt: Number.NaN }, 'invalid_time', 'openAt'],
    [{ open: '1e3' }, 'invalid_number', 'open'],
    [{ close: '' }, 'invalid_number', 'close'],
    [{ volume: 'NaN' }, 'invalid_number', 'volume'],
    [{ low: '0' }, 'invalid_price', 'low'],
    [{ close: '-11' }, 'invalid_price', 'close'],
    [{ high: '10.99' }, 'invalid_range', 'high'],
    [{ low: '10.01' }, 'invalid_range', 'low'],
    [{ volume: '-0.1' }, 'invalid_volume', 'volume'],
  ])('%j is refused as %s of %s', (change, code, field) => {
    expect(findCandleFault({ ...sound, ...change })).toMatchObject({ code, field });
  });

  it('is compared exactly where doubles cannot tell values apart', () => {
    const price = '12345678901234567.1';
    const above = '12345678901234567.2';
    expect(Number(price)).toBe(Number(above));
    expect(findCandleFault({ ...sound, open: price, close: price, low: price, high: above })).toBeUndefined();
    expect(findCandleFault({ ...sound, open: above, close: above, low: price, high: price })).toMatchObject({
      field: 'high',
    });
  });
});

it('a page is sorted, a repeat counts once with what was said last, and what is not sound is told apart', () => {
  const page = [
    { ...sound, openAt: 120_000 },
    { ...sound, openAt: 60_000 },
    { ...sound, openAt: 120_000, close: '10.5' },
    { ...sound, openAt: 180_000, high: '1' },
  ];
  const { sound: kept, faulty } = sortCandles(page);
  expect(kept.map(({ openAt, close }) => [openAt, close])).toEqual([
    [60_000, '11'],
    [120_000, '10.5'],
  ]);
  expect(faulty).toMatchObject([{ candle: { openAt: 180_000 }, fault: { code: 'invalid_range' } }]);
});
