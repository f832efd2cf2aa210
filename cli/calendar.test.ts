import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../tests/support/cli';
import type { CliResult } from '../tests/support/cli';
import { EXIT } from './context';

const calendar = (...line: string[]): Promise<CliResult> => runCli(['calendar', ...line]);

describe('tradewind calendar show', () => {
  it('prints the trading days in UTC, early closes and the hours around them included', async () => {
    const { code, stdout } = await calendar('show', 'NYSE', '--from', '2024-11-25', '--to', '2024-12-31', '--json');
    expect(code).toBe(EXIT.done);
    const days = JSON.parse(stdout) as { date: string; early: boolean }[];
    expect(days).toHaveLength(25);
    expect(days.map(({ date }) => date)).not.toContain('2024-11-28');
    expect(days.filter(({ early }) => early)).toEqual([
      expect.objectContaining({
        date: '2024-11-29',
        open: '2024-11-29T14:30:00.000Z',
        close: '2024-11-29T18:00:00.000Z',
        early: true,
        segments: [
          { kind: 'pre', open: '2024-11-29T09:00:00.000Z', close: '2024-11-29T14:30:00.000Z' },
          { kind: 'regular', open: '2024-11-29T14:30:00.000Z', close: '2024-11-29T18:00:00.000Z' },
          { kind: 'post', open: '2024-11-29T18:00:00.000Z', close: '2024-11-29T22:00:00.000Z' },
        ],
      }),
      expect.objectContaining({ date: '2024-12-24', close: '2024-12-24T18:00:00.000Z' }),
    ]);
  });

  it('shows the next 30 days unless told, as a table', async () => {
    // The clock of this test stands at 2023-11-14.
    const { stdout } = await calendar('show', 'forex');
    const lines = stdout.trim().split('\n');
    expect(lines[0]).toMatch(/^DATE +OPEN \(UTC\) +CLOSE \(UTC\) +EARLY +SEGMENTS$/);
    expect([lines[1]?.slice(0, 10), lines.at(-1)?.slice(0, 10)]).toEqual(['2023-11-14', '2023-12-14']);
  });

  it('says so when there is none between two days', async () => {
    const { stdout } = await calendar('show', 'NYSE', '--from', '2024-07-04', '--to', '2024-07-04');
    expect(stdout).toBe('No trading days.\n');
  });

  it.each([
    [['NYSE', '--from', '2035-12-01', '--to', '2036-01-02'], EXIT.refused, 'knows only the time from 1998-01-01'],
    [['NYSE', '--from', '1997-12-30', '--to', '1998-01-02'], EXIT.refused, 'knows only the time from 1998-01-01'],
    [['NYSE', '--from', '2024-07-04', '--to', '2024-07-01'], EXIT.usage, '--from must not be later than --to'],
    [['NYSE', '--from', '2024-02-30'], EXIT.usage, 'give a date as YYYY-MM-DD'],
    [['LSE'], EXIT.usage, 'There is no calendar LSE; there are NYSE, NASDAQ, CME, CBOE, FX, ALWAYS.'],
  ])('refuses %j', async (line, code, words) => {
    const result = await calendar('show', ...line);
    expect(result.code).toBe(code);
    expect(result.stderr).toContain(words);
  });
});

