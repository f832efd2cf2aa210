import type { NextFunction, Request, Response } from 'express';
import type { Logger } from '../telemetry/logger';
import type { Metrics } from '../telemetry/metrics';
import { routeTemplate } from './errors';

/** Asked by machines every few seconds: they would drown what people do. */
const UNCOUNTED = new Set(['/health', '/metrics']);

/** Counts and logs each request by its route template: no address, header or body of a client reaches a log line. */
export function requestLog(metrics: Metrics, logger: Logger) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const started = performance.now();
    response.once('close', () => {
      const route = routeTemplate(request);
      if (UNCOUNTED.has(route)) return;
      const seconds = (performance.now() - started) / 1_000;
      const method = request.method;
      const status = response.statusCode;
      metrics.httpRequests.inc({ method, route, status: String(status) });
      metrics.httpDuration.observe({ method, route }, seconds);
      logger.info({ method, route, status, ms: Math.round(seconds * 1_000) }, 'answered');
    });
    next();
  };
}
