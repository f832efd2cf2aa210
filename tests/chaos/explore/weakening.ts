import { firstOf } from '../../../database/pool';
import type { Queryable } from '../../../database/pool';

/** One safeguard taken out of a database function: what the explorer must notice. */
export interface Weakening {
  readonly name: string;
  readonly what: string;
  readonly function: string;
  /** Parts of the function and what they become; each must be there once. */
  readonly parts: Readonly<Record<string, string>>;
}

export const WEAKENINGS: readonly Weakening[] = [
  {
    name: 'no_wait',
    what: 'absence counts at once',
    function: 'record_lookup(jsonb)',
    parts: { 'asked < absent_from': 'false', 'settled := EXISTS': 'settled := true OR EXISTS' },
  },
  {
    name: 'no_fence',
    what: 'no halt refuses an order',
    function: 'halt_refusal(kill_switch[], bigint, text)',
    parts: { [`WHEN p_purpose = 'increase' THEN`]: 'WHEN true THEN NULL WHEN false THEN' },
  },
  {
    name: 'no_capacity',
    what: 'exits of any size pass',
    function: 'admission_refusal(kill_switch[], trades, orders, text)',
    parts: { 'IF o.quantity > reducing_capacity(t.id, held, o.client_order_id) THEN': 'IF false THEN' },
  },
  {
    name: 'no_owner',
    what: 'anyone may renew a permit',
    function: 'renew_fence(jsonb)',
    parts: { [`AND owner = p ->> 'owner'`]: '' },
  },
  {
    name: 'early_read',
    what: 'the switch is read before it is locked',
    function: 'lock_fence(text[])',
    parts: {
      'LOCK TABLE kill_switch IN ROW SHARE MODE;': '',
      'FOR SHARE) k;': ') k; LOCK TABLE kill_switch IN ROW SHARE MODE;',
    },
  },
  {
    name: 'no_reservation',
    what: 'orders under way are not added up',
    function: 'limit_refusal(trades, text, text, numeric)',
    parts: {
      'WHERE o.account = t.account AND o.increases AND o.client_order_id <> p_id':
        'WHERE false AND o.increases AND o.client_order_id <> p_id',
    },
  },
];

/** Replaces parts of a function in this database. @throws Error when the function does not have a part, once. */
export async function weaken(database: Queryable, weakening: Weakening): Promise<void> {
  const { rows } = await database.query<{ source: string }>('SELECT pg_get_functiondef($1::regprocedure) AS source', [
    weakening.function,
  ]);
  let { source } = firstOf(rows, 'pg_get_functiondef');
  for (const [part, instead] of Object.entries(weakening.parts)) {
    const pieces = source.split(part);
    if (pieces.length !== 2) throw new Error(`${weakening.function} has ${pieces.length - 1} times: ${part}`);
    source = pieces.join(instead);
  }
  await database.query(source);
}
