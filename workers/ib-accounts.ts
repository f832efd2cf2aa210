import { LAST_ORDER_NUMBER } from '../brokers/ib/numbers';
import { openIbBroker } from '../brokers/ib/open-broker';
import type { IbAccount } from '../config/ib-accounts';
import { PostgresOrderNumbers } from '../database/order-numbers';
import type { Database } from '../database/pool';
import type { CalendarId, MarketCalendar } from '../domain/calendar/calendar';
import type { Instant } from '../domain/clock/instant';
import type { Broker } from '../domain/order/broker';

/** The broker of an account at Interactive Brokers. Opens no line by itself. */
export function brokerOfIb(
  database: Database,
  account: IbAccount,
  createdAt: Instant,
  calendarOf: (id: CalendarId) => MarketCalendar,
): Broker {
  const { absences, accountCode, clientId, dataClientId, host, instruments, name, outsideRegularHours, port } = account;
  const timings = Object.entries(account.timings).filter(([, value]) => value !== undefined);
  return openIbBroker({
    ...{ account: name, host, port, clientId, dataClientId, accountCode, instruments, absences, calendarOf },
    outsideRth: outsideRegularHours,
    numbers: new PostgresOrderNumbers(database, name, clientId, LAST_ORDER_NUMBER),
    historyFrom: createdAt,
    timings: Object.fromEntries(timings),
  });
}
