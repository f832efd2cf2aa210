import type { Instant } from '../clock/instant';
import type { Millis } from '../clock/instant';
import type { AlertSeverity, ChannelName, MessageKind } from './alert';

/** One message, with everything that a channel may show of it. */
export interface AlertMessage {
  /** The same at every attempt, and of no other message: what the channel offers against doubles is given this. */
  readonly key: string;
  readonly alertId: number;
  /** 1–200 of `[A-Za-z0-9_:./-]`. */
  readonly cause: string;
  readonly severity: AlertSeverity;
  readonly kind: MessageKind;
  readonly n: number;
  readonly title: string;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly raisedAt: Instant;
  readonly clearedAt: Instant | null;
}

/**
 * What became of one attempt. `reason` is short, such as `http 503` or `timeout`, and holds no address, token or text of
 * the other side. `retry`: it may have arrived or not; `refused`: the other side says that it never will.
 */
export type SendOutcome =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'retry'; readonly reason: string; readonly afterMs?: Millis }
  | { readonly kind: 'refused'; readonly reason: string };

/** A way to tell people of alerts. A new one is one file in channels/ and one line where channels are opened. */
export interface AlertChannel {
  readonly name: ChannelName;
  /** One attempt, within ten seconds. Never throws for what the other side or the network does. */
  send(message: AlertMessage): Promise<SendOutcome>;
}
