import { proxyActivities } from '@temporalio/workflow';
import type { SavingActivities } from '../activities/operations/save-database';

/** Long enough for a large database; what hangs is noticed by its heartbeat. */
export const saving = proxyActivities<SavingActivities>({
  startToCloseTimeout: '2h',
  heartbeatTimeout: '1m',
  retry: { initialInterval: '5s', backoffCoefficient: 2, maximumInterval: '10m', maximumAttempts: 4 },
});
