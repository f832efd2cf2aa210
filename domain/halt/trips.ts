import { dec, Decimal, text } from '../money/decimal';
import type { DecimalString } from '../money/decimal';
import type { Millis } from '../clock/instant';
import type { HaltMode } from './halt';

/** Every automatic trip. */
export const TRIPS = [
  'daily-loss',
  'drawdown',
  'order-failures',
  'slippage',
  'var',
  'leverage',
  'concentration',
  'venue-rejections',
  'unknown-orders',
  'reconciliation',
  'stale-prices',
  'clock-skew',
  'venue-disconnected',
  'model-budget',
] as const;
export type Trip = (typeof TRIPS)[number];

/**
 * What is known of one account at one moment; a member that is missing has no source here. Amounts in account currency,
 * ratios are fractions of 1, times are real milliseconds.
 */
export interface AccountEvidence {
  readonly account: string;
  /** The trading day by market time, `YYYY-MM-DD`. */
  readonly day: string;
  readonly equity?: DecimalString;
  /** The highest equity that was ever seen. */
  readonly peakEquity?: DecimalString;
  /** What today made, realised and open; negative is a loss. */
  readonly profitToday?: DecimalString;
  /** The loss of a day at which the policy lets no trade in. */
  readonly maxDailyLoss?: DecimalString;
  /** Sum of the notionals of all positions. */
  readonly gross?: DecimalString;
  /** The largest notional in one instrument. */
  readonly largest?: DecimalString;
  /** Value at risk at 95 % over a day, as a fraction of the equity. */
  readonly valueAtRisk?: DecimalString;
  /** Attempts of the last five minutes, and those that the venue rejected or left unanswered. */
  readonly attempts?: { readonly all: number; readonly failed: number };
  /** Mean cost of the last five minutes' entry fills against their reference price in basis points, and their number. */
  readonly slippage?: { readonly meanBps: DecimalString; readonly fills: number };
  /** Orders that the venue rejected in a row, up to now. */
  readonly rejectedInARow?: number;
  /** Age of the oldest order in doubt; 0 without one. */
  readonly oldestUnknown?: Millis;
  /** Trades whose books differ from the venue's, and open differences of the account that are nobody else's trading. */
  readonly mismatches?: number;
  /** Market time by which the mark of a held instrument is older than its feed allows, in an open session; 0 when none is. */
  readonly staleBy?: Millis;
  /** Difference between this process's clock and the database's. */
  readonly clockSkew?: Millis;
  /** Since the venue last answered, while one of its markets is open; 0 in closed hours. */
  readonly silentFor?: Millis;
  /** Share of the language models' budget of the day that is spent. */
  readonly modelBudget?: DecimalString;
}

/** What a trip looks at: the number, and the number from which on it is too much. */
export interface TripReading {
  readonly value: DecimalString;
  readonly limit: DecimalString;
  readonly breached: boolean;
  /** What ends a reading that has tripped: the day, for one of a day; empty for one that ends when it is in order again. */
  readonly window: string;
}

/** How a trip is set. */
export interface TripRule {
  readonly enabled: boolean;
  /** In the unit of its reading; null takes the limit of the account's policy. */
  readonly limit: DecimalString | null;
  /** Real time over which the reading must be too much without a break. */
  readonly forMs: Millis;
  readonly mode: HaltMode;
  readonly flatten: boolean;
}

export type TripRules = Readonly<Record<Trip, TripRule>>;

const rule = (limit: string | null, forSeconds: number): TripRule => ({
  enabled: true,
  limit: limit === null ? null : text(dec(limit)),
  forMs: forSeconds * 1_000,
  mode: 'reduce-only',
  flatten: false,
});

/** Fractions of 1, basis points for slippage, seconds for times, counts for orders. */
export const DEFAULT_TRIP_RULES: TripRules = {
  'daily-loss': rule(null, 0),
  drawdown: rule('0.2', 0),
  'order-failures': rule('0.1', 120),
  slippage: rule('50', 300),
  var: rule('0.05', 60),
  leverage: rule('3', 60),
  concentration: rule('0.25', 120),
  'venue-rejections': rule('5', 0),
  'unknown-orders': rule('300', 0),
  reconciliation: rule('0', 0),
  'stale-prices': rule('60', 60),
  'clock-skew': rule('1', 60),
  'venue-disconnected': rule('60', 0),
  // Below 1: the last call that would not fit is refused, and nothing is ever spent above the budget.
  'model-budget': rule('0.95', 0),
};

/** Fewer attempts or fills than this say nothing about a rate or a mean. */
const ENOUGH = 10;

type Reader = (evidence: AccountEvidence, limit: DecimalString) => TripReading | undefined;

const over = (value: Decimal | number, limit: DecimalString, window = ''): TripReading => ({
  value: text(dec(value)),
  limit,
  breached: dec(value).gt(limit),
  window,
});

