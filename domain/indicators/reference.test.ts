import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ema, sma } from './averages';
import { doji, engulfing, hammer, morningStar } from './candles';
import { directionalMovement } from './directional';
import { macd } from './macd';
import { rateOfChange, rsi } from './momentum';
import { cci, stochastic, williamsR } from './oscillators';
import { parabolicSar } from './parabolic';
import type { PriceSeries } from './series';
import { priceSeries } from './series';
import { atr, bollinger, natr } from './volatility';
import { accumulation, chaikin, mfi, obv } from './volume';

const root = join(__dirname, '../..');

// Source: TA-Lib 0.8.1 on US500, 2018-01-02 to 2019-12-31 (tests/fixtures/README.md).
interface Reference {
  readonly dates: readonly string[];
  readonly outputs: Readonly<Record<string, readonly (number | null)[]>>;
}
const reference = JSON.parse(
  readFileSync(join(root, 'tests/fixtures/indicators/us500-2019.json'), 'utf8'),
) as Reference;

const bars = readFileSync(join(root, 'data/us500-daily.csv'), 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => line.split(','))
  .filter(([date = '']) => date >= '2018-01-02' && date <= '2019-12-31')
  .map(([date = '', ...numbers]) => {
    const [open = 0, high = 0, low = 0, close = 0, volume = 0] = numbers.map(Number);
    return { date, open, high, low, close, volume };
  });
const series = priceSeries(bars);

type Compute = (prices: PriceSeries) => Float64Array;
const ours: Readonly<Record<string, Compute>> = {
  RSI_14: ({ close }) => rsi(close, 14),
  RSI_28: ({ close }) => rsi(close, 28),
  STOCH_K_14_3_3: (prices) => stochastic(prices, 14, 3, 3).k,
  STOCH_D_14_3_3: (prices) => stochastic(prices, 14, 3, 3).d,
  CCI_20: (prices) => cci(prices, 20),
  ROC_10: ({ close }) => rateOfChange(close, 10),
  WILLR_14: (prices) => williamsR(prices, 14),
  SMA_20: ({ close }) => sma(close, 20),
  SMA_50: ({ close }) => sma(close, 50),
  SMA_200: ({ close }) => sma(close, 200),
  EMA_12: ({ close }) => ema(close, 12),
  EMA_26: ({ close }) => ema(close, 26),
  MACD_12_26_9: ({ close }) => macd(close, 12, 26, 9).line,
  MACD_SIGNAL_12_26_9: ({ close }) => macd(close, 12, 26, 9).signal,
  MACD_HIST_12_26_9: ({ close }) => macd(close, 12, 26, 9).histogram,
  BBANDS_UPPER_20_2: ({ close }) => bollinger(close, 20, 2).upper,
  BBANDS_MIDDLE_20_2: ({ close }) => bollinger(close, 20, 2).middle,
  BBANDS_LOWER_20_2: ({ close }) => bollinger(close, 20, 2).lower,
  ATR_14: (prices) => atr(prices, 14),
  NATR_14: (prices) => natr(prices, 14),
  OBV: (prices) => obv(prices),
  AD: (prices) => accumulation(prices),
  ADOSC_3_10: (prices) => chaikin(prices, 3, 10),
  ADX_14: (prices) => directionalMovement(prices, 14).adx,
  PLUS_DI_14: (prices) => directionalMovement(prices, 14).plus,
  MINUS_DI_14: (prices) => directionalMovement(prices, 14).minus,
  MFI_14: (prices) => mfi(prices, 14),
  'SAR_0.02_0.2': (prices) => parabolicSar(prices, 0.02, 0.2),
  CDLDOJI: (prices) => doji(prices),
  CDLHAMMER: (prices) => hammer(prices),
  CDLENGULFING: (prices) => engulfing(prices),
  'CDLMORNINGSTAR_0.3': (prices) => morningStar(prices, 0.3),
};

/** The first `count` bars alone, as if the others had not happened yet. */
function before(count: number): PriceSeries {
  return priceSeries(bars.slice(0, count));
}

it('the reference has the bars and the outputs that are compared', () => {
  expect(bars.map(({ date }) => date)).toEqual(reference.dates);
  expect(Object.keys(ours).sort()).toEqual(Object.keys(reference.outputs).sort());
});

describe.each(Object.entries(ours))('%s', (name, compute) => {
  const expected = reference.outputs[name] ?? [];
  const result = compute(series);

  it('has its first value where TA-Lib has it, and one on every later bar', () => {
    expect(Array.from(result, Number.isNaN)).toEqual(expected.map((value) => value === null));
  });

  it('has the values of TA-Lib', () => {
    const scale = name.startsWith('CDL') ? 0 : Math.max(...expected.map((value) => Math.abs(value ?? 0)));
    const wrong = expected.flatMap((value, i) => {
      const difference = value === null ? 0 : Math.abs((result[i] ?? Number.NaN) - value);
      return difference <= 1e-9 * scale ? [] : [{ date: reference.dates[i], value, ours: result[i] }];
    });
    expect(wrong).toEqual([]);
  });

  it('does not look ahead: later bars never change an earlier value', () => {
    for (const count of [0, 1, 2, 40, 250, 402]) expect(compute(before(count))).toEqual(result.slice(0, count));
  });
});
