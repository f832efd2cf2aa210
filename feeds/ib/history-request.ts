import { EventName, MarketDataType, WhatToShow } from '@stoqey/ib';
import type { BarSizeSetting } from '@stoqey/ib';
import type { TwsConnection } from '../../brokers/ib/connection';
import type { IbContract } from '../../brokers/ib/contracts';
import { amountOf } from '../../brokers/ib/numbers';
import type { UncheckedCandle } from '../../domain/candle/candle-checks';
import { FeedError } from '../../domain/candle/feed';
import { parseDate, utcMidnight } from '../../domain/calendar/dates';
import type { EpochMillis, Millis } from '../../domain/clock/instant';
import { historyError, saysDelayed } from './history-rules';

/** A year of days takes TWS a while. */
const ANSWER: Millis = 45_000;
/** Whether prices are late is said at once, or not at all. */
const PROBE: Millis = 3_000;

/** One page as TWS is asked for it. */
export interface HistoryQuery {
  readonly end: EpochMillis;
  /** `365 D` and the like. */
  readonly duration: string;
  readonly size: BarSizeSetting;
}

/**
 * Asks for bars of trades: of a stock those in regular hours, of a future those in all hours of its trading day, and of one
 * that has expired too. @throws FeedError by what TWS said; LineDown */
export async function requestBars(
  connection: TwsConnection,
  request: number,
  { contract: traded, instrument }: IbContract,
  { duration, end, size }: HistoryQuery,
): Promise<readonly UncheckedCandle[]> {
  const isFuture = instrument.future !== undefined;
  const [contract, regular] = isFuture ? [{ ...traded, includeExpired: true }, 0] : [traded, 1];
  const bars: UncheckedCandle[] = [];
  const until = `${new Date(end).toISOString().slice(0, 10).replaceAll('-', '')}-${new Date(end).toISOString().slice(11, 19)}`;
  try {
    return await connection.ask<readonly UncheckedCandle[]>(
      'historical bars',
      ANSWER,
      (api) =>
        api.reqHistoricalData(...[request, contract, until, duration, size, WhatToShow.TRADES, regular, 2, false]),
      (resolve, reject) => {
        const onBar = (id: number, at: string, ...amounts: number[]): void => {
          if (id !== request) return;
          if (at.startsWith('finished')) resolve(bars);
          else bars.push(candleOf(at, amounts));
        };
        const stops = [
          connection.on(EventName.historicalData, onBar),
          connection.on(EventName.error, (error: Error, code: number, id: number) => {
            if (id !== request) return;
            const meaning = historyError(code, error.message);
            if (meaning === 'empty') resolve([]);
            else if (meaning !== 'remark') reject(meaning);
          }),
        ];
        return () => stops.forEach((stop) => stop());
      },
    );
  } catch (error) {
    // TWS would still work on it.
    if (!(error instanceof FeedError)) connection.send((api) => api.cancelHistoricalData(request));
    throw error;
  }
}

/** A day is named by its date and opens at midnight UTC, as all our daily candles do; any other bar by its second. */
function candleOf(at: string, [open, high, low, close, volume = 0]: readonly number[]): UncheckedCandle {
  const price = (value: number | undefined): string => amountOf(value) ?? '';
  const day = /^(\d{4})(\d{2})(\d{2})$/.exec(at);
  const openAt = day ? utcMidnight(parseDate(day.slice(1, 4).join('-'))) : Number(at) * 1_000;
  return {
    openAt,
    ...{ open: price(open), high: price(high), low: price(low), close: price(close) },
    // -1 says that there is none.
    volume: amountOf(Math.max(0, volume)) ?? '',
  };
}

/**
 * Whether the account sees this contract's prices late. A subscription that is ended at once tells; TWS that says nothing
 * of it counts as late, since nothing is lost by waiting.
 * @throws LineDown
 */
export async function probeDelay(
  connection: TwsConnection,
  request: number,
  { contract }: IbContract,
): Promise<boolean> {
  const stops: (() => void)[] = [];
  let timer: NodeJS.Timeout | undefined;
  const told = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(true), PROBE);
    stops.push(
      connection.on(EventName.marketDataType, (id: number, type: MarketDataType) => {
        if (id === request) resolve(type !== MarketDataType.REALTIME);
      }),
      connection.on(EventName.error, (_: Error, code: number, id: number) => {
        if (id === request && (saysDelayed(code) || code === NOT_SUBSCRIBED)) resolve(true);
      }),
    );
  });
  try {
    connection.send((api) => {
      api.reqMarketDataType(MarketDataType.DELAYED);
    });
    connection.send((api) => api.reqMktData(request, contract, '', false, false));
    return await told;
  } finally {
    clearTimeout(timer);
    stops.forEach((stop) => stop());
    connection.send((api) => api.cancelMktData(request));
  }
}

const NOT_SUBSCRIBED = 354;
