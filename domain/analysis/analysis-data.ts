import { millisOf } from '../clock/instant';
import type { Instant } from '../clock/instant';
import type { InstrumentId } from '../instrument/instrument';
import type { DecimalString } from '../money/decimal';
import { findBarFault } from '../signal/bar-checks';
import type { AnalysisInput, Bar, Known, Signal, Surroundings } from '../signal/signal';
import { abstain } from './abstention';
import { indicatorTable } from './indicator-table';
import type { IndicatorRow } from './indicator-table';
import { plainText } from './plain-text';
import { SHOWN_NEWS, shownNews, withinBudget } from './shown-news';
import type { ShownNews } from './shown-news';

/** Bars that the indicators are computed from: as many as the technical rules read. */
export const ANALYSIS_BARS = 250;
/** Bars that the model sees one by one. */
const SHOWN_BARS = 40;
/** Longest texts, in characters. */
const LIMITS = { source: 60, description: 300 } as const;
/** Bars without any movement after which there is no range to measure a stop by. */
const STILL_BARS = 14;

/** One piece of evidence: what a reason may cite by its id. */
export interface Evidence {
  readonly id: string;
  readonly source: string;
  readonly knownAt: Instant;
}

export interface ShownBar extends Evidence {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}
export type ShownIndicator = Evidence & IndicatorRow;
export interface ShownPosition extends Evidence {
  readonly quantity: DecimalString;
  readonly mark: DecimalString | null;
}

/**
 * Everything that a model is shown, as plain JSON: it is stored before the first call, so that each retry, restart and
 * repeat of the analysis asks the same question. Prices in quote currency.
 */
export interface AnalysisData {
  readonly instrument: { readonly id: InstrumentId; readonly description: string; readonly quoteAsset: string };
  readonly marketTime: Instant;
  readonly bars: readonly ShownBar[];
  readonly indicators: readonly ShownIndicator[];
  readonly position: ShownPosition;
  readonly news: readonly ShownNews[];
}

/** The question, or why there is none. */
export type Question =
  | {
      readonly kind: 'question';
      readonly data: AnalysisData;
      /** Pieces that were left out because they were not known yet at market time. */
      readonly withheld: number;
    }
  | { readonly kind: 'abstained'; readonly signal: Extract<Signal, { kind: 'abstained' }> };

/** The pieces that were known at a market time, in their order. What is known later never passes, whoever sent it. */
export function knownBy<T>(marketTime: Instant, pieces: readonly Known<T>[]): readonly Known<T>[] {
  const now = millisOf(marketTime);
  return pieces.filter(({ knownAt }) => millisOf(knownAt) <= now);
}

/**
 * What is asked of a model: only pieces that were known at market time, texts cut and cleaned, and indicators computed
 * from the known bars alone. Abstains with `too_few_bars`, `bad_bars` or `flat_prices`.
 */
export function questionOf(input: AnalysisInput): Question {
  const { instrument, marketTime, surroundings } = input;
  if (surroundings === undefined) throw new Error('an analysis by a model needs its surroundings');
  const known = knownBy(marketTime, surroundings.bars).slice(-ANALYSIS_BARS);
  const bars = known.map(({ value }) => value);
  if (bars.length < ANALYSIS_BARS)
    return no(abstain('too_few_bars', `${bars.length} bars are known and ${ANALYSIS_BARS} are needed.`));
  const fault = findBarFault(bars, marketTime);
  if (fault) return no(abstain('bad_bars', fault.reason));
  if (isStill(bars.slice(-STILL_BARS))) return no(abstain('flat_prices'));
  const news = knownBy(marketTime, surroundings.news);
  const data: AnalysisData = {
    instrument: {
      id: instrument,
      description: plainText(surroundings.description, LIMITS.description),
      quoteAsset: surroundings.quoteAsset,
    },
    marketTime,
    bars: known.slice(-SHOWN_BARS).map(shownBar),
    indicators: shownIndicators(known),
    position: shownPosition(marketTime, surroundings),
    news: withinBudget(
      news
        .slice(0, SHOWN_NEWS)
        .map((item, index) => shownNews(evidence(`news:${item.value.ref ?? index + 1}`, item), item)),
    ),
  };
  const all = surroundings.bars.length + surroundings.news.length;
  const late = all - knownBy(marketTime, surroundings.bars).length - news.length;
  return { kind: 'question', data, withheld: late };
}

/** Every id that a reason may cite. */
export function evidenceIds(data: AnalysisData): ReadonlySet<string> {
  return new Set([...data.bars, ...data.indicators, data.position, ...data.news].map(({ id }) => id));
}

/** The value of an indicator by its name. @throws when the table has none of that name. */
export function indicator(data: AnalysisData, name: string): number {
  const row = data.indicators.find((one) => one.name === name);
  if (row === undefined) throw new Error(`the table of indicators has no ${name}`);
  return row.value;
}

function no(signal: Extract<Signal, { kind: 'abstained' }>): Question {
  return { kind: 'abstained', signal };
}

function isStill(bars: readonly Bar[]): boolean {
  return Math.max(...bars.map(({ high }) => high)) === Math.min(...bars.map(({ low }) => low));
}

function evidence(id: string, { source, knownAt }: Known<unknown>): Evidence {
  return { id, source: plainText(source, LIMITS.source), knownAt };
}

function shownBar(bar: Known<Bar>): ShownBar {
  const { date, open, high, low, close, volume } = bar.value;
  return { ...evidence(`bar:${date}`, bar), open, high, low, close, volume };
}

/** An indicator is known since its last bar is. */
function shownIndicators(bars: readonly Known<Bar>[]): readonly ShownIndicator[] {
  const last = bars.at(-1);
  if (last === undefined) return [];
  const computed = { ...last, source: `computed from ${bars.length} bars` };
  return indicatorTable(bars.map(({ value }) => value)).map((row) => ({
    ...evidence(`indicator:${row.name}`, computed),
    ...row,
  }));
}

/** A position of later than market time would be a fault of ours; it counts as not known. */
function shownPosition(marketTime: Instant, { position }: Surroundings): ShownPosition {
  const [known] = knownBy(marketTime, [position]);
  if (known === undefined) throw new Error('the position was read after market time');
  return { ...evidence('position', known), quantity: known.value.quantity, mark: known.value.mark };
}
