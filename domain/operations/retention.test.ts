import fc from 'fast-check';
import { expiredBackups } from './retention';
import type { DatedBackup } from './retention';

const DAY = 86_400_000;
const at = (id: number, takenAt: number): DatedBackup => ({ id: `b${id}`, takenAt });
const moments = fc
  .uniqueArray(fc.integer({ min: 0, max: 3 * 365 * 24 }), { maxLength: 300 })
  .map((hours) => hours.map((hour, id) => at(id, Date.UTC(2024, 0, 1) + hour * 3_600_000)));
const policy = fc.record({ daily: fc.integer({ min: 1, max: 40 }), monthly: fc.integer({ min: 0, max: 15 }) });

describe('the retention of backups', () => {
  it('keeps the last 30 days and 12 months of two years of daily backups', () => {
    const daily = Array.from({ length: 730 }, (_, day) => at(day, Date.UTC(2024, 0, 1, 2) + day * DAY));
    const gone = new Set(expiredBackups(daily));
    const kept = daily
      .filter(({ id }) => !gone.has(id))
      .map(({ takenAt }) => new Date(takenAt).toISOString().slice(0, 10));
    expect(kept).toHaveLength(41);
    expect(kept[0]).toBe('2025-01-31');
    expect(kept).toContain('2025-12-01');
    expect(kept.at(-1)).toBe('2025-12-30');
  });

  it('never deletes the newest, keeps one of each of the last days and months, and no more than it says', () => {
    fc.assert(
      fc.property(moments, policy, (backups, rule) => {
        const gone = new Set(expiredBackups(backups, rule));
        const kept = backups.filter(({ id }) => !gone.has(id));
        expect(kept.length).toBeLessThanOrEqual(rule.daily + rule.monthly);
        const newestFirst = [...backups].sort((a, b) => b.takenAt - a.takenAt);
        if (newestFirst[0] !== undefined) expect(gone.has(newestFirst[0].id)).toBe(false);
        for (const [characters, count] of [
          [10, rule.daily],
          [7, rule.monthly],
        ] as const) {
          const period = ({ takenAt }: DatedBackup) => new Date(takenAt).toISOString().slice(0, characters);
          const periods = [...new Set(newestFirst.map(period))].slice(0, count);
          for (const one of periods) {
            const newest = newestFirst.find((backup) => period(backup) === one);
            expect(newest !== undefined && gone.has(newest.id)).toBe(false);
          }
        }
      }),
    );
  });

  it('deletes nothing more when it is asked again, and nothing because time passes without backups', () => {
    fc.assert(
      fc.property(moments, policy, (backups, rule) => {
        const gone = new Set(expiredBackups(backups, rule));
        expect(
          expiredBackups(
            backups.filter(({ id }) => !gone.has(id)),
            rule,
          ),
        ).toEqual([]);
      }),
    );
  });
});
