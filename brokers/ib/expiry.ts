import type { ContractDetails } from '@stoqey/ib';
import type { EpochMillis } from '../../domain/clock/instant';
import type { FutureTerms, Instrument } from '../../domain/instrument/instrument';
import { amountOf } from './numbers';
import { atWallClock, zoneOf } from './times';
import { dayIn } from './windows';

const DAY = /^(\d{4})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?:[- ]+(\d{2}):(\d{2})(?::(\d{2}))?(?: (\S+))?)?$/;

/**
 * A day of TWS as `YYYY-MM-DD` in the zone of the exchange: `20261218`, or with a time and its zone, `20261218 08:30:00
 * US/Central`. Undefined for a month alone, and for what is no day. Source: TWS API, "Contract.LastTradeDateOrContractMonth".
 */
function dayOf(text: string | undefined, exchangeZone: string): string | undefined {
  const match = DAY.exec(text ?? '');
  if (!match) return undefined;
  const [, year = '', month = '', day = '', hour, minute, second = '0', zoneName = exchangeZone] = match;
  const stated = `${year}-${month}-${day}`;
  const [zone, own] = [zoneOf(zoneName), zoneOf(exchangeZone)];
  if (hour === undefined || zone === undefined || own === undefined) return stated;
  const local = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  return dayIn(own, atWallClock(local, zone));
}

/**
 * The last day of a future's trading. TWS states it in up to three places; where they differ the earliest counts, since a
 * position must be closed by then. Undefined where none of them names a day.
 */
export function lastTradingDayOf({
  contract,
  realExpirationDate,
  timeZoneId = '',
}: ContractDetails): string | undefined {
  const stated = [contract.lastTradeDate, contract.lastTradeDateOrContractMonth, realExpirationDate];
  return stated.flatMap((text) => dayOf(text, timeZoneId) ?? []).sort()[0];
}

/** What makes a contract a future, or why it cannot be traded as one. */
export function futureTermsOf(details: ContractDetails): FutureTerms | string {
  const multiplier = amountOf(details.contract.multiplier);
  if (multiplier === undefined || Number(multiplier) <= 0) return 'TWS states no multiplier for the future';
  const lastTradingDay = lastTradingDayOf(details);
  if (lastTradingDay === undefined) return 'TWS states no last trading day for the future';
  return { multiplier, lastTradingDay };
}

/** What is asked of a contract here. */
interface Ending {
  readonly id: string;
  readonly hours: { readonly timeZone: string };
  readonly instrument: Pick<Instrument, 'future'>;
}

/** Whether a contract's last trading day is over, in the zone of its exchange. Stocks have none. */
export function isExpired({ hours, instrument: { future } }: Omit<Ending, 'id'>, at: EpochMillis): boolean {
  return future !== undefined && dayIn(zoneOf(hours.timeZone) ?? 'UTC', at) > future.lastTradingDay;
}

/** That a contract has expired, for people. */
export function describeExpired({ id, instrument: { future } }: Omit<Ending, 'hours'>): string {
  return `${id} has expired: its last trading day was ${future?.lastTradingDay ?? 'unknown'}; name the next contract in the settings`;
}
