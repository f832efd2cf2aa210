import { remindHaltSignal } from '../temporal/messages/remind-secret-rotation';
import type { RemindSecretRotationResult } from '../temporal/messages/remind-secret-rotation';
import { operations, throughHalts } from './upkeep';

/** Reminds the owners of secrets that are to be changed, by alerts. It knows names and days, and no value. */
export async function remindSecretRotation(): Promise<RemindSecretRotationResult> {
  const summary = 'Look at the age of every secret';
  return throughHalts(remindHaltSignal, () => operations.remindOfRotation.executeWithOptions({ summary }, []));
}
