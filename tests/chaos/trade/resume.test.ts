import { heldUp, percentile } from './resume';
import type { Progress } from './resume';

const death = { process: 'orders', at: 1_000, backAt: 4_000, arming: false, killed: true } as const;
const trade = (more: Partial<Progress>): Progress => ({
  ...{ acceptedAt: 0, endedAt: 60_000, marks: [], restsAt: [], dueAt: [] },
  ...more,
});

describe('how long a death holds a trade up', () => {
  it('lasts until the trade moves again', () => {
    expect(heldUp(death, trade({ marks: [900, 5_200, 5_300] }))).toBe(4_200);
  });

  it('does not end with what another process still does in the first moment', () => {
    expect(heldUp(death, trade({ marks: [1_005, 5_200] }))).toBe(4_195);
  });

  it('is nothing to a trade that rests until the process is back', () => {
    expect(heldUp(death, trade({ restsAt: [800], marks: [800, 9_000], dueAt: [8_900] }))).toBeUndefined();
  });

  it('begins for a resting trade when something falls due', () => {
    expect(heldUp(death, trade({ restsAt: [800], marks: [800, 5_000], dueAt: [3_000] }))).toBe(2_000);
  });

  it('is nothing to a trade that has ended or has not begun, nor is a death between rounds', () => {
    expect(heldUp(death, trade({ endedAt: 900 }))).toBeUndefined();
    expect(heldUp(death, trade({ acceptedAt: 1_100 }))).toBeUndefined();
    expect(heldUp({ ...death, arming: true }, trade({ marks: [900, 5_200] }))).toBeUndefined();
  });
});

describe('a percentile', () => {
  it('is a value that was measured, by nearest rank', () => {
    expect(percentile([4, 1, 3, 2], 0.5)).toBe(2);
    expect(percentile([4, 1, 3, 2], 0.95)).toBe(4);
    expect(percentile([], 0.5)).toBeUndefined();
  });
});
