import {
  ActivityFailure,
  CancellationScope,
  isCancellation,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import { repeatHaltSignal } from '../temporal/messages/repeat-analysis';
import type { RepeatAnalysisInput, RepeatAnalysisResult } from '../temporal/messages/repeat-analysis';
import { analysis, models } from './trade-activities';

/** Questions that are with the model at once. */
const AT_ONCE = 4;

/** Asks one question of a trade several times, so that a person sees how far a model's answers lie apart. Trades nothing. */
export async function repeatAnalysis(input: RepeatAnalysisInput): Promise<RepeatAnalysisResult> {
  const { repeatId, times } = input;
  const asking = new CancellationScope();
  setHandler(
    repeatHaltSignal,
    ({ epoch, reason }) => {
      setCurrentDetails(`Stopped by halt ${epoch} (${reason}).`);
      asking.cancel();
    },
    { description: 'Stops asking: nothing waits for a repeat, and it spends money' },
  );
  let next = 1;
  let answered = 0;
  const lane = async (): Promise<void> => {
    while (next <= times) {
      const n = next++;
      if (await concluded(repeatId, n, times)) answered += 1;
    }
  };
  let state: RepeatAnalysisResult['state'] = 'completed';
  try {
    await asking.run(() => Promise.all(Array.from({ length: AT_ONCE }, lane)));
  } catch (error) {
    if (!isCancellation(error)) throw error;
    state = 'stopped';
  }
  await CancellationScope.nonCancellable(() => analysis.endRepeat(repeatId, state));
  return { state, answered };
}

/** One repetition; one that failed for good is missing from the spread and stops no other. */
async function concluded(repeatId: string, n: number, times: number): Promise<boolean> {
  const summary = `Ask again, ${n} of ${times}`;
  try {
    await models.analyseAgain.executeWithOptions({ summary }, [{ repeatId, n }]);
    return true;
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    return false;
  }
}
