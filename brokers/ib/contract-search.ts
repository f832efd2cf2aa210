import { EventName, SecType } from '@stoqey/ib';
import type { Contract, ContractDescription } from '@stoqey/ib';
import type { Millis } from '../../domain/clock/instant';
import type { ContractCandidate, ContractKind } from '../../domain/order/broker';
import type { TwsConnection } from './connection';
import { contractDetails } from './contract-details';
import { candidateOf } from './contracts';

const ANSWER: Millis = 6_000;
/** Roots of futures beside the text itself whose contracts are asked for. */
const MOST_ROOTS = 4;
/** `ESZ6`, `MESH27`: a root, the letter of a month, and a year. */
const LOCAL_SYMBOL = /^[A-Z0-9]{1,8}[FGHJKMNQUVXZ]\d{1,2}$/;

/** A line to search on, and numbers for its requests. */
export interface SearchLine {
  readonly connection: TwsConnection;
  readonly nextRequest: () => number;
}

/**
 * Stocks of a symbol, and futures of it as a root or as an exchange's own name of one contract; futures also of the roots
 * that TWS suggests for the text. Stocks come first, then futures by root and day. TWS takes one request for suggestions a
 * second: without an answer to it what the text itself names is found all the same.
 * @throws LineDown
 */
export async function searchContracts(
  line: SearchLine,
  text: string,
  kind: ContractKind | undefined,
): Promise<readonly ContractCandidate[]> {
  const symbol = text.toUpperCase();
  const queries: Contract[] = [];
  if (kind !== 'future') queries.push({ symbol, secType: SecType.STK });
  if (kind !== 'stock') {
    const like = (await rootsLike(line, symbol).catch(() => [])).filter((root) => root !== symbol);
    const roots = [symbol, ...like.slice(0, MOST_ROOTS)];
    queries.push(...roots.map((root) => ({ symbol: root, secType: SecType.FUT })));
    if (LOCAL_SYMBOL.test(symbol)) queries.push({ localSymbol: symbol, secType: SecType.FUT });
  }
  const found = new Map<string, ContractCandidate>();
  let failure: Error | undefined;
  for (const query of queries) {
    const answer = await contractDetails(line.connection, line.nextRequest(), query).catch((error: unknown) => {
      if (!line.connection.isUp || !(error instanceof Error)) throw error;
      failure = error;
      return [];
    });
    for (const details of answer) {
      const candidate = candidateOf(details);
      if (candidate !== undefined) found.set(`${candidate.conId} ${candidate.exchange}`, candidate);
    }
  }
  // What TWS takes amiss in one question is told only where no other has an answer.
  if (found.size === 0 && failure !== undefined) throw failure;
  return [...found.values()].sort(inOrder);
}

/** What TWS suggests for a text that has futures. */
async function rootsLike({ connection, nextRequest }: SearchLine, text: string): Promise<readonly string[]> {
  const request = nextRequest();
  const suggested = await connection.ask<readonly ContractDescription[]>(
    'symbols',
    ANSWER,
    (api) => api.reqMatchingSymbols(request, text),
    (resolve) => {
      const stops = [
        connection.on(EventName.symbolSamples, (id: number, found: readonly ContractDescription[]) => {
          if (id === request) resolve(found);
        }),
        connection.on(EventName.error, (_: Error, __: number, id: number) => {
          if (id === request) resolve([]);
        }),
      ];
      return () => stops.forEach((stop) => stop());
    },
  );
  const withFutures = suggested.filter(({ derivativeSecTypes = [] }) => derivativeSecTypes.includes(SecType.FUT));
  return [...new Set(withFutures.flatMap(({ contract }) => contract?.symbol ?? []))];
}

function inOrder(one: ContractCandidate, other: ContractCandidate): number {
  if (one.kind !== other.kind) return one.kind === 'stock' ? -1 : 1;
  const key = ({ lastTradingDay, symbol }: ContractCandidate): string => `${symbol} ${lastTradingDay ?? ''}`;
  return one.kind === 'stock' ? 0 : key(one).localeCompare(key(other));
}