const ratio = (part: DecimalString | undefined, whole: DecimalString | undefined): Decimal | undefined =>
  part === undefined || whole === undefined || dec(whole).lte(0) ? undefined : dec(part).div(whole);

const secondsOver =
  (of: (evidence: AccountEvidence) => Millis | undefined): Reader =>
  (evidence, limit) => {
    const ms = of(evidence);
    return ms === undefined ? undefined : over(new Decimal(ms).div(1_000), limit);
  };

const ratioOver =
  (of: (evidence: AccountEvidence) => Decimal | undefined): Reader =>
  (evidence, limit) => {
    const value = of(evidence);
    return value === undefined ? undefined : over(value, limit);
  };

/** The readings by trip; undefined where the evidence has no source for it. */
const READERS: Readonly<Record<Trip, Reader>> = {
  // Losses only: a day's profit is no reason to stop. At the limit counts.
  'daily-loss': ({ profitToday, day }, limit) => {
    if (profitToday === undefined) return undefined;
    const loss = Decimal.max(0, dec(profitToday).neg());
    return { ...over(loss, limit, day), breached: loss.gt(0) && loss.gte(limit) };
  },
  drawdown: ({ equity, peakEquity }, limit) => {
    const left = ratio(equity, peakEquity);
    // A new peak begins a new window.
    return left === undefined ? undefined : over(new Decimal(1).sub(left), limit, peakEquity ?? '');
  },
  'order-failures': ({ attempts }, limit) => {
    if (attempts === undefined) return undefined;
    const share = attempts.all < ENOUGH ? new Decimal(0) : new Decimal(attempts.failed).div(attempts.all);
    return over(share, limit);
  },
  slippage: ({ slippage }, limit) =>
    slippage === undefined ? undefined : over(slippage.fills < ENOUGH ? 0 : dec(slippage.meanBps), limit),
  var: ratioOver(({ valueAtRisk }) => (valueAtRisk === undefined ? undefined : dec(valueAtRisk))),
  leverage: ratioOver(({ gross, equity }) => ratio(gross, equity)),
  concentration: ratioOver(({ largest, equity }) => ratio(largest, equity)),
  'venue-rejections': ({ rejectedInARow }, limit) =>
    rejectedInARow === undefined
      ? undefined
      : { ...over(rejectedInARow, limit), breached: dec(rejectedInARow).gte(limit) },
  'unknown-orders': secondsOver(({ oldestUnknown }) => oldestUnknown),
  reconciliation: ({ mismatches }, limit) => (mismatches === undefined ? undefined : over(mismatches, limit)),
  'stale-prices': secondsOver(({ staleBy }) => staleBy),
  'clock-skew': secondsOver(({ clockSkew }) => (clockSkew === undefined ? undefined : Math.abs(clockSkew))),
  'venue-disconnected': secondsOver(({ silentFor }) => silentFor),
  'model-budget': ratioOver(({ modelBudget }) => (modelBudget === undefined ? undefined : dec(modelBudget))),
};

/** Reads one trip from the evidence; undefined when nothing here is a source for it. */
export function readTrip(trip: Trip, evidence: AccountEvidence, { limit }: TripRule): TripReading | undefined {
  const applied = limit ?? (trip === 'daily-loss' ? evidence.maxDailyLoss : undefined);
  return applied === undefined ? undefined : READERS[trip](evidence, applied);
}

/** What a trip remembers of an account between two looks. Real milliseconds. */
export interface TripState {
  /** Since when its reading has been too much without a break. */
  readonly since: Millis | null;
  /** What it has halted for; kept until the reading is in order again, or its window ends. */
  readonly fired: { readonly value: DecimalString; readonly window: string } | null;
}

export const CALM: TripState = { since: null, fired: null };

/**
 * One look. It trips when the reading was too much for long enough, and not again for the same: only a worse reading,
 * or one of a new window, halts once more after a release.
 */
export function lookAtTrip(
  state: TripState,
  reading: TripReading,
  { forMs }: TripRule,
  now: Millis,
): { readonly state: TripState; readonly trips: boolean } {
  const { fired } = state;
  const sameWindow = fired !== null && fired.window === reading.window;
  // One without a window ends as soon as it is in order again.
  const kept = sameWindow && (reading.breached || reading.window !== '') ? fired : null;
  if (!reading.breached) return { state: { since: null, fired: kept }, trips: false };
  const since = state.since ?? now;
  const worse = kept === null || dec(reading.value).gt(kept.value);
  if (now - since < forMs || !worse) return { state: { since, fired: kept }, trips: false };
  return { state: { since, fired: { value: reading.value, window: reading.window } }, trips: true };
}

/** Why a trip halted, as its halt's reason. */
export function tripReason(trip: Trip, { value, limit }: TripReading): string {
  return `${trip}: ${shown(value)} against a limit of ${shown(limit)}`;
}

function shown(value: DecimalString): string {
  return dec(value).toDecimalPlaces(6).toFixed();
}
