import { runTradeChaos } from './trade/run';

/** The short form of `npm run chaos -- trade`: real processes, real kills, the same judge. */
describe('trades while their processes are killed', () => {
  it('have one entry each, never more exits than they hold, and end reconciled; a control without a journal has not', async () => {
    const { goals, remarks } = await runTradeChaos({
      runs: 10,
      seed: 1,
      kinds: ['worker between fill and stop', 'Postgres any time', 'Temporal new phase'],
      controlRuns: 1,
    });
    const missed = goals.filter(({ met }) => !met).map(({ name, measured }) => `${name}: ${measured}`);
    expect(missed.length === 0 ? [] : [...missed, ...remarks]).toEqual([]);
  }, 240_000);
});
