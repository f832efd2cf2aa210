import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { connect } from 'node:net';
import { createSeededDatabase, storeTrade, type SeededDatabase } from '../tests/support/seeded-database';
import { expectContract, openTestApi, type TestApi } from '../tests/support/api';
import type { Route } from './contract/route';
import { ROUTES } from './contract/routes';
import { expressPath } from './mount';

let db: SeededDatabase;
let test: TestApi;
beforeAll(async () => {
  db = await createSeededDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  test = await openTestApi(db.url);
});
afterEach(() => test.close());

describe('health and readiness', () => {
  it('need no key, and say what can be reached', async () => {
    const health = await test.request.get('/health');
    expect(health.status).toBe(200);
    expectContract('health', health);
    const ready = await test.request.get('/ready');
    expect(ready.status).toBe(200);
    expectContract('ready', ready);
    expect(ready.body).toEqual({ status: 'ready', database: 'reachable', temporal: 'reachable' });
  });

  it('count the API as ready while Temporal is down, since it takes trades then', async () => {
    test.trades.reachable = false;
    const ready = await test.request.get('/ready');
    expect(ready.status).toBe(200);
    expect(ready.body).toMatchObject({ status: 'ready', temporal: 'unreachable' });
  });
});

describe('the metrics of the API', () => {
  it('count requests by route template, and not health or metrics', async () => {
    await test.as('viewer').get('/v1/trades/paper:one');
    await test.as('viewer').get('/v1/trades/paper:two');
    await test.request.get('/health');
    await test.request.get('/nowhere/secret');
    await test.request.get('/metrics');
    const text = (await test.request.get('/metrics')).text;
    expect(text).toContain('http_requests_total{method="GET",route="/v1/trades/:id",status="404",service="api"} 2');
    expect(text).toContain('http_requests_total{method="GET",route="unmatched",status="404",service="api"} 1');
    expect(text).toContain('http_request_duration_seconds_count{service="api",method="GET",route="/v1/trades/:id"} 2');
    expect(text).not.toMatch(/route="\/(health|metrics)"/);
    expect(text).not.toContain('secret');
    expect(text).toMatch(/service_info\{version="9\.9\.9",node="[^"]+",service="api"\} 1/);
  });

  it('time database statements by their type', async () => {
    await test
      .as('trader')
      .post('/v1/trades')
      .set('Idempotency-Key', 'timed')
      .send({ account: 'paper', instrument: 'US500', strategy: 'technical' });
    const text = (await test.request.get('/metrics')).text;
    expect(text).toMatch(/db_query_duration_seconds_count\{service="api",query_type="accept_trade"\} 1/);
    expect(text).toMatch(/db_query_duration_seconds_count\{service="api",query_type="select"\} [1-9]/);
  });
});

interface Operation {
  readonly security?: unknown;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[];
  readonly requestBody?: { readonly required?: boolean };
  readonly responses: Record<string, { content: Record<string, { schema: object }> }>;
}
interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { schemas: Record<string, { properties?: object }> };
}

async function openApi(): Promise<Document> {
  return (await test.request.get('/openapi.json')).body as Document;
}

/** Paths and methods that Express really serves; a route for every method is the refusal of the others. */
function served(): string[] {
  return test.api.app.router.stack.flatMap(({ route }) => {
    const methods = new Set(route?.stack.map((layer) => layer.method));
    return route === undefined || methods.size > 2 ? [] : [...methods].map((method) => `${method} ${route.path}`);
  });
}

