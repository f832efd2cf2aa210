import { gzipSync } from 'node:zlib';
import type { NewsAnswer, Validators } from '../../domain/news/reader';
import type { NewsPlace, NewsSource } from '../../domain/news/source';
import { rss, startNewsServer } from '../../tests/support/news-server';
import type { NewsServer } from '../../tests/support/news-server';
import { isPublicAddress } from './public-address';
import { openNewsReader } from './reader';
import type { NewsReaderOptions } from './reader';

let server: NewsServer;
beforeAll(async () => {
  server = await startNewsServer();
});
beforeEach(() => void server.asked.splice(0));
afterAll(() => server.close());

const NOW = Date.parse('2026-01-05T12:00:00Z');
const NEW: Validators = { etag: null, lastModified: null };
const items = rss([{ guid: 'a', title: 'Rates rise again' }]);

const source = (place: NewsPlace): NewsSource => ({
  ...{ name: 'wire', place, instruments: [], everyMinutes: 10, staleAfterMinutes: 60 },
});
const feed = (path: string, allowPrivate = true): NewsSource =>
  source({ kind: 'feed', url: path.startsWith('http') ? path : `${server.url}${path}`, allowPrivate });
const read = (
  from: NewsSource,
  options: Partial<NewsReaderOptions> = {},
  known = NEW,
  { signal } = new AbortController(),
): Promise<NewsAnswer> =>
  openNewsReader({ userAgent: 'tradewind/test', now: () => NOW, ...options }).read(from, known, signal);
const failure = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);

describe('a source is asked', () => {
  it('and says of its answer what is sent back the next time; then it says that nothing is new', async () => {
    server.put('/ok', { headers: { etag: '"v1"', 'last-modified': 'Mon, 05 Jan 2026 11:00:00 GMT' }, body: items });
    const first = await read(feed('/ok'));
    expect(first).toMatchObject({ kind: 'items', items: [{ guid: 'a', title: 'Rates rise again' }] });
    expect(server.asked[0]?.headers).toMatchObject({ 'user-agent': 'tradewind/test', 'accept-encoding': 'gzip' });
    expect(server.asked[0]?.headers).not.toHaveProperty('if-none-match');
    server.put('/ok', (request, response) => {
      const same = request.headers['if-none-match'] === '"v1"' && request.headers['if-modified-since'] !== undefined;
      response.writeHead(same ? 304 : 200).end();
    });
    expect(await read(feed('/ok'), {}, first.kind === 'items' ? first.validators : NEW)).toEqual({ kind: 'unchanged' });
  });

  it('and a validator that is too long is as none', async () => {
    server.put('/long', { headers: { etag: `"${'v'.repeat(600)}"` }, body: items });
    expect(await read(feed('/long'))).toMatchObject({ validators: NEW });
  });

  it('and its answer may be packed, and in another character set', async () => {
    server.put('/gzip', { headers: { 'content-encoding': 'gzip' }, body: gzipSync(items) });
    expect(await read(feed('/gzip'))).toMatchObject({ items: [{ guid: 'a' }] });
    const latin = Buffer.from(rss([{ title: 'Société' }]).replace('UTF-8', 'ISO-8859-1'), 'latin1');
    server.put('/latin', { body: latin });
    expect(await read(feed('/latin'))).toMatchObject({ items: [{ title: 'Société' }] });
    server.put('/header', { headers: { 'content-type': 'text/xml; charset=windows-1252' }, body: latin });
    expect(await read(feed('/header'))).toMatchObject({ items: [{ title: 'Société' }] });
    server.put('/nowhere', { headers: { 'content-type': 'text/xml; charset=klingon' }, body: items });
    expect(await failure(read(feed('/nowhere')))).toMatchObject({ code: 'malformed' });
  });

  it.each([
    [{ status: 429, headers: { 'retry-after': '120' } }, 'rate_limited', 120_000],
    [{ status: 429, headers: { 'retry-after': 'Mon, 05 Jan 2026 12:01:00 GMT' } }, 'rate_limited', 60_000],
    [{ status: 429 }, 'rate_limited', undefined],
    [{ status: 503, headers: { 'retry-after': '5' } }, 'unavailable', 5_000],
    [{ status: 500 }, 'unavailable', undefined],
    [{ status: 404 }, 'refused', undefined],
    [{ status: 401, body: 'secret-word' }, 'refused', undefined],
    [{ status: 204 }, 'refused', undefined],
    [{ status: 302 }, 'refused', undefined],
    [{ body: '<rss><channel>secret-word' }, 'malformed', undefined],
    [{ headers: { 'content-encoding': 'br' }, body: 'x' }, 'unavailable', undefined],
    [{ headers: { 'content-encoding': 'gzip' }, body: 'secret-word' }, 'unavailable', undefined],
    [{ headers: { 'content-encoding': 'gzip' }, body: gzipSync(items).subarray(0, 40) }, 'unavailable', undefined],
  ])('and an answer %j is a failure %s', async (page, code, retryAfter) => {
    server.put('/page', page);
    const error = await failure(read(feed('/page?key=secret-query')));
    expect(error).toMatchObject({ code, retryAfter });
    expect((error as Error).message).not.toMatch(/secret|127\.0\.0\.1/);
  });

  it('and one that hangs, before its headers or within its body, is given up', async () => {
    server.put('/hangs', () => undefined);
    server.put('/drips', (_, response) => response.writeHead(200).write('<rss>'));
    for (const path of ['/hangs', '/drips'])
      expect(await failure(read(feed(path), { deadline: 200 }))).toMatchObject({ code: 'unavailable' });
  });

  it('and one that breaks off, or that nobody serves, is unavailable', async () => {
    server.put('/breaks', (_, response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('<rss>', () => response.destroy());
    });
    expect(await failure(read(feed('/breaks')))).toMatchObject({ code: 'unavailable' });
    expect(await failure(read(feed('http://127.0.0.1:1/')))).toMatchObject({
      code: 'unavailable',
      message: 'wire did not answer: ECONNREFUSED',
    });
  });

  it('and one that is too large is refused while it is read, also when it is small until it is unpacked', async () => {
    let sent = 0;
    server.put('/endless', (_, response) => {
      const more = (): void => {
        for (let room = true; room && !response.destroyed && sent < 50_000_000; sent += 10_000)
          room = response.write('x'.repeat(10_000));
        response.once('drain', more);
      };
      response.writeHead(200);
      more();
    });
    expect(await failure(read(feed('/endless'), { maxBytes: 100_000 }))).toMatchObject({ code: 'too_large' });
    expect(sent).toBeLessThan(50_000_000);
    server.put('/bomb', { headers: { 'content-encoding': 'gzip' }, body: gzipSync(Buffer.alloc(5_000_000)) });
    expect(await failure(read(feed('/bomb'), { maxBytes: 100_000 }))).toMatchObject({ code: 'too_large' });
  });

  it('and is let go when nobody waits any more', async () => {
    server.put('/waits', () => undefined);
    const stop = new AbortController();
    const waits = failure(read(feed('/waits'), {}, NEW, stop));
    stop.abort(new Error('stopped'));
    expect(await waits).toMatchObject({ message: 'stopped' });
  });
});

