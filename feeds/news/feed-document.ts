import { parseXml, XmlElement, XmlError } from '@rgrove/parse-xml';
import { plainText } from '../../domain/analysis/plain-text';
import { NEWS_LIMITS, NewsError } from '../../domain/news/reader';
import type { ReadItem } from '../../domain/news/reader';
import { plainHtml } from './plain-html';
import { publishedOf } from './published';

/** Items that are read of one document. */
const MOST_ITEMS = 500;
/** Of an item without a title, this much of its text is one. */
const TITLE_FROM_TEXT = 120;

/**
 * The items of an RSS 2.0, RSS 1.0 or Atom document, in its order. Entities that a document declares itself are neither
 * expanded nor fetched: the parser knows the five of XML and character references, and no others.
 * @throws NewsError `malformed`, with the line and no word of the document
 */
export function readFeedDocument(xml: string): readonly ReadItem[] {
  const root = rootOf(xml);
  const items = root === undefined ? undefined : itemsOf(root);
  if (items === undefined) throw new NewsError('malformed', 'its answer is no RSS or Atom document');
  return items.slice(0, MOST_ITEMS).flatMap((item) => readItem(item));
}

function rootOf(xml: string): XmlElement | undefined {
  try {
    // HTML's entities are common in feeds and declared nowhere: they stay as text, and are read with the HTML around them.
    return parseXml(xml.trimStart(), { ignoreUndefinedEntities: true }).root ?? undefined;
  } catch (error) {
    const where = error instanceof XmlError ? ` (line ${error.line})` : '';
    // What is nested without end overflows the stack: another way of not being well-formed.
    throw new NewsError('malformed', `its answer is not well-formed XML${where}`);
  }
}

function itemsOf(root: XmlElement): readonly XmlElement[] | undefined {
  switch (root.name) {
    case 'rss':
      return childrenOf(child(root, 'channel') ?? root, 'item');
    case 'rdf:RDF':
      return childrenOf(root, 'item');
    case 'feed':
      return childrenOf(root, 'entry');
    default:
      return undefined;
  }
}

/** An item without any text is none. */
function readItem(item: XmlElement): readonly ReadItem[] {
  const text = textOf(item, 'description', 'summary', 'content:encoded', 'content') ?? '';
  const summary = plainHtml(text, NEWS_LIMITS.summary);
  const named = plainHtml(textOf(item, 'title') ?? '', NEWS_LIMITS.title);
  const title = named === '' ? plainText(summary, TITLE_FROM_TEXT) : named;
  if (title === '') return [];
  const guid = textOf(item, 'guid', 'id') ?? item.attributes['rdf:about'];
  return [
    {
      guid: guid === undefined ? null : plainText(guid, NEWS_LIMITS.guid),
      link: linkOf(item),
      title,
      summary,
      // An entry's first publication, not its last change; what has only a time of change is known from then on.
      publishedAt: publishedOf(textOf(item, 'pubDate', 'published', 'dc:date', 'updated')),
      symbols: [],
    },
  ];
}

function linkOf(item: XmlElement): string | null {
  const links = [...childrenOf(item, 'link'), ...childrenOf(item, 'atom:link')];
  const found =
    links.find(
      ({ attributes }) => attributes['href'] !== undefined && (attributes['rel'] ?? 'alternate') === 'alternate',
    )?.attributes['href'] ?? links.find(({ text }) => text.trim() !== '')?.text;
  return webAddress(found);
}

/** An http or https address as it may be shown and stored; null for anything else. */
export function webAddress(text: unknown): string | null {
  if (typeof text !== 'string') return null;
  const address = text.trim();
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) return null;
  const { href } = new URL(address);
  return href.length <= NEWS_LIMITS.link ? href : null;
}

function childrenOf(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.filter((one): one is XmlElement => one instanceof XmlElement && one.name === name);
}

function child(element: XmlElement, name: string): XmlElement | undefined {
  return childrenOf(element, name)[0];
}

/** The text of the first child that has one, in the order of the names. */
function textOf(element: XmlElement, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const text = child(element, name)?.text.trim();
    if (text !== undefined && text !== '') return text;
  }
  return undefined;
}
