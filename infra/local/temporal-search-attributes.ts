import type { Connection } from '@temporalio/client';

/** The value types of search attributes with their numbers on the wire (temporal.api.enums.v1.IndexedValueType). */
const VALUE_TYPES = { Keyword: 2, Int: 3, Double: 4, Bool: 5 } as const;

/**
 * What a namespace must index before a trade can start: a start that names an unregistered attribute is refused.
 * At most ten keywords fit the visibility store.
 */
const SEARCH_ATTRIBUTES: Readonly<Record<string, keyof typeof VALUE_TYPES>> = {
  TradePhase: 'Keyword',
  TradeInstrument: 'Keyword',
  TradeAccount: 'Keyword',
  TradeStrategy: 'Keyword',
  TradeSide: 'Keyword',
  TradeOutcome: 'Keyword',
  TradeMode: 'Keyword',
  KillEpoch: 'Int',
  Notional: 'Double',
  Halted: 'Bool',
};

/** Flags that register the attributes when a server makes its namespace; a server with an old file ignores them. */
export function searchAttributeFlags(): string[] {
  return Object.entries(SEARCH_ATTRIBUTES).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]);
}

/** An attribute and its value type. */
type SearchAttribute = readonly [name: string, type: keyof typeof VALUE_TYPES];

/** Registers the attributes that a namespace lacks. @throws Error when the server does not list them yet. */
export async function ensureSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const missing = await missingSearchAttributes(connection, namespace);
  if (missing.length === 0) return;
  await addSearchAttributes(connection, namespace, missing);
  const left = await missingSearchAttributes(connection, namespace);
  if (left.length > 0)
    throw new Error(`search attributes are not registered yet: ${left.map(([name]) => name).join(', ')}`);
}

/** Registers attributes; the server may list them with a delay. */
export async function addSearchAttributes(
  connection: Connection,
  namespace: string,
  missing: readonly SearchAttribute[],
): Promise<void> {
  const searchAttributes = Object.fromEntries(missing.map(([name, type]) => [name, VALUE_TYPES[type]]));
  await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
}

/** The attributes that a namespace lacks. */
export async function missingSearchAttributes(
  connection: Connection,
  namespace: string,
): Promise<readonly SearchAttribute[]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  return Object.entries(SEARCH_ATTRIBUTES).filter(([name]) => customAttributes[name] === undefined);
}