describe('where a source leads', () => {
  it.each(['93.184.216.34', '2606:4700::1111'])('%s is public', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([
    ...['127.0.0.1', '10.1.2.3', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0', '224.0.0.1'],
    ...['::1', '::', 'fe80::1', 'fc00::1', '::ffff:10.0.0.1', '64:ff9b::a00:1', '2002:7f00:1::', 'nonsense'],
  ])('%s is not', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each([
    'http://127.0.0.1:1/',
    'http://localhost:1/',
    'http://2130706433:1/',
    'http://[::1]:1/',
    'http://[::ffff:7f00:1]:1/',
  ])('%s is refused unless the source says that it is meant', async (url) => {
    expect(await failure(read(feed(url, false)))).toMatchObject({ code: 'address' });
    expect(await failure(read(feed(url, true)))).toMatchObject({ code: 'unavailable' });
  });

  /** As if the server were on the internet, and another address of this machine were not. */
  const isPublic = (address: string): boolean => address === '127.0.0.1';

  it('is followed to a public address, three times at most', async () => {
    server.put('/moved', { status: 301, headers: { location: '/there' } });
    server.put('/there', { body: items });
    expect(await read(feed('/moved', false), { isPublic })).toMatchObject({ items: [{ guid: 'a' }] });
    server.put('/round', { status: 302, headers: { location: '/round' } });
    expect(await failure(read(feed('/round', false), { isPublic }))).toMatchObject({
      code: 'unavailable',
      message: 'wire did not answer: more than 3 redirections',
    });
    expect(server.asked.filter(({ path }) => path === '/round')).toHaveLength(4);
  });

  it.each([
    'http://127.0.0.2:1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://localhost.localdomain.invalid:1/',
    'file:///etc/passwd',
    'gopher://127.0.0.1/',
  ])('is not followed to %s', async (location) => {
    server.put('/trap', { status: 302, headers: { location } });
    const error = await failure(read(feed('/trap', false), { isPublic }));
    expect(error).toMatchObject({ code: location.includes('invalid') ? 'unavailable' : 'address' });
    expect((error as Error).message).not.toContain('169.254');
  });

  it('is followed to a private address when the source says that this is meant', async () => {
    server.put('/inside', { status: 307, headers: { location: `${server.url}/there` } });
    server.put('/there', { body: items });
    expect(await read(feed('/inside'))).toMatchObject({ items: [{ guid: 'a' }] });
    server.put('/nonsense', { status: 302, headers: { location: 'http://' } });
    expect(await failure(read(feed('/nonsense')))).toMatchObject({ code: 'unavailable' });
  });
});

describe('finnhub', () => {
  const finnhub = { apiKey: 'fh-secret', baseUrl: '' };
  const company = source({ kind: 'finnhub', symbol: 'AAPL' });

  it('is asked for news of a category or a company, with its key in a header and nowhere else', async () => {
    const options = { finnhub: { ...finnhub, baseUrl: `${server.url}/api/v1/` } };
    server.put('/api/v1/news', { body: JSON.stringify([{ id: 1, headline: 'Markets rise' }]) });
    server.put('/api/v1/company-news', { body: '[]' });
    expect(await read(source({ kind: 'finnhub', category: 'general' }), options)).toMatchObject({
      items: [{ guid: '1', title: 'Markets rise' }],
    });
    expect(await read(company, options)).toMatchObject({ kind: 'items', items: [] });
    expect(server.asked.map(({ path }) => path)).toEqual([
      '/api/v1/news?category=general',
      '/api/v1/company-news?symbol=AAPL&from=2026-01-02&to=2026-01-05',
    ]);
    for (const { headers } of server.asked) expect(headers['x-finnhub-token']).toBe('fh-secret');
  });

  it('is off without a key, and its key follows no redirection', async () => {
    expect(await failure(read(company))).toMatchObject({ code: 'off', message: 'wire is off: set FINNHUB_API_KEY' });
    const options = { finnhub: { ...finnhub, baseUrl: server.url } };
    server.put('/company-news', { status: 302, headers: { location: '/elsewhere' } });
    expect(await failure(read(company, options))).toMatchObject({ code: 'refused' });
    expect(server.asked).toHaveLength(1);
  });
});
