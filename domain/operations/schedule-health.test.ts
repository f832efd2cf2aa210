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
    expect(judgeSchedule({ missed: 0, lastEnded: null }, null, at(0))).toEqual({
      newlyMissed: 0,
      missed: false,
      failed: null,
      note: { missed: 0, missedAt: null },
    });
  });

  it.each(['failed', 'timed-out', 'cancelled', 'terminated'] as const)(
    'whose last run was %s has failed',
    (outcome) => {
      expect(judgeSchedule({ missed: 0, lastEnded: run(1, outcome) }, null, at(2)).failed).toEqual(run(1, outcome));
    },
  );

  it('that missed runs has missed them until a run that started later completes', () => {
    const found = judgeSchedule({ missed: 3, lastEnded: run(1) }, { missed: 1, missedAt: null }, at(10));
    expect(found).toMatchObject({ newlyMissed: 2, missed: true, note: { missed: 3, missedAt: at(10) } });
    const failed = judgeSchedule({ missed: 3, lastEnded: run(11, 'failed') }, found.note, at(12));
    expect(failed).toMatchObject({ newlyMissed: 0, missed: true });
    const earlier = judgeSchedule({ missed: 3, lastEnded: run(9) }, failed.note, at(12));
    expect(earlier.missed).toBe(true);
    const good = judgeSchedule({ missed: 3, lastEnded: run(13) }, earlier.note, at(14));
    expect(good).toMatchObject({ newlyMissed: 0, missed: false, note: { missed: 3, missedAt: null } });
  });

  it('that was made anew counts from nothing', () => {
    expect(judgeSchedule({ missed: 1, lastEnded: null }, { missed: 7, missedAt: null }, at(1)).newlyMissed).toBe(1);
    expect(judgeSchedule({ missed: 0, lastEnded: null }, { missed: 7, missedAt: null }, at(1)).newlyMissed).toBe(0);
  });
});
