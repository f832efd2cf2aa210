import { reconcileAccountWorkflowId, reconciledAccountOf } from './reconcile-account';
import { repeatAnalysisWorkflowId, repeatIdOf } from './repeat-analysis';
import { haltEpochOf, haltWorkflowId } from './halt-trading';
import { checkedIntentOf, checkIntentWorkflowId } from './check-intent';
import { measuredAccountOf, measureRiskWorkflowId } from './measure-risk';
import { cycleOf, tradingCycleWorkflowId } from './trading-cycle';
import { DAILY_REPORT_ID, isDailyReport } from './daily-report';
import { newsOf, newsWorkflowId } from './ingest-news';
import { isReminder, REMIND_SECRET_ROTATION_ID } from './remind-secret-rotation';
import { tradeIdOf, tradeWorkflowId } from './trade';
import { watchAccountWorkflowId, watchedAccountOf } from './watch-account';

import { backupTimeOf } from './back-up-database';
import { drillTimeOf } from './drill-restore';
import { pruneTimeOf } from './prune-history';
import { verifiedBackupOf, verifyBackupWorkflowId } from './verify-backup';

describe('workflow ids', () => {
  it('name their trade, and no other workflow reads as one', () => {
    expect(tradeWorkflowId('paper:demo-1')).toBe('trade:paper:demo-1');
    expect(tradeIdOf(tradeWorkflowId('paper:demo-1'))).toBe('paper:demo-1');
    expect(tradeIdOf('watch:paper')).toBeUndefined();
  });

  it('name the epoch of a halt', () => {
    expect(haltWorkflowId(7)).toBe('halt:7');
    expect(haltEpochOf(haltWorkflowId(7))).toBe(7);
    expect(haltEpochOf('by-hand')).toBeUndefined();
  });

  it('name the account that a watcher watches', () => {
    expect(watchAccountWorkflowId('paper')).toBe('watch:paper');
    expect(watchedAccountOf(watchAccountWorkflowId('paper'))).toBe('paper');
    expect(watchedAccountOf('trade:paper:demo-1')).toBeUndefined();
  });

  it('name the repeat of an analysis', () => {
    expect(repeatAnalysisWorkflowId('paper:x/repeat/k')).toBe('analysis:paper:x/repeat/k');
    expect(repeatIdOf(repeatAnalysisWorkflowId('paper:x/repeat/k'))).toBe('paper:x/repeat/k');
    expect(repeatIdOf('trade:paper:x')).toBeUndefined();
  });

  it('name a measurement of risk', () => {
    expect(measureRiskWorkflowId('paper', '7')).toBe('risk-measure:paper:7');
    expect(measuredAccountOf(measureRiskWorkflowId('paper', '7'))).toBe('paper');
    expect(measuredAccountOf('risk-check:7')).toBeUndefined();
  });

  it('name a trading cycle, with and without the time of a schedule', () => {
    expect(tradingCycleWorkflowId('morning')).toBe('cycle:morning');
    expect(cycleOf('cycle:morning')).toBe('morning');
    expect(cycleOf('cycle:us-open-2026-11-25T05:05:00Z')).toBe('us-open');
    expect(cycleOf('trade:paper:x')).toBeUndefined();
  });

  it('name a daily report', () => {
    expect(isDailyReport(DAILY_REPORT_ID)).toBe(true);
    expect(isDailyReport('cycle:morning')).toBe(false);
  });

  it('name a source of news, with and without the time of a schedule', () => {
    expect(newsWorkflowId({ source: 'fed' })).toBe('news:fed');
    expect([newsOf('news:fed'), newsOf(newsWorkflowId({}))]).toEqual(['fed', 'all']);
    expect(newsOf('news:all-2026-11-25T05:05:00Z')).toBe('all');
    expect(newsOf('ingest:all')).toBeUndefined();
  });

  it('name a reminder', () => {
    expect(isReminder(`${REMIND_SECRET_ROTATION_ID}-2026-11-25T07:00:00Z`)).toBe(true);
    expect(isReminder('watch:paper')).toBe(false);
  });

  it('name the account that is compared with its venue', () => {
    expect(reconcileAccountWorkflowId('paper')).toBe('reconcile:paper');
    expect(reconciledAccountOf(reconcileAccountWorkflowId('paper'))).toBe('paper');
    expect(reconciledAccountOf('reconcile-accounts-2026-11-25T07:00:00Z')).toBeUndefined();
  });

  it('name a check of risk', () => {
    expect(checkIntentWorkflowId('7')).toBe('risk-check:7');
    expect(checkedIntentOf(checkIntentWorkflowId('7'))).toBe('7');
    expect(checkedIntentOf('watch:paper')).toBeUndefined();
  });

  it('name the backup that is read', () => {
    expect(verifiedBackupOf(verifyBackupWorkflowId('2026-01-05T02-00-00Z'))).toBe('2026-01-05T02-00-00Z');
    expect(verifiedBackupOf('backup-by-hand')).toBeUndefined();
  });

  it('name the time of a run of upkeep', () => {
    const time = '2026-11-25T02:00:00Z';
    expect([backupTimeOf(`backup-${time}`), drillTimeOf(`drill-${time}`), pruneTimeOf(`prune-${time}`)]).toEqual([
      time,
      time,
      time,
    ]);
    expect([backupTimeOf('backup-now'), drillTimeOf('trade:x'), pruneTimeOf('backup-1')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
