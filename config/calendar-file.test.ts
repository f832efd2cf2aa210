import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { calendarFileSchema, readCalendarFile } from './calendar-file';
import { PROJECT_ROOT } from './project';

describe('a calendar file', () => {
  it('has the form of the bundled exceptions', () => {
    const bundled: unknown = JSON.parse(readFileSync(join(PROJECT_ROOT, 'data/calendar-exceptions.json'), 'utf8'));
    expect(calendarFileSchema.safeParse(bundled)).toMatchObject({ success: true });
  });

  it('may be left out', () => {
    expect(readCalendarFile(undefined)).toEqual({});
    expect(readCalendarFile(' ')).toEqual({});
  });

  it('is looked for in the project’s folder', () => {
    expect(readCalendarFile('data/calendar-exceptions.json').exceptions?.length).toBeGreaterThan(20);
  });
});
