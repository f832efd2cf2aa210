import { EventName } from '@stoqey/ib';
import type { Contract } from '@stoqey/ib';
import type { Millis } from '../../domain/clock/instant';
import { decimalString, isDecimalString } from '../../domain/money/decimal';
import type { DecimalString } from '../../domain/money/decimal';
import type { VenueBalance } from '../../domain/order/broker';
import type { TwsConnection } from './connection';
import { amountOf } from './numbers';

const ANSWER: Millis = 6_000;
/** Cash by currency, as a summary that is asked for once. */
const CASH_TAGS = '$LEDGER:ALL';
const CASH = 'CashBalance';
/** The sum over all currencies, in the base one. */
const BASE = 'BASE';
const NONE = '0' as DecimalString;

/** What an account holds: cash by currency, and the units of each of its positions. @throws LineDown */
export async function accountBalances(
  connection: TwsConnection,
  request: number,
  accountCode: string,
): Promise<readonly VenueBalance[]> {
  const cash = await cashOf(connection, request, accountCode);
  const positions = await positionsOf(connection, accountCode);
  return [...cash, ...positions].map(([asset, free]) => ({ asset, free, locked: NONE }));
}

type Held = readonly (readonly [asset: string, amount: DecimalString])[];

async function cashOf(connection: TwsConnection, request: number, accountCode: string): Promise<Held> {
  const cash = new Map<string, DecimalString>();
  try {
    return await connection.ask<Held>(
      'the account summary',
      ANSWER,
      (api) => api.reqAccountSummary(request, 'All', CASH_TAGS),
      (resolve, reject) => {
        const onValue = (id: number, account: string, tag: string, value: string, currency: string): void => {
          if (id !== request || account !== accountCode || tag !== CASH || currency === BASE) return;
          if (isDecimalString(value)) cash.set(currency, decimalString(value));
        };
        const stops = [
          connection.on(EventName.accountSummary, onValue),
          connection.on(EventName.accountSummaryEnd, (id: number) => {
            if (id === request) resolve([...cash]);
          }),
          connection.on(EventName.error, (error: Error, code: number, id: number) => {
            if (id === request) reject(new Error(`${code}: ${error.message}`));
          }),
        ];
        return () => stops.forEach((stop) => stop());
      },
    );
  } finally {
    // Two summaries at once are all that TWS gives.
    connection.send((api) => api.cancelAccountSummary(request));
  }
}

async function positionsOf(connection: TwsConnection, accountCode: string): Promise<Held> {
  const held = new Map<string, DecimalString>();
  return connection.ask<Held>(
    'positions',
    ANSWER,
    (api) => api.reqPositions(),
    (resolve) => {
      const onPosition = (account: string, contract: Contract, position: number): void => {
        const amount = amountOf(position);
        if (account === accountCode && amount !== undefined && amount !== NONE)
          held.set(contract.symbol ?? `conId ${contract.conId}`, amount);
      };
      const stops = [
        connection.on(EventName.position, onPosition),
        connection.on(EventName.positionEnd, () => resolve([...held])),
      ];
      return () => stops.forEach((stop) => stop());
    },
  );
}
