import { BACKUP_FAULTS, judgeBackups } from './backup-health';
import type { BackupFacts } from './backup-health';

const HOUR = 3_600_000;
const now = Date.UTC(2026, 0, 31, 3);
const backup = (hours: number, bytes = 2_000_000) => ({ id: `h${hours}`, takenAt: now - hours * HOUR, bytes });
const sound: BackupFacts = {
  now,
  installedAt: now - 1_000 * HOUR,
  backups: [backup(1), backup(25)],
  bad: [],
  lastDrill: { at: now - 100 * HOUR, good: true, backup: 'h100' },
};
const faults = (changes: Partial<BackupFacts>) => [...judgeBackups({ ...sound, ...changes }).keys()];

describe('the health of the backups', () => {
  it('is good with a fresh one of a usual size that was drilled', () => {
    expect(faults({})).toEqual([]);
  });

  it.each([
    ['late', { backups: [backup(25.1), backup(49)] }, { backups: [backup(25), backup(49)] }],
    ['late', { backups: [] }, { backups: [], installedAt: now - 24 * HOUR, lastDrill: null }],
    ['small', { backups: [backup(1, 999_999)] }, { backups: [backup(1, 1_000_000)] }],
    [
      'shrunk',
      { backups: [backup(1, 1_900_000), backup(25, 3_800_001)] },
      { backups: [backup(1, 1_900_000), backup(25, 3_800_000)] },
    ],
    ['bad', { bad: ['h3'] }, { bad: [] }],
    ['undrilled', { lastDrill: null }, { lastDrill: null, installedAt: now - 100 * HOUR }],
    ['undrilled', { lastDrill: { at: now - 193 * HOUR, good: true, backup: 'x' } }, {}],
    ['drill-failed', { lastDrill: { at: now - HOUR, good: false, backup: 'x' } }, {}],
  ] as const)('finds %s, and only beyond its limit', (fault, wrong, right) => {
    expect(BACKUP_FAULTS).toContain(fault);
    expect(faults(wrong as Partial<BackupFacts>)).toEqual([fault]);
    expect(faults(right as Partial<BackupFacts>)).toEqual([]);
  });
});
