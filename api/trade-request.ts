import { createHash } from 'node:crypto';
import type { CalendarId, MarketCalendar } from '../domain/calendar/calendar';
import { instant, millisOf } from '../domain/clock/instant';
import type { Instant } from '../domain/clock/instant';
import { ENTRY_TYPES } from '../domain/trade/spec';
import { isTrailing } from '../domain/order/order';
import type { OrderTerms, TimeInForce } from '../domain/order/order';
import { trailDistance } from '../domain/order/trailing';
import { describeLacked, hasTrailingFromLevel, lackedTerm } from '../domain/order/venue-terms';
import { MANUAL } from '../domain/trade/spec';
import type { TradeSpec, TrailingDistance } from '../domain/trade/spec';
import { defaultValidUntil, validUntilOfOpening } from '../domain/trade/validity';
import type { References } from '../database/registry-accounts';
import type { FieldProblem } from './contract/problems';
import type { StartTradeBody } from './contract/start-trade';
import { ApiProblem } from './problem';

/** One regular session of the market, in seconds: an entry that is not filled by then is cancelled. */
const ONE_SESSION_SECONDS = 23_400;
const DAY_SECONDS = 86_400;

/** Which request this is: the same for the same fields and values, whatever their order. */
export function fingerprint(body: StartTradeBody): string {
  return createHash('sha256').update(canonical(body)).digest('hex');
}

