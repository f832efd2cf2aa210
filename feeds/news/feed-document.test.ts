import { readFeedDocument } from './feed-document';
import { readFinnhubNews } from './finnhub-news';
import { plainHtml } from './plain-html';
import { publishedOf } from './published';

const failure = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

describe('a feed document', () => {
  it('of RSS 2.0 gives its items as plain text', () => {
    const xml = `<?xml version="1.0"?><rss version="2.0" xmlns:content="c"><channel><title>Wire</title>
      <item><title>AT&amp;amp;T &amp; others rise&nbsp;5%</title><link>https://news.example/a?x=1&amp;y=2</link>
        <guid isPermaLink="false">a-1</guid><pubDate>Tue, 10 Jul 2018 09:30:00 -0400</pubDate>
        <description><![CDATA[<p>One<script>alert(1)</script></p><p>two &lt;b&gt; <b>th</b>ree</p>]]></description></item>
      <item><title><![CDATA[<b>Bold</b> words]]></title><link>javascript:alert(1)</link></item>
      <item><description>Only a text.</description></item>
      <item><guid>empty</guid></item>
    </channel></rss>`;
    const none = { guid: null, link: null, publishedAt: null, symbols: [] };
    expect(readFeedDocument(`\uFEFF\n${xml}`)).toEqual([
      {
        guid: 'a-1',
        link: 'https://news.example/a?x=1&y=2',
        title: 'AT&T & others rise 5%',
        summary: 'One two <b> three',
        publishedAt: '2018-07-10T13:30:00.000Z',
        symbols: [],
      },
      { ...none, title: 'Bold words', summary: '' },
      { ...none, title: 'Only a text.', summary: 'Only a text.' },
    ]);
  });

  it('of Atom gives its entries, by their first publication', () => {
    const xml = `<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title><entry><id>urn:1</id>
      <title type="html">Rates &amp;lt;up&amp;gt;</title><link rel="self" href="https://news.example/self"/>
      <link href="https://news.example/1"/><published>2018-07-10T13:00:00Z</published><updated>2019-01-01T00:00:00Z</updated>
      <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Text <i>of</i> it</div></content></entry></feed>`;
    expect(readFeedDocument(xml)).toEqual([
      {
        ...{ guid: 'urn:1', link: 'https://news.example/1', title: 'Rates <up>', summary: 'Text of it', symbols: [] },
        publishedAt: '2018-07-10T13:00:00.000Z',
      },
    ]);
  });

  it('of RSS 1.0 gives its items', () => {
    const xml = `<rdf:RDF xmlns:rdf="r" xmlns:dc="d"><channel/><item rdf:about="urn:2"><title>T</title>
      <link>https://news.example/2</link><dc:date>2018-07-10T13:00:00+02:00</dc:date></item></rdf:RDF>`;
    expect(readFeedDocument(xml)).toMatchObject([{ guid: 'urn:2', publishedAt: '2018-07-10T11:00:00.000Z' }]);
  });

  it.each([
    ['cut off', '<rss><channel><item><title>secret-word'],
    ['not closed as opened', '<rss><channel>secret-word</rss></channel>'],
    ['nothing', ''],
    ['HTML', '<!doctype html><html><body>secret-word</body></html>'],
    ['JSON', '{"secret-word": 1}'],
    ['nested without end', '<rss>'.repeat(200_000)],
    [
      'a bomb of entities in an attribute',
      `<!DOCTYPE rss [<!ENTITY a "${'x'.repeat(1_000)}"><!ENTITY b "&a;&a;">]><rss secret-word=&b;/>`,
    ],
  ])('that is %s is malformed, and no word of it is told', (_, xml) => {
    const error = failure(() => readFeedDocument(xml));
    expect(error).toMatchObject({ code: 'malformed' });
    expect((error as Error).message).not.toContain('secret-word');
  });

  it('expands no entity that it declares itself, and fetches none', () => {
    const levels = Array.from({ length: 20 }, (_, n) => `<!ENTITY e${n + 1} "${`&e${n};`.repeat(10)}">`).join('');
    const [item] =
      readFeedDocument(`<!DOCTYPE rss [<!ENTITY e0 "boom">${levels}<!ENTITY file SYSTEM "file:///etc/passwd">]>
      <rss><channel><item><title>Bomb &e20; and &file;</title></item></channel></rss>`);
    expect(item?.title).toBe('Bomb &e20; and &file;');
  });

  it('of very many items gives the first five hundred', () => {
    const items = Array.from({ length: 600 }, (_, n) => `<item><title>Item ${n}</title></item>`).join('');
    expect(readFeedDocument(`<rss><channel>${items}</channel></rss>`)).toHaveLength(500);
  });
});

it.each([
  ['Tue, 10 Jul 2018 13:30:00 GMT', '2018-07-10T13:30:00.000Z'],
  ['Tue, 10 Jul 2018 09:30:00 EDT', '2018-07-10T13:30:00.000Z'],
  ['10 Jul 2018 09:30:00 -0400', '2018-07-10T13:30:00.000Z'],
  ['Tue, 10 Jul 2018 13:30:00', '2018-07-10T13:30:00.000Z'],
  ['2018-07-10T13:30:00', '2018-07-10T13:30:00.000Z'],
  ['2018-07-10T13:30:00.123+00:00', '2018-07-10T13:30:00.123Z'],
  ['2018-07-10', '2018-07-11T00:00:00.000Z'],
  ['yesterday', null],
  ['Tue, 99 Jul 2018 13:30:00 GMT', null],
  ['', null],
  [undefined, null],
  ['9'.repeat(200), null],
])('the time %j is read as %j wherever the machine is', (text, at) => {
  expect(publishedOf(text)).toBe(at);
});

it.each([
  ['a<br>b', 'a b'],
  ['<style>x{}</style>a<!-- c -->', 'a'],
  ['a &amp; b &#x41; &eacute;', 'a & b A é'],
  ['5 < 6', '5 < 6'],
  ['<p>unclosed <b>tag', 'unclosed tag'],
  ['\u202Eevil\u0000', 'evil'],
  ['x'.repeat(50), 'xxxxxxxxx…'],
])('%j is the plain text %j', (html, text) => {
  expect(plainHtml(html, 10 + (text.length <= 20 && text.length !== 10 ? 20 : 0))).toBe(text);
});

describe("Finnhub's list", () => {
  it('gives its items', () => {
    const one = {
      id: 7,
      headline: 'Apple &amp; co',
      summary: '<p>S</p>',
      url: 'https://f.example/7',
      related: 'AAPL,MSFT',
    };
    expect(
      readFinnhubNews(JSON.stringify([{ ...one, datetime: 1_531_229_400 }, { headline: '' }, null, 5, { id: 8 }])),
    ).toEqual([
      {
        ...{ guid: '7', link: 'https://f.example/7', title: 'Apple & co', summary: 'S', symbols: ['AAPL', 'MSFT'] },
        publishedAt: '2018-07-10T13:30:00.000Z',
      },
    ]);
    expect(readFinnhubNews('[{"headline":"T","datetime":-1}]')).toMatchObject([
      { guid: null, link: null, publishedAt: null },
    ]);
  });

  it.each(['', '{"error":"x"}', 'null'])('that is %j is malformed', (json) => {
    expect(failure(() => readFinnhubNews(json))).toMatchObject({ code: 'malformed' });
  });
});
