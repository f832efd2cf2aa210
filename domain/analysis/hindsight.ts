import { millisOf } from '../clock/instant';
import type { Instant } from '../clock/instant';
import type { AnalysisReference } from '../signal/signal';

/** Day up to which a model's training data reaches, `YYYY-MM-DD`; undefined when nobody says. */
export type TrainingCutoff = string | undefined;

const DAY = 86_400_000;

/**
 * Whether a model may know what came after `marketTime`: possible when its training reaches to that day or beyond. A
 * view with hindsight proves nothing about the strategy, however good it looks.
 */
export function hindsightOf(cutoff: TrainingCutoff, marketTime: Instant): AnalysisReference['hindsight'] {
  if (cutoff === undefined) return 'unknown';
  return millisOf(`${cutoff}T00:00:00Z`) + DAY > millisOf(marketTime) ? 'possible' : 'none';
}

/** The sentence that goes with a view; undefined when there is nothing to warn of. */
export function hindsightWarning(
  hindsight: AnalysisReference['hindsight'],
  cutoff: TrainingCutoff,
  marketTime: Instant,
): string | undefined {
  const day = marketTime.slice(0, 10);
  switch (hindsight) {
    case 'none':
      return undefined;
    case 'possible':
      return `Hindsight is possible: the model's training reaches to ${cutoff ?? 'an unknown day'}, market time is ${day}.`;
    case 'unknown':
      return `Hindsight cannot be excluded: nobody says to which day the model's training reaches, market time is ${day}.`;
  }
}
