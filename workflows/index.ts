/** The workflow bundle: each export is a workflow type. */
export { repeatAnalysis } from './repeat-analysis';
export { trade } from './trade';
export { watchAccount } from './watch-account';
export { haltTrading } from './halt-trading';
export { checkBroker, findContracts, lookUpOrder } from './venue-tasks';
export { backupDatabase } from './back-up-database';
export { verifyBackup } from './verify-backup';
export { drillRestore } from './drill-restore';
export { pruneHistory } from './prune-history';
export { dailyReport } from './daily-report';
export { tradingCycle } from './trading-cycle';
export { remindSecretRotation } from './remind-secret-rotation';
export { checkIntent } from './check-intent';
export { reconcileAccount, reconcileDue } from './reconcile-account';
export { ingestCandles } from './ingest-candles';
export { ingestNews } from './ingest-news';
export { measureRisk } from './measure-risk';
