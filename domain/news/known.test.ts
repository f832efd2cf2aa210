import { questionOf } from '../analysis/analysis-data';
import type { Instant } from '../clock/instant';
import { instant, millisOf } from '../clock/instant';
import { analysisInput, QUESTION_TIME } from '../../tests/support/model-desk';
import { knownNews } from './known';
import type { DatedNews } from './known';

const MINUTE = 60_000;
const at = (minutes: number): Instant => instant(millisOf(QUESTION_TIME) + minutes * MINUTE);
const item = (ref: string, published: number, seen: number): DatedNews => ({
  ...{ ref, source: 'wire', title: `headline ${ref}`, summary: 'text' },
  ...{ publishedAt: at(published), seenAt: at(seen) },
});

describe('the moment from which news is known', () => {
  it('on real time is when we saw it, whatever date its source writes on it', () => {
    expect(knownNews(item('1', -60, -5), false).knownAt).toBe(at(-5));
    expect(knownNews(item('1', 30, -5), false).knownAt).toBe(at(30));
  });

  it('on a replay is when its source published it: what is played was over before we looked', () => {
    expect(knownNews(item('1', -60, 500_000), true).knownAt).toBe(at(-60));
  });
});

describe('a question of market time', () => {
  /** The newest first, as a feed without any filter of its own would give them. */
  const stored = [item('4', 1, 2), item('3', -1, 1), item('2', -10, -9), item('1', -60, -50)];
  const shown = (replays: boolean): readonly string[] => {
    const question = questionOf(analysisInput(stored.map((one) => knownNews(one, replays))));
    return question.kind === 'question' ? question.data.news.map(({ id }) => id) : [];
  };

  it('shows on real time what was published and seen by then, by the number under which it is stored', () => {
    expect(shown(false)).toEqual(['news:2', 'news:1']);
  });

  it('shows on a replay what was published by then', () => {
    expect(shown(true)).toEqual(['news:3', 'news:2', 'news:1']);
  });

  it('would without the filter be led by a headline of the future', () => {
    const unfiltered = stored.map((one) => ({ ...knownNews(one, true), knownAt: at(-100) }));
    const question = questionOf(analysisInput(unfiltered));
    expect(question.kind === 'question' && question.data.news[0]?.title).toBe('headline 4');
    expect(question.kind === 'question' && question.withheld).toBe(0);
    const filtered = questionOf(analysisInput(stored.map((one) => knownNews(one, true))));
    expect(filtered.kind === 'question' && filtered.withheld).toBe(1);
  });
});
