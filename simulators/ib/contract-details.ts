import type { MarketCalendar, Session, TradingHours } from '../../domain/calendar/calendar';
import type { EpochMillis, Millis } from '../../domain/clock/instant';
import { DateTime } from 'luxon';
import { LAST_TRADE_TIME } from './contracts';
import type { SimMarket } from './market';
import { ORDER_TYPES } from './order';
import type { ToClientValues } from './wire/to-client';

const DAY: Millis = 86_400_000;
/** Of so many days are hours told, today included. */
const DAYS = 7;
/** Zones as the broker names them. */
const ZONE_NAMES: Readonly<Record<string, string>> = {
  'America/New_York': 'US/Eastern',
  'America/Chicago': 'US/Central',
  UTC: 'UTC',
};

/** What the broker tells of a contract. */
export function detailsView(
  { calendar, contract }: SimMarket,
  now: EpochMillis,
  reqId: number,
): ToClientValues<'contractDetails'> {
  const { conId, currency, exchange, lastTradeDate, localSymbol, longName, marketRule, minTick, multiplier } = contract;
  const isFuture = contract.secType === 'FUT';
  return {
    ...{ reqId, symbol: contract.symbol, secType: contract.secType, lastTradeDate },
    contractMonthOrDate: isFuture ? `${lastTradeDate} ${LAST_TRADE_TIME} US/Central` : '',
    ...{ strike: '0', exchange, currency, localSymbol, marketName: contract.tradingClass },
    ...{ tradingClass: contract.tradingClass, conId, minTick, multiplier, orderTypes: orderTypes() },
    ...{ validExchanges: contract.validExchanges.join(','), priceMagnifier: 1, underConId: 0, longName },
    ...{ primaryExchange: contract.primaryExchange, contractMonth: lastTradeDate.slice(0, 6) },
    ...{ timeZoneId: ZONE_NAMES[calendar.timeZone] ?? calendar.timeZone },
    tradingHours: hoursText(calendar, 'extended', now),
    liquidHours: hoursText(calendar, 'regular', now),
    ...{ aggGroup: 1, underSymbol: isFuture ? contract.symbol : '', underSecType: isFuture ? 'IND' : '' },
    marketRuleIds: contract.validExchanges.map(() => marketRule).join(','),
    ...{ realExpirationDate: lastTradeDate, stockType: isFuture ? '' : 'COMMON' },
    ...{ minSize: '1', sizeIncrement: '1', suggestedSizeIncrement: isFuture ? '1' : '100' },
  };
}

function orderTypes(): string {
  return [...ORDER_TYPES].map((type) => type.replaceAll(' ', '')).join(',');
}

/** Hours as the broker writes them: `20261125:0930-20261125:1600;20261126:CLOSED`, in the contract's zone. */
function hoursText(calendar: MarketCalendar, hours: TradingHours, now: EpochMillis): string {
  const dates = Array.from({ length: DAYS }, (_, day) =>
    DateTime.fromMillis(now + day * DAY, { zone: calendar.timeZone }).toFormat('yyyy-MM-dd'),
  );
  const sessions = new Map(
    calendar.sessions(dates[0] ?? '', dates.at(-1) ?? '').map((session) => [session.date, session]),
  );
  return dates.map((date) => dayText(calendar, hours, date, sessions.get(date))).join(';');
}

function dayText(calendar: MarketCalendar, hours: TradingHours, date: string, session: Session | undefined): string {
  if (session === undefined) return `${date.replaceAll('-', '')}:CLOSED`;
  const segments = session.segments.filter(({ kind }) => hours === 'extended' || kind === 'regular');
  const at = (moment: EpochMillis): string =>
    DateTime.fromMillis(moment, { zone: calendar.timeZone }).toFormat('yyyyMMdd:HHmm');
  const [open, close] = [segments[0]?.open ?? session.open, segments.at(-1)?.close ?? session.close];
  return `${at(open)}-${at(close)}`;
}
