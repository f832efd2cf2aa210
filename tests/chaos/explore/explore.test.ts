import { Explorer } from './explorer';
import type { Finding } from './explorer';
import { inLab } from './lab';
import { describeStep } from './step';
import { WEAKENINGS } from './weakening';
import type { Weakening } from './weakening';

/** Seeds whose first interleavings meet the missing safeguard, so that the test is short; any seed does in the end. */
const SOON: Readonly<Record<string, number>> = {
  no_wait: 9,
  no_fence: 1,
  no_capacity: 83,
  no_owner: 39,
  early_read: 70,
  no_reservation: 91,
};

function findIn(weakening: Weakening, shorten: boolean): Promise<readonly Finding[]> {
  return inLab(weakening, async (lab) => {
    const explorer = new Explorer(lab);
    const { finding } = await explorer.explore(SOON[weakening.name] ?? 1, { milliseconds: 40_000 });
    if (finding === undefined) return [];
    return shorten ? [finding, await explorer.shorten(finding, 10_000)] : [finding];
  });
}

describe('the order protocol', () => {
  it('breaks no rule, whatever two workers, a watcher, an operator and the venue do', async () => {
    const found = await inLab(undefined, (lab) => new Explorer(lab).explore(2, { milliseconds: 6_000 }));
    expect(found.finding).toBeUndefined();
    expect(found.interleavings).toBeGreaterThan(0);
  });

  it.each(WEAKENINGS.map((weakening) => [weakening.what, weakening] as const))(
    'is found to break a rule when %s',
    async (_, weakening) => {
      expect(await findIn(weakening, false)).toHaveLength(1);
    },
  );

  it('meets the same steps under the same seed, and the shortest sequence of them breaks the same rule again', async () => {
    const [weakening] = WEAKENINGS.filter(({ name }) => name === 'no_fence');
    if (weakening === undefined) throw new Error('no such weakening');
    const [first, shortest] = await findIn(weakening, true);
    const [again] = await findIn(weakening, false);
    expect(again?.steps).toEqual(first?.steps);
    expect(shortest?.breach.rule).toBe('nothing passes a halt');
    expect(shortest?.steps.length).toBeLessThan(first?.steps.length ?? 0);
    // A halt, the fence, the send and its arrival: nothing can be left out.
    expect(shortest?.steps.map(describeStep)).toHaveLength(6);
  });
});

describe('a safeguard that is to be taken out', () => {
  it('must be there as it is described', async () => {
    const wrong: Weakening = {
      name: 'wrong',
      what: 'nothing',
      function: 'renew_fence(jsonb)',
      parts: { 'no such text': '' },
    };
    await expect(inLab(wrong, () => Promise.resolve())).rejects.toThrow('has 0 times: no such text');
  });
});
