import { dec, isDecimalString } from '../money/decimal';
import { DEFAULT_TRIP_RULES, TRIPS } from './trips';
import type { TripRule, TripRules } from './trips';
import { HALT_MODES } from './halt';

/** What a setting may change of a trip. */
export interface TripSetting {
  readonly enabled?: boolean | undefined;
  readonly limit?: string | undefined;
  readonly forSeconds?: number | undefined;
  readonly mode?: string | undefined;
  readonly flatten?: boolean | undefined;
}

/** The rules that come with Tradewind, with these changes. @throws RangeError naming the trip and the member that breaks a rule */
export function tripRules(settings: Readonly<Record<string, TripSetting>>): TripRules {
  const stranger = Object.keys(settings).find((name) => !TRIPS.some((trip) => trip === name));
  if (stranger !== undefined)
    throw new RangeError(`HALT_TRIPS: there is no trip ${stranger}; there are ${TRIPS.join(', ')}`);
  const rules = TRIPS.map((trip) => [trip, changed(trip, DEFAULT_TRIP_RULES[trip], settings[trip] ?? {})] as const);
  return Object.fromEntries(rules) as unknown as TripRules;
}

function changed(trip: string, rule: TripRule, setting: TripSetting): TripRule {
  const { enabled = rule.enabled, limit, forSeconds, mode = rule.mode, flatten = rule.flatten } = setting;
  const known = HALT_MODES.find((one) => one === mode);
  if (known === undefined) throw new RangeError(`HALT_TRIPS: ${trip}.mode must be one of: ${HALT_MODES.join(', ')}`);
  if (limit !== undefined && (!isDecimalString(limit) || dec(limit).lt(0)))
    throw new RangeError(`HALT_TRIPS: ${trip}.limit must be a plain decimal of at least 0, as a string`);
  if (forSeconds !== undefined && !(forSeconds >= 0 && forSeconds <= 86_400))
    throw new RangeError(`HALT_TRIPS: ${trip}.forSeconds must be from 0 to 86400`);
  return {
    enabled,
    limit: limit === undefined ? rule.limit : limit,
    forMs: forSeconds === undefined ? rule.forMs : forSeconds * 1_000,
    mode: known,
    flatten,
  };
}
