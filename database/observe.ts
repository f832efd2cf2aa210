import type { PoolClient } from 'pg';
import type { Database, QueryObserver } from './pool';

/** Functions of ours that are worth a name of their own; every other statement goes by its verb. */
const NAMED =
  /\b(accept_trade|advance_trade|end_trade|trade_facts|portfolio|cash_since|extend_clock|move_clock|fence_and_journal|renew_fence|close_intent|record_outcome|record_lookup|apply_report|apply_news|book_entry|engage_halt|release_halt|begin_halt|end_halt|take_over|halt_progress|halt_report|record_pass|trip_evidence|(?:advance|approve|request|end|end_unentered|record_outcome|apply_report)_and_read)\s*\(/;

/** The type of a statement for metrics: one of a short list, whatever the statement holds. */
export function queryType(text: string): string {
  const named = NAMED.exec(text)?.[1];
  if (named !== undefined) return named;
  const verb = /^\s*(select|insert|update|delete|with|begin|commit|rollback|lock|create)\b/i.exec(text)?.[1];
  return verb?.toLowerCase() ?? 'other';
}

/** Tells `observe` about every statement of every connection that the pool opens from now on, failed ones included. */
export function observeQueries(database: Database, observe: QueryObserver): void {
  database.on('connect', (client) => watchClient(client, observe));
}

/**
 * The pool itself calls its clients with a call-back, transactions call them for a promise: both end in one wrapper.
 * The driver has no hook for this.
 */
function watchClient(client: PoolClient, observe: QueryObserver): void {
  const original: unknown = Reflect.get(client, 'query');
  if (typeof original !== 'function') return;
  const watched = (...args: unknown[]): unknown => {
    const type = queryType(statementText(args[0]));
    const started = performance.now();
    const done = (): void => observe(type, (performance.now() - started) / 1_000);
    const last = args.at(-1);
    if (typeof last === 'function') {
      args[args.length - 1] = (...answer: unknown[]): unknown => {
        done();
        return Reflect.apply(last, undefined, answer) as unknown;
      };
      return Reflect.apply(original, client, args) as unknown;
    }
    const answer: unknown = Reflect.apply(original, client, args);
    if (answer instanceof Promise) answer.then(done, done);
    return answer;
  };
  Reflect.set(client, 'query', watched);
}

function statementText(statement: unknown): string {
  if (typeof statement === 'string') return statement;
  if (
    typeof statement === 'object' &&
    statement !== null &&
    'text' in statement &&
    typeof statement.text === 'string'
  ) {
    return statement.text;
  }
  return '';
}
