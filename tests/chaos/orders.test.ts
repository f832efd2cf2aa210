import { runOrderChaos } from './orders/run';
import { goalsOf } from './orders/suite';

/** The short form of `npm run chaos -- orders`: one venue, the same processes, faults and judge. */
describe('orders while their processes are killed and their answers lost', () => {
  it('are at the venue once for each intent; controls without a journal are not', async () => {
    const intents = 20;
    const { results, remarks } = await runOrderChaos({ venues: ['binance'], intents, seed: 1, hiddenForLonger: 0 });
    const missed = goalsOf(results, intents / 2).filter(({ met }) => !met);
    expect(missed.length === 0 ? [] : [...missed, ...remarks]).toEqual([]);
  }, 600_000);
});
