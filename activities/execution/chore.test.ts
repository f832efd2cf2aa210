import { RateLimited } from '../../domain/order/rate-gate';
import { Chore, within } from './chore';

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function harness(work: () => Promise<void>) {
  let now = 0;
  const reports: (string | undefined)[] = [];
  let runs = 0;
  const chore = new Chore(
    'poll',
    {
      monotonic: () => now,
      report: (_chore, problem) => {
        reports.push(problem);
        return Promise.resolve();
      },
    },
    { every: () => 1_000, longest: 4_000 },
    () => {
      runs += 1;
      return work();
    },
  );
  const turn = async (ms = 0): Promise<number> => {
    now += ms;
    chore.turn();
    await settle();
    return runs;
  };
  return { chore, reports, turn };
}

describe('a chore', () => {
  it('is done at its pace, or when it is asked for', async () => {
    const { chore, turn } = harness(() => Promise.resolve());
    expect(await turn()).toBe(1);
    expect(await turn(900)).toBe(1);
    chore.ask();
    expect(await turn(10)).toBe(2);
    expect(await turn(900)).toBe(2);
    expect(await turn(200)).toBe(3);
  });

  it('runs once at a time, and once more for what was asked meanwhile', async () => {
    let finish: () => void = () => undefined;
    const { chore, turn } = harness(() => new Promise((resolve) => (finish = resolve)));
    expect(await turn()).toBe(1);
    chore.ask();
    expect(await turn(5_000)).toBe(1);
    finish();
    await chore.settled();
    expect(await turn()).toBe(2);
  });

  it('slows down while it fails, whoever asks, and tells when it works again', async () => {
    let broken = true;
    const { chore, reports, turn } = harness(() => (broken ? Promise.reject(new Error('away')) : Promise.resolve()));
    expect(await turn()).toBe(1);
    chore.ask();
    expect(await turn(400)).toBe(1);
    expect(await turn(100)).toBe(2);
    expect(await turn(999)).toBe(2);
    expect(await turn(1)).toBe(3);
    expect(await turn(2_000)).toBe(4);
    // Four seconds at most.
    expect(await turn(4_000)).toBe(5);
    broken = false;
    expect(await turn(4_000)).toBe(6);
    expect(reports).toEqual(['away', 'away', 'away', 'away', 'away', undefined]);
  });

  it('stays away for as long as the venue says', async () => {
    const { turn } = harness(() => Promise.reject(new RateLimited('banned', 120_000)));
    expect(await turn()).toBe(1);
    expect(await turn(119_000)).toBe(1);
    expect(await turn(1_000)).toBe(2);
  });

  it('gives no venue call longer than its deadline', async () => {
    await expect(within(10, 'poll', new Promise(() => undefined))).rejects.toThrow('poll: no answer within 0.01 s');
    await expect(within(1_000, 'poll', Promise.resolve(7))).resolves.toBe(7);
  });
});
