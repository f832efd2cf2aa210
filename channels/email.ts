import type { AlertChannel } from '../domain/alert/channel';
import { linesOf, subjectOf } from '../domain/alert/describe';
import { sendMail } from './mail';
import type { MailSettings } from './mail';

/** Mail to the operators, as plain text. The letters about one alert are one thread. */
export function emailChannel(settings: MailSettings): AlertChannel {
  return {
    name: 'email',
    send: (message) =>
      sendMail(settings, {
        id: message.key,
        ...(message.kind === 'raised' || message.kind === 'test'
          ? {}
          : { answers: message.key.replace(/\.[a-z]+\.\d+$/, '.raised.0') }),
        subject: subjectOf(message),
        text: `${linesOf(message).join('\n')}\n`,
      }),
  };
}
