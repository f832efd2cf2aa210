import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Instant } from '../clock/instant';
import { decimalString as d } from '../money/decimal';
import fc from 'fast-check';
import { instant, millisOf } from '../clock/instant';
import { ABSTENTIONS, abstain } from './abstention';
import { knownBy } from './analysis-data';
import { costOf, mostTokens, shareSpent } from './cost';
import { hindsightOf, hindsightWarning } from './hindsight';
import { plainText } from './plain-text';
import { dataOf, PROMPT_VERSION, repairOf } from './prompt';
import { spreadOf } from './spread';
import type { Repetition } from './spread';

describe('the codes of abstentions', () => {
  const page = readFileSync(join(__dirname, '../../docs/analysis.md'), 'utf8');

  it('are all on the page, with their words, and no others are', () => {
    const [, section = ''] = page.split('## Why an analysis is an abstention');
    const rows = [...section.matchAll(/^\| `([a-z_]+)` +\| (.+?) +\| (.+?) +\|$/gm)].map(([, ...cells]) => cells);
    const known = Object.entries(ABSTENTIONS).map(([code, { description, action }]) => [code, description, action]);
    expect(rows).toEqual(known);
  });

  it('come with their sentence', () => {
    expect(abstain('refused').reasons).toEqual([ABSTENTIONS.refused.description]);
    expect(abstain('budget', 'Spent.').reasons).toEqual([ABSTENTIONS.budget.description, 'Spent.']);
  });
});

describe('a stranger’s text', () => {
  it.each([
    ['a line\nof  two\tparts', 'a line of two parts'],
    ['zero\u200bwidth \u202eturned\u202c', 'zero width turned'],
    ['\u001b[31mred\u0000', '[31mred'],
    ['ｆｕｌｌ width', 'full width'],
    ['half \ud800 pair', 'half pair'],
    ['\u{e0049}tag', 'tag'],
  ])('%j becomes %j', (text, plain) => expect(plainText(text, 100)).toBe(plain));

  it('is cut at whole characters, and says so', () => {
    expect(plainText('😀😀😀😀', 3)).toBe('😀😀…');
    expect(plainText('abc', 3)).toBe('abc');
  });
});

describe('a conversation', () => {
  it('without data is none of ours', () => {
    expect(() => dataOf([])).toThrow('no data');
    expect(() => dataOf([{ role: 'user', content: '</data><data>' }])).toThrow('no data');
  });

  it('that is repaired quotes the answer only so far', () => {
    const [, answer, question] = repairOf([{ role: 'user', content: 'q' }], 'x'.repeat(9_000), ['a: b', 'c: d']);
    expect(answer).toEqual({ role: 'assistant', content: 'x'.repeat(4_000) });
    expect(question?.content).toContain('- a: b\n- c: d');
    expect(PROMPT_VERSION).toMatch(/^\d+$/);
  });
});

describe('the cost of a call', () => {
  it('is by the million, exactly', () => {
    expect(costOf({ input: 1, output: 1 }, { input: d('0.40'), output: d('1.60') })).toBe('0.000002');
    expect(costOf({ input: 0, output: 0 }, { input: d('0.40'), output: d('1.60') })).toBe('0');
  });

  it('is at most that of a token for each byte, schema included', () => {
    const { input, output } = mostTokens([{ role: 'user', content: 'ä' }], { a: 1 }, 50);
    expect(input).toBe(2 + 7 + 2 * 64);
    expect(output).toBe(50);
  });
});

describe('the share of a budget that is spent', () => {
  const cap = { tokens: 1_000, cost: d('2') };
  it('is that of tokens or of money, whichever is nearer its cap', () => {
    expect(shareSpent({ tokens: 250, cost: d('1') }, cap)).toBe('0.5');
    expect(shareSpent({ tokens: 750, cost: d('1') }, cap)).toBe('0.75');
    expect(shareSpent({ tokens: 0, cost: d('0') }, cap)).toBe('0');
  });

  it('is all of it where nothing may be spent', () => {
    expect(shareSpent({ tokens: 0, cost: d('0') }, { tokens: 0, cost: d('2') })).toBe('1');
  });
});

