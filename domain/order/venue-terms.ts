import type { OrderRequest, TimeInForce } from './order';

/** What an order may ask for that only venues with sessions, or none but one, have. */
export type SpecialTerm = Extract<TimeInForce, 'DAY' | 'GTD' | 'OPG'> | 'outside-regular-hours';

/** By venue; one that is not named has none of them. The paper venue's tape says when it prints. */
const SPECIAL_TERMS: Readonly<Partial<Record<string, readonly SpecialTerm[]>>> = {
  paper: ['DAY', 'outside-regular-hours'],
  ib: ['DAY', 'GTD', 'OPG', 'outside-regular-hours'],
};

/** Venues where a trailing order may follow at an amount, begin at a level, and become a limit. */
const TRAILS_FROM_A_LEVEL: readonly string[] = ['paper', 'ib'];

/**
 * Whether a trade may trail at the venue: its protective stop, which begins at the trade's stop price, or its entry, whose
 * first fill the stop is worked out from.
 */
export function hasTrailingFromLevel(venue: string): boolean {
  return TRAILS_FROM_A_LEVEL.includes(venue);
}

type Asked = Pick<OrderRequest, 'timeInForce' | 'outsideRegularHours'>;

/**
 * The first of the order's special terms that the venue does not have, if any. Whoever is asked for such an order refuses
 * it by that name: sent without its term it would be another order.
 */
export function lackedTerm(venue: string, { outsideRegularHours, timeInForce }: Asked): SpecialTerm | undefined {
  const has = SPECIAL_TERMS[venue] ?? [];
  const asked: SpecialTerm[] = [];
  if (timeInForce === 'DAY' || timeInForce === 'GTD' || timeInForce === 'OPG') asked.push(timeInForce);
  if (outsideRegularHours === true) asked.push('outside-regular-hours');
  return asked.find((term) => !has.includes(term));
}

/**
 * The first of the order's special terms that no exchange of futures has, if any: their trading day begins without an
 * auction that an order could be sent for. Source: Interactive Brokers, order types: "Market on Open" and "Limit on Open"
 * are for stocks, options and warrants.
 */
export function lackedOfFutures({ timeInForce }: Pick<Asked, 'timeInForce'>): SpecialTerm | undefined {
  return timeInForce === 'OPG' ? 'OPG' : undefined;
}

const WORDS: Readonly<Record<SpecialTerm, string>> = {
  DAY: 'sessions that a DAY order could end with',
  GTD: 'orders that are good until a date (GTD)',
  OPG: 'orders for the opening auction (OPG)',
  'outside-regular-hours': 'orders that work outside regular hours',
};

/** Such as `binance has no orders that are good until a date (GTD)`. */
export function describeLacked(venue: string, term: SpecialTerm): string {
  return `${venue} has no ${WORDS[term]}`;
}

/** Why an order's time in force does not suit its type, if so; the same at every venue. */
export function unsuitedTime({
  goodTill,
  terms,
  timeInForce,
}: Pick<OrderRequest, 'goodTill' | 'terms' | 'timeInForce'>): string | undefined {
  if ((timeInForce === 'GTD') !== (goodTill !== undefined)) return 'a GTD order, and no other, has a date';
  if (timeInForce === 'GTD' && terms.type === 'market') return 'a market order is never good until a date';
  if (timeInForce === 'OPG' && terms.type !== 'market' && terms.type !== 'limit')
    return 'only market and limit orders take part in an opening auction';
  return undefined;
}
