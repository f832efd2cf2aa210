import type { CalendarId, MarketCalendar } from '../../domain/calendar/calendar';
import { millisOf } from '../../domain/clock/instant';
import type { Instant, Millis } from '../../domain/clock/instant';
import type { StreamSink, VenueTimings } from '../../domain/order/broker';
import type { OrderNumbers } from '../../domain/order/order-numbers';
import { IbBook } from './book';
import { Catalogue } from './catalogue';
import type { ContractSpec } from './contracts';
import { IbHoldings } from './holdings';
import { IbBroker } from './ib-broker';
import { TwsLine } from './line';
import { IbMarket } from './market';
import type { AbsencePlan } from './windows';

/** One account at Interactive Brokers, as it is configured. */
export interface IbAccountOptions {
  readonly account: string;
  readonly host: string;
  readonly port: number;
  /** Orders go under this one, and only from one process at a time. */
  readonly clientId: number;
  /** Prices come under this one. */
  readonly dataClientId: number;
  /** Such as `DU1234567`. */
  readonly accountCode: string;
  readonly outsideRth: boolean;
  readonly instruments: readonly ContractSpec[];
  readonly absences: AbsencePlan;
  /** For hours of contracts that are compared with ours; not compared when left out. */
  readonly calendarOf?: (id: CalendarId) => MarketCalendar;
  readonly numbers: OrderNumbers;
  /** Executions before this moment are none of ours. */
  readonly historyFrom: Instant;
  /** What the account says of its venue's timings; the usual ones are taken for the rest. */
  readonly timings?: Partial<VenueTimings>;
  /** Between two signs of life of an idle line; 5 s unless told. */
  readonly beatEvery?: Millis;
  /** Between a drop and the next try; 1 s unless told. */
  readonly retryAfter?: Millis;
}

/**
 * TWS keeps no request for later: what it has not taken when the line ends it never takes. The window is what an order may
 * wait on its way into it. It shows orders of the day alone; times are whole seconds.
 */
const IB_TIMINGS: VenueTimings = {
  validityWindow: 3_000,
  readLag: 1_000,
  retention: 20 * 3_600_000,
  clockSkew: 2_000,
  pollEvery: 2_000,
};

const BEAT: Millis = 5_000;
const RETRY: Millis = 1_000;

/** The broker of an account at Interactive Brokers. Opens nothing by itself: a gateway that is away is tried by each call. */
export function openIbBroker(options: IbAccountOptions): IbBroker {
  const { accountCode, beatEvery = BEAT, clientId, dataClientId, host, port, retryAfter = RETRY } = options;
  const hints: { sink: StreamSink | undefined } = { sink: undefined };
  const catalogue = new Catalogue(options.instruments);
  const book = new IbBook({
    ...{ accountCode, clientId, timeZone: options.absences.timeZone },
    changed: () => hints.sink?.changed(),
  });
  const holdings = new IbHoldings(accountCode, catalogue, () => book.nextRequest());
  const common = { accountCode, beatEvery, retryAfter };
  const line = new TwsLine({
    ...common,
    end: { host, port, clientId },
    greet: async (connection) => {
      book.attach(connection);
      // Nothing that is shown can be named before its contract is known.
      await Promise.allSettled(catalogue.ids.map((id) => catalogue.of(connection, id)));
      await book.look(connection);
    },
    message: (message) => book.onMessage(message),
    changed: (up, why) => hints.sink?.line('account', up, why),
  });
  const market: IbMarket = new IbMarket(
    new TwsLine({
      ...common,
      end: { host, port, clientId: dataClientId },
      greet: (connection) => market.greet(connection),
      message: () => undefined,
      changed: (up, why) => market.changed(up, why),
    }),
    new Catalogue(options.instruments),
  );
  return new IbBroker({
    ...{ account: options.account, style: { accountCode, outsideRth: options.outsideRth }, clientId, line, book },
    ...{ catalogue, numbers: options.numbers, market, holdings, hints, absences: options.absences },
    calendarOf: options.calendarOf,
    timings: { ...IB_TIMINGS, ...options.timings },
    historyFrom: millisOf(options.historyFrom),
  });
}
