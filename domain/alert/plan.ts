import type { EpochMillis, Millis } from '../clock/instant';
import { channelCause } from './alert';
import type { AlertSeverity, AlertState, ChannelName, MessageKind } from './alert';

/** A critical alert that stays open says so again after this time. */
export const REPEAT_AFTER_MS: Millis = 4 * 3_600_000;
/** A message that no attempt got through for so long is given up. */
export const GIVE_UP_AFTER_MS: Millis = 24 * 3_600_000;
const FIRST_PAUSE_MS: Millis = 5_000;
const LONGEST_PAUSE_MS: Millis = 15 * 60_000;

/** A message that was planned for a channel. */
export interface PlannedMessage {
  readonly channel: ChannelName;
  readonly kind: MessageKind;
  /** 0, and of repetitions their number from 1 on. */
  readonly n: number;
  /** How severe the alert was then. */
  readonly severity: AlertSeverity;
}

/** One that was planned before, and how far it came. */
export interface Told extends PlannedMessage {
  /** When it was planned. */
  readonly at: EpochMillis;
  /** It is still on its way. */
  readonly underWay: boolean;
  /** It was sent at least once, so that it may have arrived. */
  readonly attempted: boolean;
}

/**
 * What is to be told of an alert now, to which of the channels that there are. Each message is planned once: whoever
 * plans again with its answer among `told` gets nothing.
 */
export function dueMessages(
  alert: AlertState,
  told: readonly Told[],
  channels: readonly ChannelName[],
  now: EpochMillis,
): readonly PlannedMessage[] {
  return channels.flatMap((channel) => {
    const own = told.filter((one) => one.channel === channel);
    const due =
      alert.clearedAt === null ? whileOpen(alert, channel, own, channels, now) : atTheEnd(alert, channel, own);
    return due === undefined ? [] : [{ channel, severity: alert.severity, ...due }];
  });
}

type Due = Pick<PlannedMessage, 'kind' | 'n'> | undefined;

function whileOpen(
  alert: AlertState,
  channel: ChannelName,
  own: readonly Told[],
  channels: readonly ChannelName[],
  now: EpochMillis,
): Due {
  if (!wants(channel, alert.severity, channels) || alert.cause === channelCause(channel)) return undefined;
  if (own.length === 0) return { kind: 'raised', n: 0 };
  if (alert.severity !== 'critical') return undefined;
  const asCritical = own.filter(({ severity }) => severity === 'critical');
  if (asCritical.length === 0) return { kind: 'worsened', n: 0 };
  const last = Math.max(...asCritical.map(({ at }) => at));
  if (own.some(({ underWay }) => underWay) || now < last + REPEAT_AFTER_MS) return undefined;
  return { kind: 'repeated', n: own.filter(({ kind }) => kind === 'repeated').length + 1 };
}

/** Only who may have heard of it hears of its end; an incident that was opened is always closed. */
function atTheEnd({ quiet }: AlertState, channel: ChannelName, own: readonly Told[]): Due {
  const heard = own.some(({ attempted, kind }) => attempted && kind !== 'cleared' && kind !== 'test');
  const said = own.some(({ kind }) => kind === 'cleared');
  return !heard || said || (quiet && channel !== 'pagerduty') ? undefined : { kind: 'cleared', n: 0 };
}

/**
 * Critical ones page and go to Slack's critical channel, or to its usual one where there is no other; warnings go to
 * Slack's usual channel. The webhook and e-mail get both.
 */
function wants(channel: ChannelName, severity: AlertSeverity, channels: readonly ChannelName[]): boolean {
  switch (channel) {
    case 'webhook':
    case 'email':
      return true;
    case 'pagerduty':
    case 'slack-critical':
      return severity === 'critical';
    case 'slack':
      return severity === 'warning' || !channels.includes('slack-critical');
  }
}

/** Real time until the attempt after so many that failed: five seconds, then ever longer up to a quarter of an hour. */
export function pauseAfter(attempts: number): Millis {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(20, Math.max(0, attempts - 1)));
}
