import { millisOf } from '../../domain/clock/instant';
import type { Instant, Millis } from '../../domain/clock/instant';
import type { InstrumentId } from '../../domain/instrument/instrument';
import type { Broker, VenueTimings } from '../../domain/order/broker';
import type { RateGate } from '../../domain/order/rate-gate';
import { BINANCE } from './binance/dialect';
import { BYBIT } from './bybit/dialect';
import { CcxtBroker } from './ccxt-broker';
import { COINBASE } from './coinbase/dialect';
import type { CcxtVenue, Credentials, Dialect, VenueEnd } from './dialect';
import { KRAKEN } from './kraken/dialect';
import { OKX } from './okx/dialect';
import { VenueLine } from './venue-line';

/** One account at one exchange, as it is configured. */
export interface CcxtAccount {
  readonly venue: CcxtVenue;
  readonly account: string;
  readonly credentials: Credentials;
  readonly mode: 'sandbox' | 'live';
  readonly baseUrl?: string;
  readonly streamUrl?: string;
  /** Unified symbols such as `BTC/USDT`: our ids of the instruments. */
  readonly instruments: readonly InstrumentId[];
  readonly gate: RateGate;
  /** Executions before this moment are none of ours. */
  readonly historyFrom: Instant;
  /** What the account says of its venue's timings; the venue's own are taken for the rest. */
  readonly timings?: Partial<VenueTimings>;
  /** How long the answer to an order is waited for; afterwards the order is in doubt. 4 s unless told, and never more. */
  readonly orderDeadline?: Millis;
}

const DIALECTS: Readonly<Record<CcxtVenue, Dialect>> = {
  binance: BINANCE,
  coinbase: COINBASE,
  kraken: KRAKEN,
  okx: OKX,
  bybit: BYBIT,
};

/**
 * The broker of an exchange account. Opens nothing by itself: a venue that is down is asked again by each call.
 * @throws RangeError when the venue has no end of the asked kind (a sandbox that does not exist).
 */
export function openCcxtBroker(account: CcxtAccount): Broker {
  const { venue, credentials, mode, baseUrl, streamUrl, gate } = account;
  const dialect = DIALECTS[venue];
  const timings: VenueTimings = { ...dialect.timings, ...account.timings };
  const end: VenueEnd = {
    credentials,
    mode,
    validityWindow: timings.validityWindow,
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(streamUrl === undefined ? {} : { streamUrl }),
  };
  const line = new VenueLine({
    exchange: dialect.exchange(end),
    codes: dialect.codes,
    gate,
    secrets: [credentials.apiKey, credentials.secret, credentials.password ?? ''],
    serverTime: (asking) => dialect.serverTime(asking),
    inSequence: dialect.inSequence,
  });
  return new CcxtBroker({
    account: account.account,
    dialect,
    line,
    end,
    timings,
    instruments: account.instruments,
    historyFrom: millisOf(account.historyFrom),
    ...(account.orderDeadline === undefined ? {} : { orderDeadline: account.orderDeadline }),
  });
}

/** How a venue is spoken to. */
export function dialectOf(venue: CcxtVenue): Dialect {
  return DIALECTS[venue];
}
