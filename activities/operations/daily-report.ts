import { ApplicationFailure } from '@temporalio/common';
import { countDay, findReport, noteSent, storeReport } from '../../database/daily-reports';
import type { Database } from '../../database/pool';
import { markdownOf, summaryOf } from '../../domain/report/daily-report';
import type { ReportPost } from '../../domain/report/report-post';
import type { DailyReportResult } from '../../temporal/messages/daily-report';
import { reportHtml } from './report-html';

/** What daily reports work with. */
export interface ReportDeps {
  readonly database: Database;
  readonly reportPost: ReportPost;
}

/** Counts a day, and stores it for people and programs. Made again, it replaces what was made before. */
export async function makeReport({ database }: ReportDeps, day: string): Promise<DailyReportResult> {
  const document = await countDay(database, day);
  await storeReport(database, { document, markdown: markdownOf(document), html: reportHtml(document) });
  return { day, summary: summaryOf(document) };
}

/**
 * Sends the report of a day where reports go, once: what has left is noted, and what may have left is sent again under the
 * same id.
 * @throws ApplicationFailure `NotSent`, to be tried again unless the other side refused for good
 */
export async function sendReport({ database, reportPost }: ReportDeps, day: string): Promise<void> {
  const report = await findReport(database, day);
  if (report === undefined) throw ApplicationFailure.nonRetryable(`there is no report of ${day}`, 'NotSent');
  const { document, markdown, html, mailedAt, postedAt } = report;
  const outgoing = { id: `report.${day}`, subject: `Tradewind on ${day}: ${summaryOf(document)}`, markdown, html };
  const ways = [
    ['mail', mailedAt, reportPost.mail],
    ['webhook', postedAt, reportPost.webhook],
  ] as const;
  for (const [way, sentAt, send] of ways) {
    if (sentAt !== null || send === undefined) continue;
    const outcome = await send(outgoing);
    if (outcome.kind === 'delivered') await noteSent(database, day, way);
    else {
      const nonRetryable = outcome.kind === 'refused';
      throw ApplicationFailure.create({ message: `${way}: ${outcome.reason}`, type: 'NotSent', nonRetryable });
    }
  }
}
