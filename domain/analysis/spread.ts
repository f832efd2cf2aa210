import type { Signal } from '../signal/signal';
import type { ModelAnswer } from './model-view';

/** One answer to a repeated question. */
export interface Repetition {
  readonly signal: Signal;
  /** What the model said, where it said something usable. */
  readonly answer: ModelAnswer | null;
}

/** Lowest, mean and highest value, and the standard deviation of the sample (n - 1); deviation 0 for a single value. */
export interface Range {
  readonly least: number;
  readonly mean: number;
  readonly most: number;
  readonly deviation: number;
}

/** How far the answers to one question lie apart. */
export interface Spread {
  readonly answers: number;
  readonly long: number;
  readonly short: number;
  readonly neutral: number;
  /** By code. */
  readonly abstained: Readonly<Record<string, number>>;
  /** Of the views, neutral ones included; null when there is none. */
  readonly direction: Range | null;
  readonly conviction: Range | null;
  readonly horizonDays: Range | null;
  /** Share of the answers that say the same as most of them, from 0 to 1; 0 without answers. */
  readonly agreement: number;
}

/** How far answers lie apart, whatever they are. */
export function spreadOf(repetitions: readonly Repetition[]): Spread {
  const views = repetitions.flatMap(({ answer, signal }) =>
    answer?.kind === 'view' && signal.kind !== 'abstained' ? [answer] : [],
  );
  const verdicts = repetitions.map(({ signal }) => verdict(signal));
  const count = (wanted: string): number => verdicts.filter((one) => one === wanted).length;
  const codes = repetitions.flatMap(({ signal }) => (signal.kind === 'abstained' ? [signal.code] : []));
  const largest = Math.max(0, ...verdicts.map(count));
  return {
    answers: repetitions.length,
    long: count('long'),
    short: count('short'),
    neutral: count('neutral'),
    abstained: Object.fromEntries(
      [...new Set(codes)].sort().map((code) => [code, codes.filter((c) => c === code).length]),
    ),
    direction: rangeOf(views.map(({ direction }) => direction)),
    conviction: rangeOf(views.map(({ conviction }) => conviction)),
    horizonDays: rangeOf(views.map(({ horizonDays }) => horizonDays)),
    agreement: repetitions.length === 0 ? 0 : largest / repetitions.length,
  };
}

function verdict(signal: Signal): string {
  return signal.kind === 'directional' ? signal.direction : signal.kind;
}

function rangeOf(values: readonly number[]): Range | null {
  if (values.length === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    least: Math.min(...values),
    mean,
    most: Math.max(...values),
    deviation: values.length === 1 ? 0 : Math.sqrt(squares / (values.length - 1)),
  };
}
