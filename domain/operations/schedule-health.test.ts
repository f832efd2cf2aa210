import { instant } from '../clock/instant';
import type { EndedRun } from './schedule-health';
import { judgeSchedule } from './schedule-health';

const at = (minute: number) => instant(Date.UTC(2026, 0, 5, 2, minute));
const run = (minute: number, outcome: EndedRun['outcome'] = 'completed'): EndedRun => ({
  workflowId: `w-${minute}`,
  outcome,
  startedAt: at(minute),
});

describe('a schedule', () => {
  it('that never ran and missed nothing is in order', () => {
    expect(judgeSchedule({ missed: 0, lastEnded: null, waitsFor: null }, null, at(0))).toEqual({
      newlyMissed: 0,
      missed: false,
      failed: null,
      note: { missed: 0, missedAt: null, stuckAt: null },
    });
  });

  it.each(['failed', 'timed-out', 'cancelled', 'terminated'] as const)(
    'whose last run was %s has failed',
    (outcome) => {
      expect(judgeSchedule({ missed: 0, lastEnded: run(1, outcome), waitsFor: null }, null, at(2)).failed).toEqual(
        run(1, outcome),
      );
    },
  );

  it('that missed runs has missed them until a run that started later completes', () => {
    const found = judgeSchedule(
      { missed: 3, lastEnded: run(1), waitsFor: null },
      { missed: 1, missedAt: null, stuckAt: null },
      at(10),
    );
    expect(found).toMatchObject({ newlyMissed: 2, missed: true, note: { missed: 3, missedAt: at(10) } });
    const failed = judgeSchedule({ missed: 3, lastEnded: run(11, 'failed'), waitsFor: null }, found.note, at(12));
    expect(failed).toMatchObject({ newlyMissed: 0, missed: true });
    const earlier = judgeSchedule({ missed: 3, lastEnded: run(9), waitsFor: null }, failed.note, at(12));
    expect(earlier.missed).toBe(true);
    const good = judgeSchedule({ missed: 3, lastEnded: run(13), waitsFor: null }, earlier.note, at(14));
    expect(good).toMatchObject({ newlyMissed: 0, missed: false, note: { missed: 3, missedAt: null } });
  });

  it('that was made anew counts from nothing', () => {
    expect(
      judgeSchedule({ missed: 1, lastEnded: null, waitsFor: null }, { missed: 7, missedAt: null, stuckAt: null }, at(1))
        .newlyMissed,
    ).toBe(1);
    expect(
      judgeSchedule({ missed: 0, lastEnded: null, waitsFor: null }, { missed: 7, missedAt: null, stuckAt: null }, at(1))
        .newlyMissed,
    ).toBe(0);
  });

  it('that counts the same missed runs again while it waits for a moment of the past has missed them once', () => {
    const first = judgeSchedule({ missed: 2, lastEnded: null, waitsFor: at(1) }, null, at(10));
    expect(first).toMatchObject({ newlyMissed: 2, missed: true, note: { stuckAt: at(1) } });
    // A person triggers a run: the server wakes, and counts them again.
    const after = judgeSchedule({ missed: 4, lastEnded: run(11), waitsFor: at(1) }, first.note, at(12));
    expect(after).toMatchObject({ newlyMissed: 0, missed: false, note: { missed: 4, missedAt: null, stuckAt: at(1) } });
    const later = judgeSchedule({ missed: 6, lastEnded: run(11), waitsFor: at(1) }, after.note, at(13));
    expect(later).toMatchObject({ newlyMissed: 0, missed: false });
    // Another outage, after a run that was due: these are others.
    const free = judgeSchedule({ missed: 6, lastEnded: run(14), waitsFor: at(20) }, later.note, at(15));
    expect(free.note.stuckAt).toBeNull();
    const again = judgeSchedule({ missed: 7, lastEnded: run(14), waitsFor: at(20) }, free.note, at(30));
    expect(again).toMatchObject({ newlyMissed: 1, missed: true });
  });
});
