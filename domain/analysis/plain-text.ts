/** Control, format (zero width, direction marks), private and broken characters, and the two line separators. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu;

/**
 * Text of a stranger as one visible line of at most `most` characters: look-alike forms folded together (NFKC), nothing
 * invisible, white space collapsed. It is still a stranger's text: it may say anything, and is only ever data.
 */
export function plainText(text: string, most: number): string {
  const visible = text.normalize('NFKC').replace(INVISIBLE, ' ').replace(/\s+/g, ' ').trim();
  const letters = Array.from(visible);
  return letters.length <= most ? visible : `${letters.slice(0, most - 1).join('')}…`;
}
