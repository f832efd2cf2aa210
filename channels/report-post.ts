import type { ReportPost } from '../domain/report/report-post';
import { sendMail } from './mail';
import type { MailSettings } from './mail';
import { postJson } from './post-json';

/** Where reports go; what is absent is off. Every part holds a secret. */
export interface ReportPostSettings {
  readonly mail?: MailSettings;
  readonly webhookUrl?: string;
}

/** The ways that are set. */
export function openReportPost({ mail, webhookUrl }: ReportPostSettings): ReportPost {
  return {
    ...(mail === undefined
      ? {}
      : { mail: ({ id, subject, markdown, html }) => sendMail(mail, { id, subject, text: markdown, html }) }),
    ...(webhookUrl === undefined
      ? {}
      : {
          webhook: ({ id, subject, markdown }) =>
            postJson(webhookUrl, { version: 1, id, subject, markdown }, { 'idempotency-key': id }),
        }),
  };
}
