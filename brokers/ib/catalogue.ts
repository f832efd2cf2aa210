import { EventName, SecType } from '@stoqey/ib';
import type { Contract, ContractDetails, PriceIncrement } from '@stoqey/ib';
import type { Millis } from '../../domain/clock/instant';
import type { InstrumentId } from '../../domain/instrument/instrument';
import type { ContractCandidate } from '../../domain/order/broker';
import { FIRST_REQUEST } from './book';
import type { TwsConnection } from './connection';
import { bandsOf, candidateOf, contractQuery, ibContract, marketRuleOf, refuseMultiplied, theOne } from './contracts';
import type { ContractSpec, IbContract } from './contracts';

const ANSWER: Millis = 6_000;

/** Asks TWS for its contracts. @throws LineDown; Error with the text of TWS when it refuses */
async function contractDetails(
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

const NO_CONTRACT = 200;

/** The price bands of a market rule. @throws LineDown when TWS does not know the rule */
function marketRule(connection: TwsConnection, rule: number): Promise<readonly PriceIncrement[]> {
  return connection.ask<readonly PriceIncrement[]>(
    `market rule ${rule}`,
    ANSWER,
    (api) => api.reqMarketRule(rule),
    (resolve) =>
      connection.on(EventName.marketRule, (id: number, bands: readonly PriceIncrement[]) => {
        if (id === rule) resolve(bands);
      }),
  );
}

/** The contracts of an account: each is resolved once in the life of a process, when it is first needed. */
export class Catalogue {
  private readonly resolved = new Map<InstrumentId, IbContract>();
  private readonly asking = new Map<InstrumentId, Promise<IbContract>>();
  private requests = 2 * FIRST_REQUEST;

  constructor(private readonly specs: readonly ContractSpec[]) {}

  get ids(): readonly InstrumentId[] {
    return this.specs.map(({ id }) => id);
  }

  /** @throws UnusableContract; RangeError for an instrument that the account does not name; LineDown */
  of(connection: TwsConnection, id: InstrumentId): Promise<IbContract> {
    const known = this.resolved.get(id);
    if (known !== undefined) return Promise.resolve(known);
    const asked = this.asking.get(id) ?? this.resolve(connection, id).finally(() => this.asking.delete(id));
    this.asking.set(id, asked);
    return asked;
  }

  /** The instrument of a contract; undefined for one that the account does not trade, or that is not resolved yet. */
  instrumentOf(conId: number): IbContract | undefined {
    return [...this.resolved.values()].find((one) => one.conId === conId);
  }

  has(id: InstrumentId): boolean {
    return this.specs.some((spec) => spec.id === id);
  }

  /** Contracts by the beginning of a symbol or a name, for people. @throws LineDown */
  async search(connection: TwsConnection, text: string): Promise<readonly ContractCandidate[]> {
    const request = (this.requests += 1);
    const found = await contractDetails(connection, request, { symbol: text.toUpperCase(), secType: SecType.STK });
    return found.map(candidateOf);
  }

  private async resolve(connection: TwsConnection, id: InstrumentId): Promise<IbContract> {
    const spec = this.specs.find((one) => one.id === id);
    if (spec === undefined) throw new RangeError(`the account trades no ${id}`);
    const found = await contractDetails(connection, (this.requests += 1), contractQuery(spec));
    const details = theOne(spec, found);
    refuseMultiplied(spec, details);
    const rule = marketRuleOf(details, spec.exchange);
    const bands = bandsOf(details, rule === undefined ? undefined : await marketRule(connection, rule));
    const contract = ibContract(spec, details, bands);
    this.resolved.set(id, contract);
    return contract;
  }
}
