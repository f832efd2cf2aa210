import { setCurrentDetails, setHandler } from '@temporalio/workflow';
import type { RiskIntent } from '../domain/risk/intent';
import type { RiskVerdict } from '../domain/risk/verdict';
import { checkIntentHaltSignal } from '../temporal/messages/check-intent';
import { risk } from './trade-activities';

/** The verdict that a trade of this intent would get now. Stores and reserves nothing. */
export async function checkIntent(intent: RiskIntent): Promise<RiskVerdict> {
  setHandler(
    checkIntentHaltSignal,
    ({ epoch, reason }) => setCurrentDetails(`Told of halt ${epoch} (${reason}). Goes on: it sends nothing.`),
    { description: 'Recorded only: a check sends nothing and answers what a trade would be told' },
  );
  return risk.evaluateIntent(intent);
}
