import { tradeForDays } from './books/days';

describe('days of trading over a line on which one call in a hundred breaks', () => {
  it('end with books that agree with the venue to the last digit', async () => {
    const result = await tradeForDays({ days: 30, seed: 4, faults: 0.01, lost: 0 });
    expect(result).toMatchObject({ comparisons: 30, refused: 0, left: [], opened: 0 });
    expect(result.trades).toBe(60);
    expect(result.faults).toBeGreaterThan(0);
  });

  it('end with differences when fills are lost on purpose (the control)', async () => {
    const result = await tradeForDays({ days: 3, seed: 4, faults: 0, lost: 0.3 });
    expect(result.lostFills).toBeGreaterThan(0);
    expect(result.left).toContain('fill-missing');
  });
});
