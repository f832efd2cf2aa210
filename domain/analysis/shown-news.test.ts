import type { Instant } from '../clock/instant';
import { NEWS_BYTES, SHOWN_NEWS, shownNews, withinBudget } from './shown-news';

const AT = '2018-07-10T13:00:00.000Z' as Instant;
const item = (n: number, title: string, text: string) =>
  shownNews({ id: `news:${n}`, source: 'wire', knownAt: AT }, { source: 'wire', knownAt: AT, value: { title, text } });
const bytes = (items: readonly object[]): number =>
  new TextEncoder().encode(JSON.stringify(items).replace(/[<>]/g, '\\u003c')).length;

it.each(['a', 'é', '漢', '<', '"', '😀'])('texts of %j stay within the budget, the newest first', (letter) => {
  const items = Array.from({ length: SHOWN_NEWS }, (_, n) => item(n, letter.repeat(200), letter.repeat(1_000)));
  const shown = withinBudget(items);
  expect(bytes(shown)).toBeLessThanOrEqual(NEWS_BYTES + 2);
  expect(shown.map(({ id }) => id)).toEqual(items.slice(0, shown.length).map(({ id }) => id));
  expect(shown.length).toBeGreaterThanOrEqual(1);
});

it('one whose text does not fit is shown by its title, and no older one takes the place of one that does not fit', () => {
  const long = item(1, 'long', 'x'.repeat(1_000));
  expect(withinBudget([long, item(2, 'short', '')], 400)).toEqual([{ ...long, text: '' }, item(2, 'short', '')]);
  expect(withinBudget([item(1, 'y'.repeat(200), ''), item(2, 'short', '')], 150)).toEqual([]);
});

it('short news are shown whole', () => {
  const items = Array.from({ length: SHOWN_NEWS }, (_, n) => item(n, 'A headline of some words', 'A sentence.'));
  expect(withinBudget(items)).toEqual(items);
});
