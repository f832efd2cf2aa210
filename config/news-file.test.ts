import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadNews } from '../temporal/news';
import { readNewsFile } from './news-file';
import { SettingsFileError } from './settings-file';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'news-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const feed = { name: 'fed', kind: 'feed', url: 'https://news.example/rss?key=topsecret' };
const file = (content: unknown): string => {
  const path = join(folder, 'news.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};
const source = (changes: object) => ({ sources: [{ ...feed, ...changes }] });

it('a file of news sources fills in what is left out', () => {
  const company = { name: 'apple', kind: 'finnhub', symbol: 'AAPL', instruments: ['AAPL'], everyMinutes: 60 };
  const general = { name: 'general', kind: 'finnhub', category: 'general' };
  const instruments = { AAPL: { names: ['Apple'] }, 'BTC/USDT': { symbols: ['XBT'] } };
  const pace = { everyMinutes: 10, staleAfterMinutes: 180 };
  expect(loadNews(file({ sources: [feed, company, general], instruments }))).toEqual({
    sources: [
      { name: 'fed', instruments: [], ...pace, place: { kind: 'feed', url: feed.url, allowPrivate: false } },
      {
        ...{ name: 'apple', instruments: ['AAPL'], everyMinutes: 60, staleAfterMinutes: 180 },
        place: { kind: 'finnhub', symbol: 'AAPL' },
      },
      { name: 'general', instruments: [], ...pace, place: { kind: 'finnhub', category: 'general' } },
    ],
    names: [
      { id: 'AAPL', symbols: [], names: ['Apple'] },
      { id: 'BTC/USDT', symbols: ['XBT'], names: [] },
    ],
  });
  expect(loadNews(undefined)).toEqual({ sources: [], names: [] });
});

it.each([
  ['{', 'is not JSON'],
  [{ source: [] }, 'sources'],
  [source({ name: 'Fed' }), 'sources.0.name: must be 1 to 32'],
  [source({ name: 'all' }), 'sources.0.name: must not be all'],
  [source({ kind: 'gopher' }), 'sources.0.kind: must be feed or finnhub'],
  [source({ url: 'ftp://news.example/rss' }), 'sources.0.url: must be an http or https address'],
  [source({ url: 'file:///etc/passwd' }), 'sources.0.url: must be an http or https address'],
  [source({ url: 'https://user:topsecret@news.example/' }), 'sources.0.url: must be an http or https address'],
  [source({ url: 7 }), 'sources.0.url: must be an http or https address'],
  [source({ instruments: ['aapl'] }), 'sources.0.instruments.0: must be the id of an instrument'],
  [source({ everyMinutes: 0 }), 'sources.0.everyMinutes: must be a whole number from 1 to 1440'],
  [source({ everyMinutes: 1.5 }), 'sources.0.everyMinutes: must be a whole number'],
  [source({ everyMinutes: 180 }), 'sources.0.staleAfterMinutes: must be longer than everyMinutes'],
  [source({ allowPrivate: 'yes' }), 'sources.0.allowPrivate'],
  [source({ proxy: 'x' }), 'proxy'],
  [{ sources: [feed, feed] }, 'sources.1.name: must be there once'],
  [{ sources: [{ name: 'x', kind: 'finnhub' }] }, 'sources.0: must have either category or symbol'],
  [{ sources: [{ name: 'x', kind: 'finnhub', category: 'gossip' }] }, 'sources.0.category: must be general'],
  [{ sources: [{ name: 'x', kind: 'finnhub', category: 'general', symbol: 'AAPL' }] }, 'either category or symbol'],
  [{ sources: [], instruments: { AAPL: { names: [' Apple'] } } }, 'instruments.AAPL.names.0: must be 1 to 60'],
  [{ sources: [], instruments: { AAPL: { names: ['--'] } } }, 'instruments.AAPL.names.0: must hold a letter'],
  [{ sources: [], instruments: { AAPL: { symbols: ['aapl'] } } }, 'instruments.AAPL.symbols.0: must be a symbol'],
])('a file of news sources with %j is refused by field and rule, and no address is repeated', (content, words) => {
  let message = '';
  try {
    readNewsFile(file(content));
  } catch (error) {
    message = error instanceof Error ? error.message : '';
  }
  expect(message).toContain(words);
  expect(message).not.toContain('topsecret');
});

it('a file that is not there is named', () => {
  const work = (): unknown => readNewsFile(join(folder, 'none.json'));
  expect(work).toThrow(SettingsFileError);
  expect(work).toThrow('none.json: the file cannot be read');
});
