import { accountOf, byLane, LAG_MARGIN, planHiddenForLonger, planIntents, windowOf } from './plan';

const WINDOW = windowOf('binance');

describe('the plan of order chaos', () => {
  const plans = planIntents(400, 7, WINDOW);

  it('is the same for the same seed, and another for another', () => {
    expect(planIntents(400, 7, WINDOW)).toEqual(plans);
    expect(planIntents(400, 8, WINDOW)).not.toEqual(plans);
  });

  it('has every scenario and every lag', () => {
    expect(new Set(plans.map(({ scenario }) => scenario)).size).toBe(9);
    expect(new Set(plans.map(({ lag }) => lag))).toEqual(new Set([0, 400, 5_000]));
  });

  it('leaves no intent without a fault at the venue or in a process', () => {
    const processes = ['killed', 'paused', 'two workers', 'database down'];
    const untouched = plans.filter(({ scenario, faults }) => faults.length === 0 && !processes.includes(scenario));
    expect(untouched).toEqual([]);
  });

  it('hides orders for less than window plus lag, and beyond that only those of the stated limit', () => {
    for (const { hiddenMs, lag, scenario } of plans)
      if (scenario === 'hidden') expect(hiddenMs).toBeLessThan(WINDOW + lag + LAG_MARGIN);
      else expect(hiddenMs).toBe(0);
    for (const { hiddenMs } of planHiddenForLonger(5, 7, WINDOW))
      expect(hiddenMs).toBeGreaterThan(WINDOW + 2 * LAG_MARGIN + 1_500);
  });

  it('gives each lane an account of its own, on which one intent follows the other', () => {
    const lanes = [...byLane(plans).values()];
    const accounts = lanes.map((lane) => new Set(lane.map((plan) => accountOf('ours', plan))));
    expect(accounts.every(({ size }) => size === 1)).toBe(true);
    expect(new Set(accounts.flatMap((names) => [...names])).size).toBe(lanes.length);
    expect(lanes.flat()).toHaveLength(400);
  });
});
