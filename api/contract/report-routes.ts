import { z } from 'zod';
import { dateIn, momentOut, pageOf } from './fields';
import type { Route } from './route';

const reportView = z
  .object({
    day: z.string().meta({ description: 'The day that it tells of, in UTC.' }),
    madeAt: momentOut,
    mailedAt: momentOut.nullable(),
    postedAt: momentOut.nullable(),
  })
  .meta({ id: 'DailyReport' });

const reportDetailView = reportView
  .extend({
    document: z
      .record(z.string(), z.unknown())
      .meta({ description: 'What was counted; domain/report/daily-report.ts.' }),
    markdown: z.string(),
    html: z.string().meta({ description: 'One page that loads nothing.' }),
  })
  .meta({ id: 'DailyReportDetail' });

export type ReportView = z.output<typeof reportView>;
export type ReportDetailView = z.output<typeof reportDetailView>;

/** The page of each day. */
export const REPORT_ROUTES = {
  listReports: {
    method: 'get',
    path: '/v1/reports',
    operationId: 'listReports',
    summary: 'The daily reports of the last year, newest first.',
    role: 'viewer',
    answers: { 200: { description: 'The reports.', schema: pageOf(reportView) } },
    problems: [],
  },
  showReport: {
    method: 'get',
    path: '/v1/reports/daily',
    operationId: 'showReport',
    summary: 'The daily report of a day, or the newest.',
    role: 'viewer',
    query: z.strictObject({ date: dateIn.optional() }),
    answers: { 200: { description: 'The report.', schema: reportDetailView } },
    problems: ['not_found', 'invalid_request'],
  },
} as const satisfies Record<string, Route>;
