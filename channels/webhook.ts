import type { AlertChannel, AlertMessage } from '../domain/alert/channel';
import { subjectOf } from '../domain/alert/describe';
import { postJson } from './post-json';

/** Any receiver of JSON. The header `Idempotency-Key` is the same at every attempt of one message. */
export function webhookChannel(url: string): AlertChannel {
  return {
    name: 'webhook',
    send: (message) => postJson(url, bodyOf(message), { 'idempotency-key': message.key }),
  };
}

function bodyOf(message: AlertMessage): object {
  const { key, alertId, cause, severity, kind, n, title, detail, raisedAt, clearedAt } = message;
  const subject = subjectOf(message);
  return { version: 1, id: key, alertId, cause, severity, kind, n, subject, title, detail, raisedAt, clearedAt };
}
