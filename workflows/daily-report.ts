import { setCurrentDetails } from '@temporalio/workflow';
import { reportHaltSignal } from '../temporal/messages/daily-report';
import type { DailyReportInput, DailyReportResult } from '../temporal/messages/daily-report';
import { operations, scheduledAt, throughHalts } from './upkeep';

const DAY_MS = 86_400_000;

/** Makes the page of a day, stores it, and sends it where reports go. */
export async function dailyReport(input: DailyReportInput = {}): Promise<DailyReportResult> {
  const day = input.day ?? new Date((scheduledAt() ?? Date.now()) - DAY_MS).toISOString().slice(0, 10);
  return throughHalts(reportHaltSignal, async () => {
    const made = await operations.makeReport.executeWithOptions({ summary: `Count ${day}` }, [day]);
    setCurrentDetails(`${made.summary}. Read it: \`tradewind report show --date ${day}\``);
    await operations.sendReport.executeWithOptions({ summary: 'Send it where reports go' }, [day]);
    return made;
  });
}
