import type { ReadItem } from './reader';

/** What makes an item the same one within its source: its guid, else its link, else its title with its time. */
export function identityOf({ guid, link, publishedAt, title }: ReadItem): string {
  if (guid !== null) return `guid ${guid}`;
  return link === null ? `title ${publishedAt ?? ''} ${title}` : `link ${link}`;
}

/** Titles of fewer words ("Market wrap") are used again and again for different news. */
const LEAST_WORDS = 4;

/**
 * A title without what differs between those who print it: letters and digits in lower case, one space between words.
 * Undefined when it is too short to tell two pieces of news apart.
 */
export function sameTitle(title: string): string | undefined {
  const words = title
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[’']/g, '')
    .match(/[\p{L}\p{N}]+/gu);
  return words === null || words.length < LEAST_WORDS ? undefined : words.join(' ');
}
