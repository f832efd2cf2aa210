import type { Known, NewsItem } from '../signal/signal';
import type { Evidence } from './analysis-data';
import { plainText } from './plain-text';

/** Items that a model is shown at most. */
export const SHOWN_NEWS = 10;
/** Longest texts, in characters. */
const LIMITS = { title: 200, text: 1_000 } as const;
/**
 * Bytes that all news may have as JSON. The budget reserves a token for each byte, whatever the language: with this, five
 * tries of a question still fit under the default cap of a trade.
 */
export const NEWS_BYTES = 6_000;

/** An item as a model is shown it. */
export interface ShownNews extends Evidence {
  readonly title: string;
  readonly text: string;
}

/** An item with its texts cleaned and cut. */
export function shownNews(evidence: Evidence, { value }: Known<NewsItem>): ShownNews {
  return { ...evidence, title: plainText(value.title, LIMITS.title), text: plainText(value.text, LIMITS.text) };
}

/**
 * The first items, the newest, that fit into the budget together. One whose text does not fit is shown by its title; the
 * first whose title does not fit either ends the list, so that no older item takes the place of a newer one.
 */
export function withinBudget(items: readonly ShownNews[], bytes: number = NEWS_BYTES): readonly ShownNews[] {
  const shown: ShownNews[] = [];
  let left = bytes;
  for (const item of items) {
    const fitting = [item, { ...item, text: '' }].find((one) => sizeOf(one) <= left);
    if (fitting === undefined) break;
    shown.push(fitting);
    left -= sizeOf(fitting);
  }
  return shown;
}

/** Bytes of an item in the prompt: `<` and `>` are written as escapes of six. */
function sizeOf(item: ShownNews): number {
  const text = JSON.stringify(item);
  const escapes = text.match(/[<>]/g)?.length ?? 0;
  return new TextEncoder().encode(text).length + 5 * escapes + 1;
}
