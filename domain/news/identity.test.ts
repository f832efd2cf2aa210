import type { Instant } from '../clock/instant';
import { identityOf, sameTitle } from './identity';
import type { ReadItem } from './reader';

const item = (changes: Partial<ReadItem>): ReadItem => ({
  ...{ guid: null, link: null, title: 'Rates rise', summary: '', publishedAt: null, symbols: [] },
  ...changes,
});

it('an item is known by its guid, else its link, else its title and time', () => {
  const link = 'https://news.example/a';
  expect(identityOf(item({ guid: 'a', link }))).toBe(identityOf(item({ guid: 'a', link: null, title: 'Changed' })));
  expect(identityOf(item({ link }))).toBe(identityOf(item({ link, title: 'Changed' })));
  // A guid that looks like another item's link is not that item.
  expect(identityOf(item({ guid: link }))).not.toBe(identityOf(item({ link })));
  const at = '2026-01-05T12:00:00.000Z' as Instant;
  expect(identityOf(item({ publishedAt: at }))).not.toBe(identityOf(item({})));
});

it.each([
  ['Fed raises rates by 25 basis points', 'FED  raises rates – by 25 basis points!', true],
  ['Apple’s profit rises 5%', "Apple's profit rises 5 %", true],
  ['Fed raises rates by 25 basis points', 'Fed raises rates by 50 basis points', false],
])('%j and %j are one title: %j', (a, b, same) => {
  expect(sameTitle(a) === sameTitle(b)).toBe(same);
});

it('a short title tells no two pieces of news apart', () => {
  expect(sameTitle('Market wrap: Tuesday')).toBeUndefined();
  expect(sameTitle('!!! ???')).toBeUndefined();
});
