import { createTransport } from 'nodemailer';
import type { SendOutcome } from '../domain/alert/channel';
import { networkReason, SEND_WITHIN_MS } from './post-json';

/** How mail leaves. */
export interface MailSettings {
  /** `smtp://USER:PASSWORD@HOST:PORT`, or `smtps://` for TLS from the first byte. */
  readonly smtpUrl: string;
  readonly from: string;
  readonly to: readonly string[];
}

/** A letter; `id` is the same at every attempt, and becomes its Message-ID. */
export interface Letter {
  readonly id: string;
  /** Id of an earlier letter that this one answers. */
  readonly answers?: string;
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
}

/** Hands a letter to the mail server once, over a connection of its own. */
export async function sendMail({ smtpUrl, from, to }: MailSettings, letter: Letter): Promise<SendOutcome> {
  const messageId = (id: string): string => `<${id}@tradewind>`;
  const transport = createTransport({ ...serverOf(smtpUrl), disableFileAccess: true, disableUrlAccess: true });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<SendOutcome>((done) => {
    timer = setTimeout(() => done({ kind: 'retry', reason: 'timeout' }), SEND_WITHIN_MS);
  });
  const { id, answers, subject, text, html } = letter;
  const sent = transport
    .sendMail({
      from,
      to: [...to],
      subject,
      text,
      messageId: messageId(id),
      ...(html === undefined ? {} : { html }),
      ...(answers === undefined ? {} : { inReplyTo: messageId(answers), references: messageId(answers) }),
    })
    .then((): SendOutcome => ({ kind: 'delivered' }), failed);
  try {
    return await Promise.race([sent, late]);
  } finally {
    clearTimeout(timer);
    transport.close();
  }
}

/** A log-in goes only over TLS, but on this machine. */
function serverOf(smtpUrl: string) {
  const { protocol, hostname, port, username, password } = new URL(smtpUrl);
  const secure = protocol === 'smtps:';
  const local = ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (secure ? 465 : 587) : Number(port),
    secure,
    requireTLS: !secure && !local,
    connectionTimeout: SEND_WITHIN_MS,
    greetingTimeout: SEND_WITHIN_MS,
    socketTimeout: SEND_WITHIN_MS,
    ...(username === '' ? {} : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
  };
}

function failed(error: unknown): SendOutcome {
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'responseCode') : undefined;
  if (typeof code !== 'number') return { kind: 'retry', reason: networkReason(error) };
  const reason = `smtp ${code}`;
  return code >= 500 ? { kind: 'refused', reason } : { kind: 'retry', reason };
}
