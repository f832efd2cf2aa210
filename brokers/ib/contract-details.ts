import { EventName } from '@stoqey/ib';
import type { Contract, ContractDetails } from '@stoqey/ib';
import type { Millis } from '../../domain/clock/instant';
import type { TwsConnection } from './connection';

const ANSWER: Millis = 6_000;
const NO_CONTRACT = 200;

/** Asks TWS for its contracts. @throws LineDown; Error with the text of TWS when it refuses */
export async function contractDetails(
  connection: TwsConnection,
  request: number,
  query: Contract,
): Promise<readonly ContractDetails[]> {
  const found: ContractDetails[] = [];
  return connection.ask<readonly ContractDetails[]>(
    'contract details',
    ANSWER,
    (api) => api.reqContractDetails(request, query),
    (resolve, reject) => {
      const stops = [
        connection.on(EventName.contractDetails, (id: number, details: ContractDetails) => {
          if (id === request) found.push(details);
        }),
        connection.on(EventName.contractDetailsEnd, (id: number) => {
          if (id === request) resolve(found);
        }),
        connection.on(EventName.error, (error: Error, code: number, id: number) => {
          if (id !== request) return;
          // There is none: an answer as good as any.
          if (code === NO_CONTRACT) resolve([]);
          else reject(new Error(`${code}: ${error.message}`));
        }),
      ];
      return () => stops.forEach((stop) => stop());
    },
  );
}
