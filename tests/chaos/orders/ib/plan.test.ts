import { byIbLane, planIbIntents, STATED_LAG, VALIDITY_WINDOW } from './plan';

describe('the plan of order chaos at Interactive Brokers', () => {
  const plans = planIbIntents(600, 7, 4);

  it('is the same for the same seed, and another for another', () => {
    expect(planIbIntents(600, 7, 4)).toEqual(plans);
    expect(planIbIntents(600, 8, 4)).not.toEqual(plans);
  });

  it('has every scenario, and leaves no intent without a fault', () => {
    expect(new Set(plans.map(({ scenario }) => scenario)).size).toBe(13);
    const elsewhere = ['killed', 'stopped', 'cut off', 'gateway restarted', 'database down'];
    expect(plans.filter(({ scenario, faults }) => faults.length === 0 && !elsewhere.includes(scenario))).toEqual([]);
  });

  it('hides orders for less than window plus lag', () => {
    for (const { hiddenMs, scenario } of plans) {
      expect(hiddenMs).toBeLessThan(VALIDITY_WINDOW + STATED_LAG);
      expect(hiddenMs > 0).toBe(scenario === 'hidden');
    }
  });

  it('gives each lane its own intents, in their order', () => {
    const lanes = [...byIbLane(plans).values()];
    expect(lanes).toHaveLength(4);
    for (const lane of lanes)
      expect(lane.map(({ index }) => index)).toEqual(lane.map((_, at) => at * 4 + (lane[0]?.lane ?? 0)));
    expect(lanes.flat()).toHaveLength(600);
  });
});