describe('what is known at a moment', () => {
  it('is exactly what was known then or before, in its order', () => {
    const moments = fc.array(fc.integer({ min: 0, max: 50 }));
    fc.assert(
      fc.property(moments, fc.integer({ min: 0, max: 50 }), (all, now) => {
        const pieces = all.map((ms) => ({ source: 's', knownAt: instant(ms), value: ms }));
        const known = knownBy(instant(now), pieces).map(({ value }) => value);
        expect(known).toEqual(all.filter((ms) => ms <= now));
        // Later pieces change nothing of what was known.
        const later = { source: 's', knownAt: instant(now + 1), value: now + 1 };
        expect(knownBy(instant(now), [...pieces, later]).map(({ knownAt }) => millisOf(knownAt))).toEqual(known);
      }),
    );
  });
});

describe('hindsight', () => {
  const day = '2020-03-06T15:00:00.000Z' as Instant;
  it.each([
    ['2020-03-05', 'none'],
    ['2020-03-06', 'possible'],
    ['2024-01-01', 'possible'],
    [undefined, 'unknown'],
  ] as const)('of a model trained up to %s is %s', (cutoff, hindsight) => {
    expect(hindsightOf(cutoff, day)).toBe(hindsight);
    expect(hindsightWarning(hindsight, cutoff, day) === undefined).toBe(hindsight === 'none');
  });

  it('is warned of even when the day was taken out of the settings since', () => {
    expect(hindsightWarning('possible', undefined, day)).toContain('an unknown day');
  });
});

describe('the spread of answers', () => {
  const said = (direction: number, kind: 'directional' | 'neutral' = 'directional'): Repetition => ({
    signal:
      kind === 'neutral'
        ? { kind, reasons: [] }
        : { kind, direction: direction > 0 ? 'long' : 'short', conviction: 0.5, stopPrice: d('1'), reasons: [] },
    answer: {
      kind: 'view',
      direction,
      conviction: 0.5,
      horizonDays: 5,
      stopPrice: null,
      targetPrice: null,
      reasons: [],
    },
  });
  const silent: Repetition = { signal: abstain('refused'), answer: null };

  it('counts what was said and how far the figures lie apart', () => {
    const spread = spreadOf([said(0.5), said(0.7), said(-0.6), said(0, 'neutral'), silent, silent]);
    expect(spread).toMatchObject({
      answers: 6,
      long: 2,
      short: 1,
      neutral: 1,
      abstained: { refused: 2 },
      agreement: 2 / 6,
    });
    expect(spread.direction).toMatchObject({ least: -0.6, most: 0.7 });
    expect(spread.direction?.mean).toBeCloseTo(0.15, 12);
    // Sample deviation of 0.5, 0.7, -0.6 and 0: the root of 1.01 / 3 (sum of squares 1.1 less 4 times 0.0225).
    expect(spread.direction?.deviation).toBeCloseTo(Math.sqrt(1.01 / 3), 12);
    expect(spread.conviction).toEqual({ least: 0.5, mean: 0.5, most: 0.5, deviation: 0 });
  });

  it('of a single answer has no deviation, and of none no figures', () => {
    expect(spreadOf([said(0.5)]).direction?.deviation).toBe(0);
    expect(spreadOf([])).toMatchObject({
      answers: 0,
      direction: null,
      conviction: null,
      horizonDays: null,
      agreement: 0,
    });
  });

  it('takes no figures from a view that was not used', () => {
    const unused: Repetition = { ...said(1), signal: abstain('unknown_evidence') };
    expect(spreadOf([unused])).toMatchObject({ direction: null, abstained: { unknown_evidence: 1 } });
  });
});
