import type { AlertChannel, AlertMessage, SendOutcome } from '../domain/alert/channel';
import { linesOf, subjectOf } from '../domain/alert/describe';
import { postJson } from './post-json';

/** How an integration of PagerDuty is reached. */
export interface PagerDutySettings {
  /** Integration key of the service (Events API v2). */
  readonly routingKey: string;
  /** Where the API is, without a path. */
  readonly baseUrl: string;
}

const LONGEST_SUMMARY = 1_024;

/** PagerDuty's Events API v2. The cause is the `dedup_key`: repeats join the open incident, and its end resolves it. */
export function pagerDutyChannel(settings: PagerDutySettings): AlertChannel {
  const send = (body: object): Promise<SendOutcome> =>
    postJson(`${settings.baseUrl.replace(/\/+$/, '')}/v2/enqueue`, { routing_key: settings.routingKey, ...body });
  return {
    name: 'pagerduty',
    send: async (message) => {
      if (message.kind === 'cleared') return send(resolve(message));
      const triggered = await send(trigger(message));
      // A try of the channel leaves no incident behind.
      return message.kind === 'test' && triggered.kind === 'delivered' ? send(resolve(message)) : triggered;
    },
  };
}

function trigger(message: AlertMessage): object {
  return {
    event_action: 'trigger',
    dedup_key: message.cause,
    client: 'Tradewind',
    payload: {
      summary: subjectOf(message).slice(0, LONGEST_SUMMARY),
      source: 'tradewind',
      severity: message.kind === 'test' ? 'info' : message.severity,
      timestamp: message.raisedAt,
      component: message.cause.split(':')[0],
      custom_details: { lines: linesOf(message), alert: message.alertId },
    },
  };
}

function resolve({ cause }: AlertMessage): object {
  return { event_action: 'resolve', dedup_key: cause };
}
