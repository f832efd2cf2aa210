import { instant } from '../clock/instant';
import type { AlertMessage } from './channel';
import { linesOf, subjectOf } from './describe';

const message: AlertMessage = {
  key: 'k',
  alertId: 7,
  cause: 'halt:3',
  severity: 'critical',
  kind: 'raised',
  n: 0,
  title: 'An automatic trip has halted account:paper',
  detail: { trip: 'daily-loss', nothing: null, values: { loss: '1500' } },
  raisedAt: instant(0),
  clearedAt: null,
};

it.each([
  [{}, '[critical] An automatic'],
  [{ kind: 'worsened' }, '[now critical] An automatic'],
  [{ kind: 'repeated', n: 2 }, '[still critical, told 3 times] An automatic'],
  [{ kind: 'cleared' }, '[cleared] An automatic'],
  [{ kind: 'test' }, '[test] An automatic'],
] as const)('%j begins with %s', (change, words) => {
  expect(subjectOf({ ...message, ...change })).toContain(words);
});

it('tells since when, the cause and the facts', () => {
  expect(linesOf(message)).toEqual([
    'since 1970-01-01T00:00:00.000Z',
    'cause halt:3, alert 7',
    'trip: daily-loss',
    'values: {"loss":"1500"}',
  ]);
  expect(linesOf({ ...message, clearedAt: instant(1_000) })[0]).toContain('cleared 1970-01-01T00:00:01.000Z');
});

it('text of strangers stays on its line, whatever it holds', () => {
  const hostile = { title: 'a\r\nBcc: all@example.org\u202e', detail: { x: `b\n\u001b[2J${'y'.repeat(2_000)}` } };
  expect(subjectOf({ ...message, ...hostile })).toBe('[critical] a Bcc: all@example.org');
  const lines = linesOf({ ...message, ...hostile });
  expect(lines.every((line) => !/\p{Cc}/u.test(line) && line.length < 520)).toBe(true);
});
