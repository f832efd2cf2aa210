import type { ChannelName } from '../../domain/alert/alert';
import type { AlertChannel, SendOutcome } from '../../domain/alert/channel';
import { pauseAfter } from '../../domain/alert/plan';
import type { EpochMillis } from '../../domain/clock/instant';
import type { AlertDeliveries, ClaimedDelivery } from '../../database/alert-deliveries';

/** What telling people of alerts needs. */
export interface DeliveryDeps {
  readonly deliveries: AlertDeliveries;
  readonly channels: readonly AlertChannel[];
  /** Told how each attempt ended. */
  readonly counted: (channel: ChannelName, result: SendOutcome['kind']) => void;
  /** Real time of this process in milliseconds since 1970. */
  readonly now: () => EpochMillis;
}

/** Messages that are on their way at once. */
const AT_ONCE = 16;
/** From this attempt on a channel that cannot be reached is itself worth an alert. */
const WORTH_AN_ALERT = 5;

/** Plans what is due and sends it; what fails is tried again later. Any number of processes may do this at once. */
export async function deliverAlerts(deps: DeliveryDeps): Promise<void> {
  const names = deps.channels.map(({ name }) => name);
  await deps.deliveries.plan(names, deps.now());
  for (;;) {
    const claimed = await deps.deliveries.claim(names, deps.now(), AT_ONCE);
    if (claimed.length === 0) return;
    await Promise.all(claimed.map((delivery) => deliver(deps, delivery)));
  }
}

async function deliver({ deliveries, channels, counted, now }: DeliveryDeps, delivery: ClaimedDelivery): Promise<void> {
  const channel = channels.find(({ name }) => name === delivery.channel);
  if (channel === undefined) throw new Error(`nobody serves the channel ${delivery.channel}`);
  const outcome = await channel.send(delivery);
  counted(delivery.channel, outcome.kind);
  switch (outcome.kind) {
    case 'delivered':
      return deliveries.delivered(delivery, now());
    case 'refused':
      return deliveries.refused(delivery, now(), outcome.reason);
    case 'retry':
      await deliveries.retry(delivery, now() + (outcome.afterMs ?? pauseAfter(delivery.attempt)), outcome.reason);
      if (delivery.attempt >= WORTH_AN_ALERT) await deliveries.channelFails(delivery.channel, outcome.reason);
  }
}
