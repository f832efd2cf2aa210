import { ceilTo, dec, floorTo, text } from '../money/decimal';
import type { DecimalString } from '../money/decimal';
import type { Direction, Signal } from './signal';

/** What the rules look at, as of the last bar; prices in quote currency. */
export interface TechnicalReading {
  readonly close: number;
  /** Simple averages of the last 50 and 200 closes. */
  readonly sma50: number;
  readonly sma200: number;
  /** Exponential average of 20 closes, now and five bars before. */
  readonly ema20: number;
  readonly ema20Before: number;
  /** Wilder's indicators over 14 bars: strength of rises (0 to 100), of the trend, and of rises and falls alone. */
  readonly rsi: number;
  readonly adx: number;
  readonly plusDi: number;
  readonly minusDi: number;
  /** Average true range over 14 bars. */
  readonly atr: number;
}

/** Below this average directional index there is no trend to follow (Wilder 1978 uses 20 to 25). */
const WEAK_TREND = 20;
/** From here on the index of trend strength adds no more conviction. */
const STRONG_TREND = 40;
/** Relative strength from which a rise is exhausted; 100 less this for a fall (Wilder 1978). */
const OVERBOUGHT = 70;
/** Relative strength in the middle of its range: from here on a move has full room. */
const BALANCED = 50;
/** Distance of the stop from the close, in average true ranges. */
const STOP_RANGES = 2;
const STOP_STEP = dec('0.01');

/** One rule's opinion; none when its two figures are equal. */
interface Opinion {
  readonly direction: Direction | undefined;
  readonly reason: string;
}

function compare(subject: string, value: number, object: string, other: number): Opinion {
  const figures = (word: string): string =>
    `${subject} (${value.toFixed(2)}) is ${word} ${object} (${other.toFixed(2)}).`;
  if (value > other) return { direction: 'long', reason: figures('above') };
  if (value < other) return { direction: 'short', reason: figures('below') };
  return { direction: undefined, reason: figures('equal to') };
}

function opinions(reading: TechnicalReading): readonly Opinion[] {
  return [
    compare('The 50-day average', reading.sma50, 'the 200-day average', reading.sma200),
    compare('The close', reading.close, 'the 50-day average', reading.sma50),
    compare('The 20-day exponential average', reading.ema20, 'its value five days before', reading.ema20Before),
    compare('The strength of rises, +DI', reading.plusDi, 'that of falls, -DI', reading.minusDi),
  ];
}

/** 0 at `from`, 1 at `to`, in proportion between them. */
function share(value: number, from: number, to: number): number {
  return Math.min(Math.max((value - from) / (to - from), 0), 1);
}

/** The RSI as the direction sees it: high means that its move is exhausted. */
function exhaustion({ rsi }: TechnicalReading, direction: Direction): number {
  return direction === 'long' ? rsi : 100 - rsi;
}

/**
 * From 0.5 (all rules agree, barely) to 1: a quarter grows with the strength of the trend, a quarter with its room until
 * exhaustion. An ordering of views, not a probability.
 */
function conviction(reading: TechnicalReading, direction: Direction): number {
  const strength = share(reading.adx, WEAK_TREND, STRONG_TREND);
  const room = share(exhaustion(reading, direction), OVERBOUGHT, BALANCED);
  return Math.round((0.5 + 0.25 * strength + 0.25 * room) * 100) / 100;
}

/**
 * Two average true ranges from the close, rounded to 0.01 towards it, so that the loss is never larger than the figure
 * says. Undefined when that leaves no price above 0 on the losing side of the close.
 */
function stopPrice({ close, atr }: TechnicalReading, direction: Direction): DecimalString | undefined {
  const distance = dec(atr).mul(STOP_RANGES);
  const exact = direction === 'long' ? dec(close).minus(distance) : dec(close).plus(distance);
  if (!exact.isPositive()) return undefined;
  const stop = direction === 'long' ? ceilTo(exact, STOP_STEP) : floorTo(exact, STOP_STEP);
  const protects = direction === 'long' ? stop.lt(close) : stop.gt(close);
  return protects && stop.gt(0) ? text(stop) : undefined;
}

function gate(reading: TechnicalReading, direction: Direction): string | undefined {
  const { adx, rsi } = reading;
  if (adx < WEAK_TREND) return `The trend is weak: ADX ${adx.toFixed(1)} is below ${WEAK_TREND}.`;
  if (exhaustion(reading, direction) < OVERBOUGHT) return undefined;
  return direction === 'long'
    ? `The rise is exhausted: RSI ${rsi.toFixed(1)} is not below ${OVERBOUGHT}.`
    : `The fall is exhausted: RSI ${rsi.toFixed(1)} is not above ${100 - OVERBOUGHT}.`;
}

/**
 * The view that follows from a reading. Four rules (averages, price, slope, directional movement) must all name one
 * direction; the trend must have strength (ADX of at least 20) and must not be exhausted (RSI below 70 for a rise, above
 * 30 for a fall). Otherwise the view is neutral. It abstains with `no_stop_price` where no stop can be named.
 */
export function judge(reading: TechnicalReading): Signal {
  const all = opinions(reading);
  const reasons = all.map(({ reason }) => reason);
  const direction = all[0]?.direction;
  if (direction === undefined || all.some((opinion) => opinion.direction !== direction)) {
    const ups = all.filter((opinion) => opinion.direction === 'long').length;
    const downs = all.filter((opinion) => opinion.direction === 'short').length;
    return { kind: 'neutral', reasons: [`The rules disagree: ${ups} for a rise, ${downs} for a fall.`, ...reasons] };
  }
  const objection = gate(reading, direction);
  if (objection !== undefined) return { kind: 'neutral', reasons: [objection, ...reasons] };
  const stop = stopPrice(reading, direction);
  const { close, atr, adx, rsi } = reading;
  if (stop === undefined) {
    const reason = `Two average true ranges (${atr}) from the close ${close} leave no stop price in steps of 0.01.`;
    return { kind: 'abstained', code: 'no_stop_price', reasons: [reason] };
  }
  return {
    kind: 'directional',
    direction,
    conviction: conviction(reading, direction),
    stopPrice: stop,
    reasons: [
      ...reasons,
      `The trend has strength: ADX ${adx.toFixed(1)} is at least ${WEAK_TREND}, and RSI ${rsi.toFixed(1)} leaves it room.`,
      `The stop ${stop} is ${STOP_RANGES} average true ranges (${atr.toFixed(2)} each) from the close ${close.toFixed(2)}.`,
    ],
  };
}
