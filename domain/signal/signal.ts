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

/** Something that is known, with where it comes from and the market time since which anybody could know it. */
export interface Known<T> {
  readonly source: string;
  readonly knownAt: Instant;
  readonly value: T;
}

/** What the account holds of the instrument. */
export interface HeldPosition {
  /** Units, negative when short; `0` when flat. */
  readonly quantity: DecimalString;
  /** The price at which it counts, in quote currency; null when flat. */
  readonly mark: DecimalString | null;
}

/** A piece of news as its source has it: a stranger's text. */
export interface NewsItem {
  /** Where it is stored, for people who look it up: digits; absent for one that is not. */
  readonly ref?: string;
  readonly title: string;
  readonly text: string;
}

/** What an analyst that reads more than prices is shown. Nothing here is trusted to be in the past: see `knownBy`. */
export interface Surroundings {
  readonly description: string;
  /** Currency of every price. */
  readonly quoteAsset: string;
  readonly bars: readonly Known<Bar>[];
  readonly position: Known<HeldPosition>;
  readonly news: readonly Known<NewsItem>[];
}

/** What is asked of a `NewsFeed`. */
export interface NewsQuestion {
  /** Whose clock market time is of: on the real one, news counts from when we saw it. */
  readonly account: string;
  readonly instrument: InstrumentId;
  /** Market time. */
  readonly at: Instant;
  readonly count: number;
}

/** Where news of an instrument comes from; the newest first. */
export interface NewsFeed {
  /** The last `count` items that were known at market time `at`. */
  news(question: NewsQuestion): Promise<readonly Known<NewsItem>[]>;
}

/** What an analyst is shown: only what was known at `marketTime`. */
export interface AnalysisInput {
  readonly instrument: InstrumentId;
  readonly marketTime: Instant;
  /** Complete bars, oldest first; the last one closed before `marketTime`. */
  readonly bars: readonly Bar[];
  /** Given to analysts with `readsSurroundings`. */
  readonly surroundings?: Surroundings;
}

/** On whose behalf an analysis is made: what an analyst needs that stores or pays for what it does. */
export interface Occasion {
  readonly tradeId: string;
  /** Aborted when the answer is no longer wanted. */
  readonly abort: AbortSignal;
}

/** Where an analysis is kept that has more to say than its signal. No text of a model: those stay in its store. */
export interface AnalysisReference {
  readonly id: string;
  readonly model: string;
  readonly promptVersion: string;
  /** SHA-256 of the answer that the view comes from, hex; null when there is none. */
  readonly answerHash: string | null;
  /** Whether the model's training may have shown it what came after `marketTime`. */
  readonly hindsight: 'none' | 'possible' | 'unknown';
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
  /** Trading days for which the idea is meant; recorded, not acted on. */
  readonly horizonDays?: number;
  /** Where the idea is fulfilled, in quote currency; recorded, not acted on. */
  readonly targetPrice?: DecimalString;
  readonly analysis?: AnalysisReference;
}

/**
 * What an analyst concludes. Neutral says "no trade is better"; an abstention says "I cannot tell", with a code such
 * as `too_few_bars`. Neither is ever read as the other.
 */
export type Signal =
  | DirectionalView
  | { readonly kind: 'neutral'; readonly reasons: readonly string[]; readonly analysis?: AnalysisReference }
  | {
      readonly kind: 'abstained';
      readonly code: string;
      readonly reasons: readonly string[];
      readonly analysis?: AnalysisReference;
    };

/** A source of views; one folder and one registration per strategy. */
export interface Analyst {
  /** The strategy's name as users type it. */
  readonly name: string;
  /** What the strategy is and is not, in one sentence. */
  readonly description: string;
  /** Bars it wants, at least; fewer make it abstain. */
  readonly lookback: number;
  /** Whether it reads position and news beside the bars. */
  readonly readsSurroundings?: boolean;
  /** @param occasion given whenever a trade asks; who only computes needs none */
  analyse(input: AnalysisInput, occasion?: Occasion): Promise<Signal>;
}
