import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasHaltAnswer } from '../../domain/halt/answers';
import { SCHEDULES } from './list';

describe('the list of schedules', () => {
  it('has each id once, a known workflow, and a row in the runbook', () => {
    const runbook = readFileSync(join(__dirname, '../../docs/operations.md'), 'utf8');
    const ids = SCHEDULES.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, workflow, purpose, failureMeans } of SCHEDULES) {
      expect(id).toMatch(/^[a-z0-9-]{1,64}$/);
      expect([id, hasHaltAnswer(workflow.type)]).toEqual([id, true]);
      expect([id, runbook.includes(`| \`${id}\``)]).toEqual([id, true]);
      expect([purpose, failureMeans].every((text) => text.endsWith('.'))).toBe(true);
    }
  });
});
