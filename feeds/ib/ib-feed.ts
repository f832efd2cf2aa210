import { createHash } from 'node:crypto';
import { Catalogue } from '../../brokers/ib/catalogue';
import type { TwsConnection } from '../../brokers/ib/connection';
import { UnusableContract } from '../../brokers/ib/contracts';
import type { ContractSpec, IbContract } from '../../brokers/ib/contracts';
import type { CalendarId } from '../../domain/calendar/calendar';
import type { UncheckedCandle } from '../../domain/candle/candle-checks';
import { FeedError, pageSizeOf } from '../../domain/candle/feed';
import type { CandleFeed, CandleRequest } from '../../domain/candle/feed';
import type { PacedRequest } from '../../domain/candle/pacing';
import type { Series } from '../../domain/candle/series';
import { lengthOf, TIMEFRAMES } from '../../domain/candle/timeframe';
import type { Timeframe } from '../../domain/candle/timeframe';
import type { EpochMillis, Millis } from '../../domain/clock/instant';
import { HistoryLine } from './history-line';
import { probeDelay, requestBars } from './history-request';
import { BARS, durationOf } from './history-rules';

/** Candles of the contracts of one account at Interactive Brokers. */
export interface IbFeedOptions {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** Of its own: neither that of orders nor that of quotes. */
  readonly clientId: number;
  readonly instruments: readonly ContractSpec[];
  /** A turn under the pacing of the gateway: 0, or how long to wait before asking again. */
  readonly turn: (request: PacedRequest) => Promise<Millis>;
  readonly now: () => EpochMillis;
}

/** TWS corrects bars for a while after their end; those that it shows late lack their last quarter of an hour until then. */
const SETTLE: Millis = 60_000;
const DELAYED_SETTLE: Millis = 20 * 60_000;
/** While its turn is awaited, whether anybody still wants it is looked at this often. */
const LOOK: Millis = 1_000;

/**
 * Historical bars of trades from TWS or its gateway: of a stock in regular hours, adjusted for splits, as TWS gives no
 * others; of a future, which is never split, in all hours of its trading days. A request waits for its turn under the
 * broker's pacing, which all processes share.
 */
export class IbFeed implements CandleFeed {
  readonly pageSize = Object.fromEntries(TIMEFRAMES.map((timeframe) => [timeframe, BARS[timeframe].count])) as Readonly<
    Record<Timeframe, number>
  >;
  private readonly line: HistoryLine;
  private readonly catalogue: Catalogue;
  private readonly delays = new Map<string, boolean>();
  /** No order goes over this line: its requests are counted apart from those of the catalogue, and that is all. */
  private requests = 0;

  constructor(private readonly options: IbFeedOptions) {
    const { clientId, host, port } = options;
    this.line = new HistoryLine({ host, port, clientId });
    this.catalogue = new Catalogue(options.instruments);
  }

  get name(): string {
    return this.options.name;
  }

  /** Late until every contract that was asked for is known to be shown at once. */
  get settle(): Millis {
    const known = [...this.delays.values()];
    return known.length > 0 && known.every((late) => !late) ? SETTLE : DELAYED_SETTLE;
  }

  isDelayed(symbol: string): boolean {
    return this.delays.get(symbol) ?? false;
  }

  async check({ adjustment, symbol }: Series): Promise<CalendarId> {
    const unlike = new FeedError(
      'unknown_adjustment',
      `${this.name} has prices adjusted for splits only: ask for the adjustment splits`,
    );
    if (adjustment === 'total') throw unlike;
    const { instrument } = await this.line.use((connection) => this.known(connection, symbol));
    // What is never split has the same prices either way.
    if (adjustment === 'raw' && instrument.future === undefined) throw unlike;
    return instrument.calendar;
  }

  async page({ from, series, to }: CandleRequest, signal: AbortSignal): Promise<readonly UncheckedCandle[]> {
    const { symbol, timeframe } = series;
    const length = lengthOf(timeframe);
    const until = Math.min(to, from + pageSizeOf(this, timeframe) * length);
    // Bars count from the session's open, and may end after our places: each that opens in time is asked for to its end.
    const end = Math.max(until, Math.min(until + length, this.options.now()));
    const query = { end, duration: durationOf(end - from), size: BARS[timeframe].size };
    const contract = await this.line.use((connection) => this.known(connection, symbol));
    await this.turn(paced(contract, JSON.stringify(query)), signal);
    const bars = await this.line.use((connection) => requestBars(connection, (this.requests += 1), contract, query));
    return bars.filter(({ openAt }) => !(openAt >= until));
  }

  /** Closes the line; the next page opens it again. */
  close(): void {
    this.line.close();
  }

  private async turn(request: PacedRequest, signal: AbortSignal): Promise<void> {
    for (;;) {
      let wait = await this.options.turn(request);
      if (wait === 0) return;
      for (; wait > 0; wait -= LOOK) {
        if (signal.aborted) throw new FeedError('unavailable', 'nobody waits for the answer any more');
        await new Promise((resolve) => setTimeout(resolve, Math.min(wait, LOOK)));
      }
    }
  }

  /** The contract of a symbol, and whether its prices come late, asked once in the life of a process. */
  private async known(connection: TwsConnection, symbol: string): Promise<IbContract> {
    if (!this.catalogue.has(symbol)) {
      const known = this.catalogue.ids.join(', ');
      throw new FeedError('unknown_symbol', `${this.name} has no ${symbol}; its account names ${known}`);
    }
    const contract = await this.catalogue.of(connection, symbol).catch((error: unknown) => {
      if (error instanceof UnusableContract) throw new FeedError('unknown_symbol', error.message);
      throw error;
    });
    if (!this.delays.has(symbol)) this.delays.set(symbol, await probeDelay(connection, (this.requests += 1), contract));
    return contract;
  }
}

/** Kept short: it is stored with what was sent. */
function paced({ conId, contract }: IbContract, query: string): PacedRequest {
  const subject = `${conId} ${contract.exchange ?? ''} TRADES`;
  return { subject, whole: createHash('sha256').update(`${subject} ${query}`).digest('hex').slice(0, 16), weight: 1 };
}