describe('tradewind calendar check', () => {
  it('says when a closed market opens, and ends with 3', async () => {
    const { code, stdout } = await calendar('check', 'NYSE', '--at', '2024-07-03T17:30:00Z', '--json');
    expect(code).toBe(EXIT.refused);
    expect(JSON.parse(stdout)).toEqual({
      open: false,
      session: {
        date: '2024-07-03',
        segment: 'post',
        open: '2024-07-03T13:30:00.000Z',
        close: '2024-07-03T17:00:00.000Z',
        early: true,
      },
      nextOpen: '2024-07-05T13:30:00.000Z',
      nextClose: '2024-07-05T20:00:00.000Z',
    });
  });

  it('says when an open market closes, and ends with 0', async () => {
    const { code, stdout } = await calendar('check', 'NYSE', '--at', '2024-07-03T16:59:59Z');
    expect(code).toBe(EXIT.done);
    expect(stdout).toContain('market:     open');
    expect(stdout).toContain('2024-07-03, regular, early close');
    expect(stdout).toContain('2024-07-03 17:00:00');
  });

  it('counts pre- and post-market when asked to', async () => {
    const { code, stdout } = await calendar('check', 'NYSE', '--at', '2024-07-03T17:30:00Z', '--extended', '--json');
    expect(code).toBe(EXIT.done);
    expect(JSON.parse(stdout)).toMatchObject({ open: true, nextClose: '2024-07-03T21:00:00.000Z' });
  });

  it('knows a halt, and a market that never closes', async () => {
    const halted = await calendar('check', 'NYSE', '--at', '2020-03-09T13:40:00Z');
    expect(halted.code).toBe(EXIT.refused);
    expect(halted.stdout).toContain('2020-03-09, halted');
    const always = await calendar('check', 'ALWAYS', '--json');
    expect(always.code).toBe(EXIT.done);
    expect(JSON.parse(always.stdout)).toMatchObject({ open: true, nextOpen: null, nextClose: null });
  });

  it('counts what it does not know as closed, and says that it does not know', async () => {
    const { code, stdout, stderr } = await calendar('check', 'NYSE', '--at', '2036-07-03T15:00:00Z', '--json');
    expect(code).toBe(EXIT.refused);
    expect(JSON.parse(stdout)).toEqual({ open: false, session: null, nextOpen: null, nextClose: null });
    expect(stderr).toContain('unknown is closed');
  });

  it('refuses a moment without a zone', async () => {
    expect(await calendar('check', 'NYSE', '--at', '2024-07-03T17:30:00')).toMatchObject({ code: EXIT.usage });
  });
});

describe('tradewind calendar early-closes', () => {
  it('lists the days of a year that end early', async () => {
    const { stdout } = await calendar('early-closes', 'NYSE', '--year', '2025', '--json');
    const days = JSON.parse(stdout) as { date: string }[];
    expect(days.map(({ date }) => date)).toEqual(['2025-07-03', '2025-11-28', '2025-12-24']);
  });

  it('takes this year unless told, and only years of four digits', async () => {
    expect((await calendar('early-closes', 'CME')).stdout).toContain('2023-11-24');
    expect((await calendar('early-closes', 'CME', '--year', '25')).code).toBe(EXIT.usage);
  });
});

describe('a calendar file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'calendars-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const withFile = (content: unknown, ...line: string[]): Promise<CliResult> => {
    const file = join(folder, 'calendars.json');
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    return runCli(['calendar', ...line], { env: { CALENDARS_FILE: file } });
  };
  const closing = { calendars: ['NYSE'], date: '2031-03-04', kind: 'closed', reason: 'storm', source: 'the exchange' };

  it('adds exceptions and calendars', async () => {
    const own = {
      id: 'XETRA',
      timeZone: 'Europe/Berlin',
      firstYear: 2024,
      lastYear: 2026,
      weekdays: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'],
      open: '09:00',
      close: '17:30',
      source: 'https://www.xetra.com',
    };
    const file = { exceptions: [closing], calendars: [own] };
    const closed = await withFile(file, 'check', 'NYSE', '--at', '2031-03-04T15:00:00Z');
    expect(closed.code).toBe(EXIT.refused);
    const open = await withFile(file, 'check', 'xetra', '--at', '2025-03-04T15:00:00Z', '--json');
    expect(open.code).toBe(EXIT.done);
    expect(JSON.parse(open.stdout)).toMatchObject({ nextClose: '2025-03-04T16:30:00.000Z' });
  });

  it.each<[string, unknown, string]>([
    ['that is no JSON', '{', 'the file is not JSON'],
    [
      'with a field that it does not have',
      { exceptions: [{ ...closing, day: 'x' }] },
      'exceptions.0: Unrecognized key',
    ],
    ['without a source', { exceptions: [{ ...closing, source: undefined }] }, 'exceptions.0.source: '],
    [
      'with a time that is none',
      { exceptions: [{ ...closing, kind: 'hours', close: '25:00' }] },
      'must be a time of day',
    ],
    ['for an unknown calendar', { exceptions: [{ ...closing, calendars: ['LSE'] }] }, 'no calendar LSE with sessions'],
    ['that is no object', [], 'the file: '],
  ])('is refused %s, with the field and the rule', async (_, content, words) => {
    const { code, stderr } = await withFile(content, 'show', 'NYSE');
    expect(code).toBe(EXIT.usage);
    expect(stderr).toContain(words);
  });

  it('must be there', async () => {
    const env = { CALENDARS_FILE: join(folder, 'none.json') };
    const { code, stderr } = await runCli(['calendar', 'show', 'NYSE'], { env });
    expect(code).toBe(EXIT.usage);
    expect(stderr).toContain('the file cannot be read');
  });
});
