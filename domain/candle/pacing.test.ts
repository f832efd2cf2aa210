import * as fc from 'fast-check';
import { IB_PACING } from '../../feeds/ib/history-rules';
import { HistoryPacing } from '../../simulators/ib/pacing';
import { pacingWait, stillPaced } from './pacing';
import type { PacedRequest, SentRequest } from './pacing';

const NOW = Date.UTC(2026, 10, 25);

/** Requests that come after each other by so many milliseconds: a few contracts, a few of each. */
const wishes = fc.array(
  fc.record({
    pause: fc.oneof(fc.nat({ max: 400 }), fc.nat({ max: 20_000 }), fc.constant(0)),
    subject: fc.nat({ max: 3 }),
    which: fc.nat({ max: 4 }),
  }),
  { minLength: 1, maxLength: 180 },
);
type Wishes = typeof wishes extends fc.Arbitrary<infer T> ? T : never;

const requestOf = ({ subject, which }: Wishes[number]): PacedRequest => ({
  subject: `contract ${subject}`,
  whole: `contract ${subject} page ${which}`,
  weight: 1,
});

/** Sends each wish when `wait` lets it, one after the other. */
function send(all: Wishes, wait: typeof pacingWait): readonly SentRequest[] {
  let sent: SentRequest[] = [];
  const every: SentRequest[] = [];
  let now = NOW;
  for (const wish of all) {
    const request = requestOf(wish);
    now += wish.pause;
    now += wait(IB_PACING, sent, request, now);
    sent = [...stillPaced(IB_PACING, sent, now), { ...request, at: now }];
    every.push({ ...request, at: now });
  }
  return every;
}

/** What the broker itself would refuse, by its own rules. */
function refused(sent: readonly SentRequest[]): number {
  const judge = new HistoryPacing();
  return sent.filter(({ at, subject, whole }) => !judge.admits({ subject, whole, weight: 1 }, at)).length;
}

describe('the pacing of historical data', () => {
  it('never lets a request go that the broker would refuse, whatever is wished for', () => {
    fc.assert(fc.property(wishes, (all) => expect(refused(send(all, pacingWait))).toBe(0)));
  });

  it('refuses many of the same wishes when nobody waits (the control)', () => {
    const all = Array.from({ length: 100 }, (_, n) => ({ pause: 100, subject: n % 3, which: n % 5 }));
    expect(refused(send(all, () => 0))).toBeGreaterThan(30);
    expect(refused(send(all, pacingWait))).toBe(0);
  });

  it('waits no longer than it must: a millisecond earlier breaks a rule', () => {
    fc.assert(
      fc.property(wishes, (all) => {
        const sent = send(all.slice(0, -1), pacingWait);
        const [last] = all.slice(-1);
        if (last === undefined) return;
        const now = sent.at(-1)?.at ?? NOW;
        const wait = pacingWait(IB_PACING, sent, requestOf(last), now);
        if (wait > 0) expect(pacingWait(IB_PACING, sent, requestOf(last), now + wait - 1)).toBe(1);
        expect(pacingWait(IB_PACING, sent, requestOf(last), now + wait)).toBe(0);
      }),
    );
  });

  it('counts requests by their weight, and knows those that never fit', () => {
    const rules = [{ alike: 'any', within: 1_000, most: 2 }] as const;
    const heavy: PacedRequest = { subject: 'a', whole: 'a', weight: 2 };
    expect(pacingWait(rules, [{ ...heavy, at: NOW }], heavy, NOW + 10)).toBe(990);
    expect(pacingWait(rules, [{ ...heavy, weight: 1, at: NOW }], { ...heavy, weight: 1 }, NOW + 10)).toBe(0);
    expect(() => pacingWait(rules, [], { ...heavy, weight: 3 }, NOW)).toThrow('never fits');
  });
});
