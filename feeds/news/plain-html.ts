import { Parser } from 'htmlparser2';
import { plainText } from '../../domain/analysis/plain-text';

/** What these hold is for machines. */
const HIDDEN = new Set(['script', 'style', 'noscript', 'template', 'iframe', 'object', 'svg', 'head']);
/** Unread beyond this many characters: a text is cut long before. */
const MOST_READ = 100_000;

/** The text of a piece of HTML as one visible line of at most `most` characters: no tag, no script, entities read. */
export function plainHtml(html: string, most: number): string {
  let text = '';
  let hidden = 0;
  const parser = new Parser(
    {
      ontext: (piece) => {
        if (hidden === 0) text += piece;
      },
      onopentagname: (name) => {
        if (HIDDEN.has(name)) hidden += 1;
        if (!INLINE.has(name)) text += ' ';
      },
      onclosetag: (name) => {
        if (HIDDEN.has(name)) hidden = Math.max(0, hidden - 1);
        if (!INLINE.has(name)) text += ' ';
      },
    },
    { decodeEntities: true },
  );
  parser.end(html.slice(0, MOST_READ));
  return plainText(text, most);
}

/** Tags that stand within a word or between words as they are; any other one parts words. */
const INLINE = new Set([
  'a',
  'abbr',
  'b',
  'code',
  'em',
  'font',
  'i',
  'mark',
  'q',
  's',
  'small',
  'span',
  'strong',
  'sub',
  'sup',
  'u',
]);
