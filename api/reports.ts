import { findReport, listReports } from '../database/daily-reports';
import type { Database } from '../database/pool';
import { ROUTES } from './contract/routes';
import { answer, mount } from './mount';
import type { Gate } from './mount';
import { notFound } from './problem';

/** Mounts the daily reports. */
export function mountReports(gate: Gate, database: Database): void {
  mount(gate, ROUTES.listReports, async () =>
    answer(200, { items: [...(await listReports(database))], nextCursor: null }),
  );
  mount(gate, ROUTES.showReport, async ({ query }) => {
    const report = await findReport(database, query.date);
    if (report === undefined) throw notFound('report');
    return answer(200, { ...report, document: { ...report.document } });
  });
}
