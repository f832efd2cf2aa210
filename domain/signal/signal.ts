import type { DecimalString } from '../money/decimal';
import type { InstrumentId } from '../instrument/instrument';
import type { Instant } from '../clock/instant';

/** One bar of prices; research arrays use numbers, orders never do. */
export interface Bar {
  /** Trading day of a daily bar, `YYYY-MM-DD`. */
  readonly date: string;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  /** As the source reports it; 0 is "missing". */
  readonly volume: number;
}

/** What an analyst is shown: only what was known at `marketTime`. */
export interface AnalysisInput {
  readonly instrument: InstrumentId;
  readonly marketTime: Instant;
  /** Complete bars, oldest first; the last one closed before `marketTime`. */
  readonly bars: readonly Bar[];
}

export type Direction = 'long' | 'short';

/** A view with a direction. It is advice: sizes, limits and orders are code's business. */
export interface DirectionalView {
  readonly kind: 'directional';
  readonly direction: Direction;
  /** From 0 (none) to 1 (certain). */
  readonly conviction: number;
  /** Where the idea is proved wrong, in quote currency. */
  readonly stopPrice: DecimalString;
  /** Plain sentences, most important first. */
  readonly reasons: readonly string[];
}

/**
 * What an analyst concludes. Neutral says "no trade is better"; an abstention says "I cannot tell", with a code such
 * as `too_few_bars`. Neither is ever read as the other.
 */
export type Signal =
  | DirectionalView
  | { readonly kind: 'neutral'; readonly reasons: readonly string[] }
  | { readonly kind: 'abstained'; readonly code: string; readonly reasons: readonly string[] };

/** A source of views; one folder and one registration per strategy. */
export interface Analyst {
  /** The strategy's name as users type it. */
  readonly name: string;
  /** What the strategy is and is not, in one sentence. */
  readonly description: string;
  /** Bars it wants, at least; fewer make it abstain. */
  readonly lookback: number;
  analyse(input: AnalysisInput): Promise<Signal>;
}
