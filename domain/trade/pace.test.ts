import { orderPace, paceAfter } from './pace';
import type { Pace, PaceRule } from './pace';

const RULE: PaceRule = { free: 1, first: 100, most: 1_000 };

/** Delays of tries that each follow as soon as they may. */
function delays(count: number, rule: PaceRule): number[] {
  let pace: Pace | undefined;
  let now = 0;
  return Array.from({ length: count }, () => {
    pace = paceAfter(pace, now, rule);
    const delay = pace.notBefore - now;
    now = pace.notBefore;
    return delay;
  });
}

test('after its free tries each delay is twice the last, up to a bound', () => {
  expect(delays(7, RULE)).toEqual([0, 100, 200, 400, 800, 1_000, 1_000]);
  expect(delays(2, { ...RULE, free: 0 })).toEqual([100, 200]);
});

test('a rule without an end of doubling stays finite', () => {
  expect(delays(2_000, RULE).at(-1)).toBe(1_000);
});

test('twice the longest delay without a try forgets the earlier ones', () => {
  const tired: Pace = { tries: 6, notBefore: 5_000 };
  expect(paceAfter(tired, 7_000, RULE)).toEqual({ tries: 7, notBefore: 8_000 });
  expect(paceAfter(tired, 7_001, RULE)).toEqual({ tries: 1, notBefore: 7_001 });
});

describe('orders', () => {
  const firstDelays = (...order: Parameters<typeof orderPace>): number[] => delays(3, orderPace(...order));

  test('that failed are tried again soon, exits more slowly, since they take the stops away', () => {
    expect(firstDelays('stop', 'not-sent', null)).toEqual([1_000, 2_000, 4_000]);
    expect(firstDelays('entry', 'refused', 'approval_expired')).toEqual([1_000, 2_000, 4_000]);
    expect(firstDelays('exit', 'refused', 'halted')).toEqual([5_000, 10_000, 20_000]);
    expect(orderPace('exit', 'rejected', 'invalid_order').most).toBe(300_000);
  });

  test('that must follow at once do', () => {
    expect(firstDelays('stop', 'rejected', 'would_trigger_immediately')).toEqual([0, 0, 0]);
    expect(firstDelays('exit', 'refused', 'over_capacity')).toEqual([0, 0, 0]);
  });

  test('that a venue keeps taking and dropping are slowed down', () => {
    expect(delays(5, orderPace('stop', 'acked', null))).toEqual([0, 0, 0, 250, 500]);
    expect(delays(4, orderPace('exit', 'unknown', null)).at(-1)).toBe(250);
  });
});
