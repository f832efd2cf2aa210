import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answers, runCli } from '../tests/support/cli';
import { EXIT } from './context';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'report-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const row = { day: '2026-11-24', madeAt: '2026-11-25T00:10:01.000Z', mailedAt: null, postedAt: null };
const report = { ...row, document: {}, markdown: '# Tradewind on 2026-11-24\n', html: '<!doctype html>' };

it('tradewind report list', async () => {
  const { stdout } = await runCli(['report', 'list'], {
    fetch: answers([200, { items: [row], nextCursor: null }]).fetch,
  });
  expect(stdout).toMatch(/2026-11-24 +2026-11-25 00:10:01 +- +-/);
});

it('tradewind report show prints Markdown, or writes HTML', async () => {
  const { fetch, asked } = answers([200, report]);
  const shown = await runCli(['report', 'show', '--date', '2026-11-24'], { fetch });
  expect(asked[0]?.url).toContain('/v1/reports/daily?date=2026-11-24');
  expect(shown.stdout).toBe('# Tradewind on 2026-11-24\n');
  const file = join(folder, 'report.html');
  expect((await runCli(['report', 'show', '--html', file], { fetch })).code).toBe(EXIT.done);
  expect(readFileSync(file, 'utf8')).toBe('<!doctype html>');
  const nowhere = await runCli(['report', 'show', '--html', join(folder, 'none', 'x.html')], { fetch });
  expect(nowhere.code).toBe(EXIT.failed);
});
