import type { AlertChannel } from '../domain/alert/channel';
import { emailChannel } from './email';
import type { MailSettings } from './mail';
import { pagerDutyChannel } from './pagerduty';
import type { PagerDutySettings } from './pagerduty';
import { slackChannel } from './slack';
import { webhookChannel } from './webhook';

/** Where alerts go; what is absent is off. Every part holds a secret. */
export interface ChannelSettings {
  readonly webhookUrl?: string;
  readonly slackUrl?: string;
  readonly slackCriticalUrl?: string;
  readonly pagerDuty?: PagerDutySettings;
  readonly mail?: MailSettings;
}

/** The channels that are set. */
export function openChannels(settings: ChannelSettings): readonly AlertChannel[] {
  const { webhookUrl, slackUrl, slackCriticalUrl, pagerDuty, mail } = settings;
  return [
    ...(webhookUrl === undefined ? [] : [webhookChannel(webhookUrl)]),
    ...(slackUrl === undefined ? [] : [slackChannel('slack', slackUrl)]),
    ...(slackCriticalUrl === undefined ? [] : [slackChannel('slack-critical', slackCriticalUrl)]),
    ...(pagerDuty === undefined ? [] : [pagerDutyChannel(pagerDuty)]),
    ...(mail === undefined ? [] : [emailChannel(mail)]),
  ];
}
