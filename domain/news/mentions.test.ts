import { mentionFinder, ownSymbols } from './mentions';

const find = mentionFinder([
  { id: 'AAPL', symbols: ['AAPL'], names: ['Apple'] },
  { id: 'A', symbols: ['A'], names: ['Agilent'] },
  { id: 'BTC/USDT', symbols: ['BTC'], names: ['bitcoin'] },
  { id: 'US500', symbols: ['US500', 'SPX'], names: ['S&P 500'] },
  { id: 'BRK.B', symbols: ['BRK.B'], names: [] },
]);

it.each([
  ['Apple lifts its outlook', ['AAPL']],
  ['Shares of AAPL fall', ['AAPL']],
  ['$AAPL and $BTC to the moon', ['AAPL', 'BTC/USDT']],
  ['Agilent (NYSE: A) beats', ['A']],
  ['Results of Agilent (A), out today', ['A']],
  ['$A is up', ['A']],
  ['Bitcoin slips', ['BTC/USDT']],
  ['bitcoin slips', ['BTC/USDT']],
  ['The S&P 500 closes at a record', ['US500']],
  ['The S&P\u00a0500 closes', ['US500']],
  ['SPX options', ['US500']],
  ['Berkshire (BRK.B) buys', ['BRK.B']],
  ['APPLE SUES AGILENT', ['AAPL', 'A']],
])('%j is about %j', (text, ids) => {
  expect(find(text)).toEqual(ids);
});

it.each([
  'A judge ruled on Monday',
  'AN APPLET FOR EVERYONE',
  'an apple a day',
  'Pineapple prices',
  'AAPLX is another fund',
  'see https://x.example/AAPL/quote',
  'mail AAPL@x.example',
  'ALL CAPS: BUY BTC NOW AND AAPL',
  'BRKxB is none',
  'the S&P 5000',
  'UPDATE: A new report',
  '',
])('%j is about none of them', (text) => {
  expect(find(text)).toEqual([]);
});

it('a pair goes by what is traded', () => {
  expect([ownSymbols('BTC/USDT'), ownSymbols('AAPL')]).toEqual([['BTC'], ['AAPL']]);
});

it('a long text without an end is read in one pass', () => {
  expect(find('$'.repeat(2_000) + 'NYSE: '.repeat(2_000))).toEqual([]);
});
