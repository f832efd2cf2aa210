import type { EpochMillis } from '../clock/instant';

/** `critical`: money may be at risk, wake someone up; `warning`: look at it within the day. */
export type AlertSeverity = 'critical' | 'warning';

/** An alert as deciding whom to tell needs it. */
export interface AlertState {
  readonly cause: string;
  readonly severity: AlertSeverity;
  /** Null while it is open. */
  readonly clearedAt: EpochMillis | null;
  /** True: another alert took its place, so that nobody need hear of its end. */
  readonly quiet: boolean;
}

/** Where alerts can go. */
export const CHANNELS = ['webhook', 'slack', 'slack-critical', 'pagerduty', 'email'] as const;
export type ChannelName = (typeof CHANNELS)[number];

/**
 * What is told of an alert: that it is there, that a warning became critical, that a critical one still stands, that it is
 * over; and that a person tries the channels.
 */
export const MESSAGE_KINDS = ['raised', 'worsened', 'repeated', 'cleared', 'test'] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

/** The alert that says that a channel cannot be reached; it goes everywhere but there. */
export function channelCause(channel: ChannelName): string {
  return `alert-channel:${channel}`;
}
