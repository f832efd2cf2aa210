import pino from 'pino';
import type { DestinationStream, Logger } from 'pino';
import { errorFacts } from './error-facts';

export type { Logger };

/** Fields that never reach a log line, at the top and one level down. */
const SECRET_FIELDS = [
  'authorization',
  'Authorization',
  'x-api-key',
  'X-API-Key',
  'apiKey',
  'api_key',
  'key',
  'secret',
  'token',
  'owner',
  'password',
  'databaseUrl',
  'connectionString',
  'cookie',
  'body',
];

export interface LoggerOptions {
  /** Which process writes: `api`, `worker`, … */
  readonly service: string;
  /** `trace` … `fatal`, or `silent`; `info` by default. */
  readonly level?: string;
  /** Where lines go; standard output by default. */
  readonly destination?: DestinationStream;
}

/**
 * A logger that writes one JSON object a line. Known secrets are cut out wherever a field of that name appears, and
 * an error under `err` or `error` is reduced to what cannot hold a client's text (see `errorFacts`).
 */
export function createLogger(options: LoggerOptions): Logger {
  const settings: pino.LoggerOptions = {
    level: options.level ?? 'info',
    base: { service: options.service, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: redactedPaths(), censor: '[redacted]' },
    serializers: { err: errorFacts, error: errorFacts },
  };
  return options.destination === undefined ? pino(settings) : pino(settings, options.destination);
}

function redactedPaths(): string[] {
  return SECRET_FIELDS.flatMap((field) => {
    const quoted = `["${field}"]`;
    return [quoted, `*${quoted}`, `*.*${quoted}`];
  });
}