function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`);
  return `{${fields.join(',')}}`;
}

/**
 * Refuses a request that names what does not exist.
 * @throws ApiProblem `unknown_reference` naming each such field with what is known, `quarantined`, or `invalid_request`
 */
export function checkReferences(
  body: Pick<
    StartTradeBody,
    'account' | 'instrument' | 'strategy' | 'direction' | 'entry' | 'timeInForce' | 'trailing'
  >,
  references: References,
  strategies: readonly string[],
): void {
  const known: readonly (readonly [string, string, readonly string[]])[] = [
    ['account', body.account, references.accounts],
    ['instrument', body.instrument, references.instruments],
    ['strategy', body.strategy, [MANUAL, ...strategies]],
  ];
  if (references.quarantine !== null) {
    const words = `The account is quarantined: ${references.quarantine}. Nothing was stored.`;
    throw new ApiProblem('quarantined', words);
  }
  const unknown = known.filter(([, name, names]) => !names.includes(name));
  if (unknown.length > 0) throw unknownReference(unknown);
  if (body.direction === 'short' && references.venue !== 'paper')
    throw invalid('direction', 'not_allowed', 'must be long: a spot account cannot sell what it does not hold');
  const lacked = lackedTerm(references.venue ?? '', { timeInForce: body.timeInForce ?? 'GTC' });
  if (lacked !== undefined)
    throw invalid('timeInForce', 'not_supported', `is refused: ${describeLacked(references.venue ?? '', lacked)}`);
  if (body.trailing?.native === true && !hasTrailingFromLevel(references.venue ?? ''))
    throw invalid('trailing.native', 'not_supported', `is refused: ${lacksTrailing(references.venue ?? '')}`);
  if (isTrailing(body.entry?.type ?? 'market') && !hasTrailingFromLevel(references.venue ?? ''))
    throw invalid(
      'entry.type',
      'not_supported',
      `is refused: no trade is entered by a trailing order at ${references.venue ?? ''}`,
    );
}

function lacksTrailing(venue: string): string {
  return `${venue} has no trailing stops that begin at a level; without it, the watcher follows the price`;
}

/** A problem for fields that name what does not exist, each with what does. */
export function unknownReference(
  unknown: readonly (readonly [field: string, name: string, known: readonly string[]])[],
): ApiProblem {
  const errors: readonly FieldProblem[] = unknown.map(([field, , names]) => ({
    field,
    rule: 'unknown',
    message: names.length === 0 ? 'is not known, and nothing is yet' : `must be one of: ${names.join(', ')}`,
    known: names,
  }));
  const words = errors.map(({ field, message }) => `${field} ${message}`).join('; ');
  return new ApiProblem('unknown_reference', `${words}.`, { errors });
}

/**
 * Market time past which the trade sends nothing that increases: the client's, or the default for the instrument.
 * @throws ApiProblem `invalid_request` when it is not later than the market's time, or when there is no default
 */
export function validUntil(
  body: StartTradeBody,
  references: References,
  calendarOf: (id: CalendarId) => MarketCalendar,
): Instant {
  const now = references.marketTime;
  const id = references.calendar;
  if (now === null || id === null) throw new Error('the account or the instrument has no market time');
  const calendar = calendarOf(id);
  if (body.timeInForce === 'OPG' && calendar.nextOpen(millisOf(now)) === undefined)
    throw invalid(
      'timeInForce',
      'unsuited',
      `OPG needs a market that opens: the calendar ${id} knows no opening to come`,
    );
  const { goodTill } = body;
  if (goodTill !== undefined && millisOf(goodTill) <= millisOf(now))
    throw invalid('goodTill', 'future', `must be later than the market time of the account, ${now}`);
  if (goodTill !== undefined && body.validUntil === undefined) return goodTill;
  if (body.validUntil !== undefined) {
    if (millisOf(body.validUntil) > millisOf(now)) return body.validUntil;
    throw invalid('validUntil', 'future', `must be later than the market time of the account, ${now}`);
  }
  const ofBody = body.timeInForce === 'OPG' ? validUntilOfOpening : defaultValidUntil;
  const until = ofBody(calendar, millisOf(now));
  if (until === undefined)
    throw invalid('validUntil', 'required', 'is required: the calendar knows no further session');
  return instant(until);
}

function invalid(field: string, rule: string, message: string): ApiProblem {
  return new ApiProblem('invalid_request', `${field} ${message}.`, { errors: [{ field, rule, message }] });
}

/** What waits for an opening may wait over a long weekend; a date says by itself when it ends. */
function defaultTimeout(timeInForce: TimeInForce | undefined): number {
  if (timeInForce === 'OPG') return 5 * DAY_SECONDS;
  return timeInForce === 'GTD' ? 365 * DAY_SECONDS : ONE_SESSION_SECONDS;
}

/** The trade that is asked for, with every default filled in. */
export function specOf(body: StartTradeBody, until: Instant): TradeSpec {
  const entry = termsOf(body.entry ?? { type: 'market' });
  return {
    account: body.account,
    instrument: body.instrument,
    strategy: body.strategy,
    entry,
    timeInForce: body.timeInForce ?? (entry.type === 'market' ? 'IOC' : 'GTC'),
    whenClosed: body.whenClosed ?? 'reject',
    unfilledTimeoutSeconds: body.unfilledTimeoutSeconds ?? defaultTimeout(body.timeInForce),
    validUntil: until,
    ...(body.trailing === undefined ? {} : { trailing: trailingOf(body.trailing) }),
    ...given(body, [
      'direction',
      'stopPrice',
      'stopDistance',
      'takeProfitPrice',
      'timeExitSeconds',
      'maxQuantity',
      'maxNotional',
      'approvalDeadlineSeconds',
      'extendedHours',
      'goodTill',
    ]),
  };
}

/** Validation has made sure that there is one distance. */
function trailingOf({ amount, bps, limitOffset, native }: NonNullable<StartTradeBody['trailing']>): TrailingDistance {
  const style = { ...(native === true ? { native } : {}), ...(limitOffset === undefined ? {} : { limitOffset }) };
  if (bps !== undefined) return { bps, ...style };
  if (amount !== undefined) return { amount, ...style };
  throw new Error('a trailing stop passed validation without a distance');
}

/** The fields that were given, without the undefined ones. */
function given<K extends keyof StartTradeBody>(
  body: StartTradeBody,
  names: readonly K[],
): { [N in K]?: Exclude<StartTradeBody[N], undefined> } {
  const picked: { [N in K]?: Exclude<StartTradeBody[N], undefined> } = {};
  for (const name of names) {
    const value = body[name];
    if (isGiven(value)) picked[name] = value;
  }
  return picked;
}

function isGiven<T>(value: T): value is Exclude<T, undefined> {
  return value !== undefined;
}

/** The validated terms in the form of the domain; validation has made sure that each type has its prices. */
export function termsOf(entry: NonNullable<StartTradeBody['entry']>): OrderTerms {
  const { limitOffset, type, price, stopPrice, postOnly } = entry;
  if (type === 'market') return { type };
  if (type === 'limit' && price !== undefined) return postOnly ? { type, price, postOnly } : { type, price };
  if (type === 'stop' && stopPrice !== undefined) return { type, stopPrice };
  if (type === 'stop-limit' && stopPrice !== undefined && price !== undefined) return { type, stopPrice, price };
  const distance = trailDistance(entry);
  if (type === 'trailing-stop' && distance !== undefined)
    return { type, ...distance, ...(stopPrice === undefined ? {} : { stopPrice }) };
  if (type === 'trailing-stop-limit' && distance !== undefined && stopPrice !== undefined && limitOffset !== undefined)
    return { type, ...distance, stopPrice, limitOffset };
  throw new Error(`an entry of type ${ENTRY_TYPES.join('/')} passed validation without its prices`);
}
