import { readNewsFile } from '../config/news-file';
import type { NewsFile } from '../config/news-file';
import type { InstrumentNames } from '../domain/news/mentions';
import type { NewsPlace, NewsSource } from '../domain/news/source';

/** The news of an installation: its sources, and what texts call its instruments. */
export interface NewsSetting {
  readonly sources: readonly NewsSource[];
  readonly names: readonly InstrumentNames[];
}

/**
 * The news sources of the installation: the file's.
 * @throws SettingsFileError naming the field and the rule
 */
export function loadNews(path: string | undefined): NewsSetting {
  const { sources, instruments } = readNewsFile(path);
  return {
    sources: sources.map((source) => {
      const { everyMinutes, instruments: about, name, staleAfterMinutes } = source;
      return { name, instruments: about, everyMinutes, staleAfterMinutes, place: placeOf(source) };
    }),
    names: Object.entries(instruments).map(([id, names]) => ({ id, ...names })),
  };
}

function placeOf(source: NewsFile['sources'][number]): NewsPlace {
  if (source.kind === 'feed') return { kind: 'feed', url: source.url, allowPrivate: source.allowPrivate };
  const { category, symbol } = source;
  return category === undefined ? { kind: 'finnhub', symbol: symbol ?? '' } : { kind: 'finnhub', category };
}
