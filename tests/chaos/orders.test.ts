import { runOrderChaos } from './orders/run';
import { goalsOf } from './orders/suite';

/** The short forms of `npm run chaos -- orders`: the same processes, faults and judge. */
describe('orders while their processes are killed and their answers lost', () => {
  it('are at the venue once for each intent; controls without a journal are not', async () => {
    const intents = 20;
    const { results, remarks } = await runOrderChaos({ venues: ['binance'], intents, seed: 1, hiddenForLonger: 0 });
    const missed = goalsOf(results, intents / 2).filter(({ met }) => !met);
    expect(missed.length === 0 ? [] : [...missed, ...remarks]).toEqual([]);
  }, 600_000);

  it('are at Interactive Brokers once for each intent; those of the convenience class of its library are not', async () => {
    const intents = 8;
    const { results, remarks } = await runOrderChaos({ venues: ['ib'], intents, seed: 4 });
    const missed = goalsOf(results, intents / 2).filter(({ met }) => !met);
    expect(missed.length === 0 ? [] : [...missed, ...remarks]).toEqual([]);
  }, 600_000);
});
