import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a path answers with: a script of its own, or a whole answer. */
export type NewsPage =
  | ((request: IncomingMessage, response: ServerResponse) => void)
  | { readonly status?: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string | Buffer };

/** A server of news on loopback: each path answers what it is told to, and what it was asked is kept. */
export interface NewsServer {
  readonly url: string;
  readonly asked: { readonly path: string; readonly headers: IncomingHttpHeaders }[];
  put(path: string, page: NewsPage): void;
  close(): Promise<void>;
}

/** Starts one on a free port; a path that nothing was put at is not found. */
export async function startNewsServer(): Promise<NewsServer> {
  const asked: NewsServer['asked'] = [];
  const pages = new Map<string, NewsPage>();
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    asked.push({ path, headers: request.headers });
    const page = pages.get(path.split('?')[0] ?? '') ?? { status: 404 };
    if (typeof page === 'function') page(request, response);
    else response.writeHead(page.status ?? 200, page.headers).end(page.body ?? '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    put: (path, page) => void pages.set(path, page),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An item of a feed in a test. */
export interface RssItem {
  readonly guid?: string;
  readonly title: string;
  readonly description?: string;
  readonly link?: string;
  readonly pubDate?: string;
}

/** An RSS 2.0 document; what is given is XML already. */
export function rss(items: readonly RssItem[]): string {
  const body = items.map((item) => {
    const fields = Object.entries(item).map(([name, value]) => `<${name}>${value as string}</${name}>`);
    return `<item>${fields.join('')}</item>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel><title>Wire</title>${body.join('')}</channel></rss>`;
}
