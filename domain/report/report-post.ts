import type { SendOutcome } from '../alert/channel';

/** A report as it leaves. `id` is the same at every attempt. */
export interface OutgoingReport {
  readonly id: string;
  readonly subject: string;
  readonly markdown: string;
  readonly html: string;
}

/** Ways by which a report leaves; what is absent is off. */
export interface ReportPost {
  readonly mail?: (report: OutgoingReport) => Promise<SendOutcome>;
  readonly webhook?: (report: OutgoingReport) => Promise<SendOutcome>;
}
