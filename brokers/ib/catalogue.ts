import { EventName } from '@stoqey/ib';
import type { Contract, ContractDetails, PriceIncrement } from '@stoqey/ib';
import type { Millis } from '../../domain/clock/instant';
import type { InstrumentId } from '../../domain/instrument/instrument';
import type { ContractCandidate, ContractKind } from '../../domain/order/broker';
import { FIRST_REQUEST } from './book';
import type { TwsConnection } from './connection';
import { contractQuery, refuseOtherKinds } from './contract-query';
import { searchContracts } from './contract-search';
import { bandsOf, exchangeOf, ibContract, marketRuleOf, theOne } from './contracts';
import type { ContractSpec, IbContract } from './contracts';
import { contractDetails } from './contract-details';

const ANSWER: Millis = 6_000;

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

  /** Stocks and futures that a text may mean, for people: `searchContracts`. @throws LineDown */
  search(connection: TwsConnection, text: string, kind?: ContractKind): Promise<readonly ContractCandidate[]> {
    return searchContracts({ connection, nextRequest: () => (this.requests += 1) }, text, kind);
  }

  private async resolve(connection: TwsConnection, id: InstrumentId): Promise<IbContract> {
    const spec = this.specs.find((one) => one.id === id);
    if (spec === undefined) throw new RangeError(`the account trades no ${id}`);
    const details = theOne(spec, await this.found(connection, spec));
    refuseOtherKinds(spec, details);
    const rule = marketRuleOf(details, exchangeOf(spec, details));
    const bands = bandsOf(details, rule === undefined ? undefined : await marketRule(connection, rule));
    const contract = ibContract(spec, details, bands);
    this.resolved.set(id, contract);
    return contract;
  }

  /**
   * What TWS knows of a contract. One that has expired it shows only to who asks for such: it is known then, so that its
   * last orders are read and people are told why it is not traded, and whoever sends looks at `isExpired`.
   */
  private async found(connection: TwsConnection, spec: ContractSpec): Promise<readonly ContractDetails[]> {
    const query: Contract = contractQuery(spec);
    const traded = await contractDetails(connection, (this.requests += 1), query);
    if (traded.length > 0 || (spec.kind !== 'future' && spec.conId === undefined)) return traded;
    return contractDetails(connection, (this.requests += 1), { ...query, includeExpired: true });
  }
}
