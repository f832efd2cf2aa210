import { types } from 'node:util';

/** System errors of a connection that cannot be made or broke. */
const SYSTEM_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EPIPE',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENOENT',
  'EAI_AGAIN',
]);

/** PostgreSQL's: too many connections, statement timed out, shutting down, crashed, starting up, read-only. */
const SERVER_CODES = new Set(['53300', '57014', '57P01', '57P02', '57P03', '25006']);

/** What the driver says without a code. */
const MESSAGES =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/;

/** Whether an error of a statement means that the database cannot serve now: nothing was stored, and a later try may pass. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!types.isNativeError(error)) return false;
  if ('errors' in error && Array.isArray(error.errors)) return error.errors.some(isDatabaseUnavailable);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return SYSTEM_CODES.has(code) || SERVER_CODES.has(code) || code.startsWith('08') || MESSAGES.test(error.message);
}
