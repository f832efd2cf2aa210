import { EventName } from '@stoqey/ib';
import type { Contract } from '@stoqey/ib';
import type { Millis } from '../../domain/clock/instant';
import type { DecimalString } from '../../domain/money/decimal';
import type { VenueBalance, VenuePosition, VenueValue } from '../../domain/order/broker';
import { Lane } from '../lane';
import type { Catalogue } from './catalogue';
import { UnusableContract } from './contracts';
import type { TwsConnection } from './connection';
import { amountOf, statedAmount } from './numbers';

const ANSWER: Millis = 6_000;
/** Profit and loss are shown when TWS has worked them out, which may be later than everything else. */
const PROFIT_ANSWER: Millis = 2_500;
/** Cash by currency. */
const LEDGER = '$LEDGER:ALL';
const CASH = 'CashBalance';
/** The sum over all currencies, in the base one. */
const BASE = 'BASE';
const NONE = '0' as DecimalString;

/** What a summary is asked for beside cash, in the order in which people read it. Source: TWS API, "Account Summary Tags". */
const VALUE_TAGS = [
  'NetLiquidation',
  'TotalCashValue',
  'BuyingPower',
  'AvailableFunds',
  'ExcessLiquidity',
  'GrossPositionValue',
  'InitMarginReq',
  'MaintMarginReq',
] as const;

/** What the account holds, as TWS counts it. */
interface Summary {
  readonly cash: readonly VenueBalance[];
  readonly values: readonly VenueValue[];
}

/**
 * What one account holds at Interactive Brokers: cash, positions, and what the broker works out of them. TWS answers by the
 * kind of question and not by who asked, so that questions of a kind go one after the other.
 */
export class IbHoldings {
  private readonly asks = new Lane();

  constructor(
    private readonly accountCode: string,
    private readonly catalogue: Pick<Catalogue, 'ids' | 'instrumentOf' | 'of'>,
    private readonly nextRequest: () => number,
  ) {}

  /** Cash by currency. @throws LineDown; Error when TWS refuses */
  cash(connection: TwsConnection): Promise<readonly VenueBalance[]> {
    return this.asks.run(async () => (await this.summary(connection, [LEDGER])).cash);
  }

  /** What the broker works out of the account, and its profit and loss. @throws LineDown; Error when TWS refuses */
  values(connection: TwsConnection): Promise<readonly VenueValue[]> {
    return this.asks.run(async () => {
      const { values } = await this.summary(connection, VALUE_TAGS);
      const currency = values[0]?.currency ?? '';
      return [...values, ...(await this.profit(connection, currency))];
    });
  }

  /** Units of each contract that is held, those that the account does not trade as foreign. @throws LineDown */
  positions(connection: TwsConnection): Promise<readonly VenuePosition[]> {
    return this.asks.run(async () => {
      await this.knowOurs(connection);
      const held = await this.held(connection);
      return [...held.values()].map((one) => this.named(one)).sort((a, b) => (a.instrument < b.instrument ? -1 : 1));
    });
  }

  /** A contract of ours that is not resolved yet would look like a foreign one. */
  private async knowOurs(connection: TwsConnection): Promise<void> {
    const found = await Promise.allSettled(this.catalogue.ids.map((id) => this.catalogue.of(connection, id)));
    for (const one of found)
      if (one.status === 'rejected' && !(one.reason instanceof UnusableContract)) throw one.reason;
  }

  private named({ contract, quantity }: Held): VenuePosition {
    const ours = this.catalogue.instrumentOf(contract.conId ?? 0);
    if (ours !== undefined) return { instrument: ours.id, quantity };
    return { instrument: `conId ${contract.conId ?? 0} (${contract.symbol ?? 'unnamed'})`, quantity, foreign: true };
  }

  private async held(connection: TwsConnection): Promise<ReadonlyMap<number, Held>> {
    const held = new Map<number, Held>();
    try {
      return await connection.ask<ReadonlyMap<number, Held>>(
        'positions',
        ANSWER,
        (api) => api.reqPositions(),
        (resolve) => {
          const onPosition = (account: string, contract: Contract, position: number): void => {
            const quantity = amountOf(position);
            if (account !== this.accountCode || quantity === undefined) return;
            if (quantity === NONE) held.delete(contract.conId ?? 0);
            else held.set(contract.conId ?? 0, { contract, quantity });
          };
          const stops = [
            connection.on(EventName.position, onPosition),
            connection.on(EventName.positionEnd, () => resolve(held)),
          ];
          return () => stops.forEach((stop) => stop());
        },
      );
    } finally {
      // Else TWS goes on to tell of each change.
      connection.send((api) => api.cancelPositions());
    }
  }

  private async summary(connection: TwsConnection, tags: readonly string[]): Promise<Summary> {
    const request = this.nextRequest();
    const cash = new Map<string, DecimalString>();
    const values = new Map<string, VenueValue>(
      tags.filter((tag) => tag !== LEDGER).map((name) => [name, { name, amount: null, currency: '' }]),
    );
    try {
      return await connection.ask<Summary>(
        'the account summary',
        ANSWER,
        (api) => api.reqAccountSummary(request, 'All', tags.join(',')),
        (resolve, reject) => {
          const onValue = (id: number, account: string, name: string, value: string, currency: string): void => {
            if (id !== request || account !== this.accountCode) return;
            const amount = statedAmount(value);
            if (values.has(name)) values.set(name, { name, amount: amount ?? null, currency });
            else if (name === CASH && currency !== BASE && amount !== undefined) cash.set(currency, amount);
          };
          const end = (): Summary => ({
            cash: [...cash].map(([asset, free]) => ({ asset, free, locked: NONE })),
            values: [...values.values()],
          });
          const stops = [
            connection.on(EventName.accountSummary, onValue),
            connection.on(EventName.accountSummaryEnd, (id: number) => {
              if (id === request) resolve(end());
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

  /** Of the day, of what is open, and of what was closed; what TWS does not tell in time, or marks as not set, is null. */
  private async profit(connection: TwsConnection, currency: string): Promise<readonly VenueValue[]> {
    const request = this.nextRequest();
    type Profit = readonly (number | undefined)[];
    let stop = (): void => undefined;
    let timer: NodeJS.Timeout | undefined;
    const told = new Promise<Profit>((resolve) => {
      timer = setTimeout(() => resolve([]), PROFIT_ANSWER);
      stop = connection.on(EventName.pnl, (id: number, day: number, open?: number, closed?: number) => {
        if (id === request) resolve([day, open, closed]);
      });
    });
    try {
      connection.send((api) => api.reqPnL(request, this.accountCode, ''));
      const amounts = await told;
      return ['DailyPnL', 'UnrealizedPnL', 'RealizedPnL'].map((name, index) => {
        return { name, amount: amountOf(amounts[index]) ?? null, currency };
      });
    } finally {
      clearTimeout(timer);
      stop();
      connection.send((api) => api.cancelPnL(request));
    }
  }
}

interface Held {
  readonly contract: Contract;
  readonly quantity: DecimalString;
}
