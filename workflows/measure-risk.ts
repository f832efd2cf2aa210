import { setCurrentDetails, setHandler } from '@temporalio/workflow';
import type { AccountRisk } from '../domain/risk/measure';
import { measureRiskHaltSignal } from '../temporal/messages/measure-risk';
import { risk } from './trade-activities';

/** The risk of an account's positions as they are now. Stores nothing. */
export async function measureRisk(account: string): Promise<AccountRisk> {
  setHandler(
    measureRiskHaltSignal,
    ({ epoch, reason }) => setCurrentDetails(`Told of halt ${epoch} (${reason}). Goes on: it sends nothing.`),
    { description: 'Recorded only: a measurement sends nothing' },
  );
  return risk.measureAccount(account);
}