describe('the OpenAPI document', () => {
  it('has every served route, and no other', async () => {
    const { openapi, paths } = await openApi();
    expect(openapi).toBe('3.1.0');
    const documented = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${expressPath(path)}`),
    );
    const documents = ['get /metrics', 'get /openapi.json', 'get /docs'];
    expect([...documented, ...documents].sort()).toEqual([...new Set(served())].sort());
  });

  it('states keys, parameters, bodies, answers and problems of each route', async () => {
    const { paths } = await openApi();
    for (const route of Object.values<Route>(ROUTES)) {
      const operation = paths[route.path]?.[route.method];
      expect(operation).toBeDefined();
      if (operation === undefined) continue;
      expect(operation.security !== undefined).toBe(route.role !== null);
      const inPath = operation.parameters?.filter((parameter) => parameter.in === 'path').map(({ name }) => name) ?? [];
      expect(inPath).toEqual([...route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]));
      expect(operation.requestBody !== undefined).toBe(route.body !== undefined);
      for (const status of Object.keys(route.answers))
        expect(operation.responses[status]?.content['application/json']?.schema).toBeDefined();
      const problems = Object.values(operation.responses).filter(
        ({ content }) => 'application/problem+json' in content,
      );
      expect(problems.length > 0).toBe(route.role !== null);
    }
  });

  it('resolves every reference and writes amounts as strings', async () => {
    const document = await openApi();
    const text = JSON.stringify(document);
    for (const [, name] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g))
      expect(Object.keys(document.components.schemas)).toContain(name);
    expect(document.components.schemas['StartTrade']?.properties).toMatchObject({
      maxNotional: { type: 'string', pattern: expect.stringContaining('\\d') as string },
    });
    expect(document.paths['/v1/trades']?.['post']?.parameters).toContainEqual(
      expect.objectContaining({ in: 'header', name: 'Idempotency-Key', required: true }),
    );
  });
});

describe('the documentation', () => {
  it('is a page whose scripts the security policy allows', async () => {
    expect((await test.request.get('/docs')).headers['location']).toBe('/docs/');
    const page = await test.request.get('/docs/');
    expect(page.status).toBe(200);
    expect(page.text).toContain('Tradewind API');
    const policy = page.headers['content-security-policy'] ?? '';
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain('upgrade-insecure-requests');
    expect(page.text).not.toMatch(/<script>[^<]/);
    for (const file of ['swagger-ui.css', 'swagger-ui-bundle.js', 'swagger-ui-init.js']) {
      expect(page.text).toContain(`./${file}`);
      expect((await test.request.get(`/docs/${file}`)).status).toBe(200);
    }
    expect((await test.request.get('/docs/swagger-ui-init.js')).text).toContain('/v1/trades');
  });
});

describe('addresses', () => {
  it('that are unknown are not found', async () => {
    const response = await test.request.get('/v2/trades');
    expect(response.body).toMatchObject({ status: 404, code: 'not_found' });
  });

  it('that are known name the methods that they take', async () => {
    const response = await test.as('admin').post('/v1/accounts').send({});
    expect(response.status).toBe(405);
    expect(response.headers['allow']).toBe('GET');
    expect((await test.request.put('/v1/trades').send({})).headers['allow']).toBe('POST, GET');
  });

  it('that cannot be decoded are refused', async () => {
    const response = await test.as('viewer').get('/v1/trades/%E0%A4%A');
    expect(response.body).toMatchObject({ status: 400, code: 'bad_request' });
  });
});

/** A line to the database that a test can cut. */
class Line {
  private readonly sockets = new Set<Socket>();
  private constructor(private readonly server: Server) {}

  static async to(url: URL): Promise<Line> {
    const server = createServer((near) => {
      const far = connect(Number(url.port), url.hostname);
      for (const socket of [near, far]) {
        line.sockets.add(socket);
        socket.on('error', () => undefined).on('close', () => line.sockets.delete(socket));
      }
      near.pipe(far).pipe(near);
    });
    const line = new Line(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return line;
  }

  url(of: string): string {
    const url = new URL(of);
    url.hostname = '127.0.0.1';
    url.port = String((this.server.address() as AddressInfo).port);
    return url.href;
  }

  cut(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const socket of this.sockets) socket.destroy();
    return closed;
  }
}

describe('while the database is down', () => {
  it('every request is answered with 503 and when to try again, and nothing is stored', async () => {
    const line = await Line.to(new URL(db.url));
    const cut = await openTestApi(line.url(db.url));
    const id = await storeTrade(db.database, 'before');
    expect((await cut.as('viewer').get('/v1/trades')).status).toBe(200);
    await line.cut();
    const body = { account: 'paper', instrument: 'US500', strategy: 'technical' };
    const start = await cut.as('trader').post('/v1/trades').set('Idempotency-Key', 'lost').send(body);
    expectContract('startTrade', start);
    for (const response of [
      start,
      await cut.as('viewer').get('/v1/trades'),
      await cut.as('trader').post(`/v1/trades/${id}/cancel`),
    ]) {
      expect(response.status).toBe(503);
      expect(response.headers['retry-after']).toBe('5');
      expect(response.body).toMatchObject({ code: 'database_unavailable' });
    }
    expect((await cut.request.get('/health')).status).toBe(200);
    const ready = await cut.request.get('/ready');
    expect(ready.status).toBe(503);
    expect(ready.body).toMatchObject({ status: 'not-ready', database: 'unreachable' });
    const { rows } = await db.database.query(`SELECT 1 FROM trades WHERE key = 'lost'`);
    expect(rows).toEqual([]);
    expect(cut.trades.started).toEqual([]);
    expect(cut.log()).toContain('an audit line could not be written');
    await cut.close();
  });
});
