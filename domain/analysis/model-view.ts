import { ceilTo, dec, Decimal, floorTo, text } from '../money/decimal';
import type { DecimalString } from '../money/decimal';
import type { Direction, Signal } from '../signal/signal';
import { abstain } from './abstention';
import { evidenceIds, indicator } from './analysis-data';
import type { AnalysisData } from './analysis-data';

/** A view in a model's words, after its form was checked. It is data for sizing and nothing else. */
export interface ModelView {
  readonly kind: 'view';
  /** From -1 (falls) to 1 (rises). */
  readonly direction: number;
  /** From 0 to 1. */
  readonly conviction: number;
  /** Trading days. */
  readonly horizonDays: number;
  /** Suggestions, in quote currency. */
  readonly stopPrice: DecimalString | null;
  readonly targetPrice: DecimalString | null;
  readonly reasons: readonly { readonly text: string; readonly evidence: readonly string[] }[];
}

/** The model says that it cannot tell. */
export interface ModelAbstention {
  readonly kind: 'abstention';
  readonly reason: string;
}

export type ModelAnswer = ModelView | ModelAbstention;

/** A view nearer to 0 than this has no direction. */
const LEAST_DIRECTION = 0.1;
/** How far from the last close a stop may be, in average true ranges of 14 bars, and where it is without a suggestion. */
const STOP_RANGES = { nearest: 1, usual: 2, farthest: 4 } as const;
const STOP_STEP = dec('0.01');

/**
 * The signal of a model's answer: the only way from its words to a trade. Its sentences are ours and quote nothing but
 * numbers, since a signal goes to places where no stranger's text belongs. A stop on the winning side is ignored, one
 * too near or too far is moved, so that no suggestion makes a trade larger than one at the nearest stop allowed.
 *
 * Abstains with `model_abstained`, `unknown_evidence` or, where prices leave no room for a stop, `flat_prices`.
 */
export function signalOf(answer: ModelAnswer, data: AnalysisData): Signal {
  if (answer.kind === 'abstention') return abstain('model_abstained');
  const known = evidenceIds(data);
  const strange = answer.reasons.flatMap(({ evidence }) => evidence).filter((id) => !known.has(id));
  if (strange.length > 0)
    return abstain('unknown_evidence', `${strange.length} of its evidence ids are not in the input.`);
  const figures = `direction ${answer.direction.toFixed(2)}, conviction ${answer.conviction.toFixed(2)}, for ${answer.horizonDays} trading days, with ${answer.reasons.length} reasons`;
  if (Math.abs(answer.direction) < LEAST_DIRECTION)
    return { kind: 'neutral', reasons: [`The model sees no direction: ${figures}.`] };
  const direction: Direction = answer.direction > 0 ? 'long' : 'short';
  const stop = stopOf(direction, answer.stopPrice, data);
  if (stop === undefined) return abstain('flat_prices');
  const target = targetOf(direction, answer.targetPrice, data);
  return {
    kind: 'directional',
    direction,
    conviction: answer.conviction,
    stopPrice: stop.price,
    horizonDays: answer.horizonDays,
    ...(target === undefined ? {} : { targetPrice: target }),
    reasons: [`The model sees a ${direction === 'long' ? 'rise' : 'fall'}: ${figures}.`, stop.reason],
  };
}

/** The stop that code allows for a suggestion, in whole cents, and why it is there; undefined where none fits. */
function stopOf(
  direction: Direction,
  suggested: DecimalString | null,
  data: AnalysisData,
): { readonly price: DecimalString; readonly reason: string } | undefined {
  const close = dec(indicator(data, 'close'));
  const range = dec(indicator(data, 'atr_14'));
  // Positive on the losing side.
  const distance =
    suggested === null ? undefined : direction === 'long' ? close.minus(suggested) : dec(suggested).minus(close);
  const usable = distance?.gt(0) === true ? distance : undefined;
  const bounded = Decimal.min(
    Decimal.max(usable ?? range.mul(STOP_RANGES.usual), range.mul(STOP_RANGES.nearest)),
    range.mul(STOP_RANGES.farthest),
  );
  const price =
    direction === 'long'
      ? ceilTo(Decimal.max(close.minus(bounded), 0), STOP_STEP)
      : floorTo(close.plus(bounded), STOP_STEP);
  if (price.lte(0) || price.eq(close) || price.lt(close) !== (direction === 'long')) return undefined;
  const stop = text(price);
  const allowed = `code allows ${STOP_RANGES.nearest} to ${STOP_RANGES.farthest} average true ranges (${range.toFixed(2)} each) from the close ${close.toFixed(2)}`;
  if (usable === undefined) {
    const why = suggested === null ? 'It suggests no stop' : 'Its stop is not on the losing side';
    return { price: stop, reason: `${why}: ${stop} is ${STOP_RANGES.usual} average true ranges from the close.` };
  }
  const moved = !bounded.eq(usable);
  return {
    price: stop,
    reason: moved ? `Its stop was moved to ${stop}: ${allowed}.` : `Its stop ${stop} stands: ${allowed}.`,
  };
}

/** A target on the winning side of the close. */
function targetOf(
  direction: Direction,
  suggested: DecimalString | null,
  data: AnalysisData,
): DecimalString | undefined {
  if (suggested === null) return undefined;
  const gain = dec(suggested).minus(indicator(data, 'close'));
  return gain.isZero() || gain.gt(0) !== (direction === 'long') ? undefined : suggested;
}
