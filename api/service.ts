import type { Express } from 'express';
import helmet from 'helmet';
import swaggerUi from 'swagger-ui-express';
import type { Database } from '../database/pool';
import type { Metrics } from '../telemetry/metrics';
import { setHaltGauges } from './halt-gauges';
import { ROUTES } from './contract/routes';
import { mount } from './mount';
import type { Answer, Gate } from './mount';
import { openApiDocument } from './openapi';
import type { TradeCommands } from './trade-commands';

/** What the service routes need. */
export interface ServiceRoutes {
  readonly database: Database;
  readonly commands: TradeCommands;
  readonly metrics: Metrics;
  readonly version: string;
}

/** Headers that every answer carries. The directive that upgrades to HTTPS is left out: this server speaks HTTP. */
export function securityHeaders(): ReturnType<typeof helmet> {
  return helmet({
    contentSecurityPolicy: { directives: { 'upgrade-insecure-requests': null } },
    strictTransportSecurity: false,
  });
}

/** Mounts health, readiness, metrics and the documentation; none of them needs a key. */
export function mountService(gate: Gate, deps: ServiceRoutes): void {
  mount(gate, ROUTES.health, () => Promise.resolve({ status: 200, body: { status: 'ok' } }));
  mount(gate, ROUTES.ready, () => readiness(deps));
  gate.app.get('/metrics', async (_request, response) => {
    await setHaltGauges(deps.database, deps.metrics);
    const { registry } = deps.metrics;
    response.set('Content-Type', registry.contentType).send(await registry.metrics());
  });
  mountDocumentation(gate.app, deps.version);
}

async function readiness(deps: ServiceRoutes): Promise<Answer<typeof ROUTES.ready>> {
  const [database, temporal] = await Promise.all([
    deps.database.query('SELECT 1').then(
      () => true,
      () => false,
    ),
    deps.commands.isReachable(),
  ]);
  const parts = {
    database: database ? 'reachable' : 'unreachable',
    temporal: temporal ? 'reachable' : 'unreachable',
  } as const;
  return database
    ? { status: 200, body: { status: 'ready', ...parts } }
    : { status: 503, body: { status: 'not-ready', ...parts } };
}

function mountDocumentation(app: Express, version: string): void {
  const document = openApiDocument(version);
  app.get('/openapi.json', (_request, response) => {
    response.json(document);
  });
  // The page names its scripts relative to the folder.
  app.get('/docs', (request, response, next) => {
    if (request.path.endsWith('/')) next();
    else response.redirect(301, '/docs/');
  });
  app.use('/docs', swaggerUi.serve, swaggerUi.setup({ ...document }, { customSiteTitle: 'Tradewind API' }));
}
