import { FAULT_KINDS, planRounds } from './plan';

describe('the plan of a seed', () => {
  it('is the same for the same seed and another for another', () => {
    expect(planRounds(7, 40)).toEqual(planRounds(7, 40));
    expect(planRounds(8, 40)).not.toEqual(planRounds(7, 40));
  });

  it('has as many trades as asked for, each under a key of its own', () => {
    const trades = planRounds(1, 102).flatMap((round) => round.trades);
    expect(trades).toHaveLength(102);
    expect(new Set(trades.map(({ account, key }) => `${account}:${key}`)).size).toBe(102);
  });

  it('brings every kind of fault before any comes twice', () => {
    const kinds = planRounds(3, 4 * FAULT_KINDS.length).map(({ kind }) => kind);
    expect(new Set(kinds)).toEqual(new Set(FAULT_KINDS));
  });

  it('gives the trades of an account one direction in a round', () => {
    for (const { trades } of planRounds(5, 100)) {
      const directions = trades.map(({ account, direction }) => `${account} ${direction}`);
      expect(new Set(directions).size).toBe(new Set(trades.map(({ account }) => account)).size);
    }
  });
});
