import { z } from 'zod';
import { dec } from '../../domain/money/decimal';
import type { DecimalString } from '../../domain/money/decimal';
import { isTrailing, TIMES_IN_FORCE } from '../../domain/order/order';
import { ENTRY_TYPES } from '../../domain/trade/spec';
import type { EntryType } from '../../domain/trade/spec';
import { MANUAL } from '../../domain/trade/spec';
import { accountName, instrumentId, momentIn, oneOf, positiveAmount, rule, strategyName, wholeNumber } from './fields';

/** A year of 365 days, in seconds: longer waits are mistakes. */
const YEAR_SECONDS = 31_536_000;
const WEEK_SECONDS = 604_800;

type EntryField = 'price' | 'stopPrice' | 'trailBps' | 'trailAmount' | 'limitOffset';
type Need = 'must' | 'may' | 'none';
const NO_FIELD = {
  price: 'none',
  stopPrice: 'none',
  trailBps: 'none',
  trailAmount: 'none',
  limitOffset: 'none',
} as const;
const TRAILING = { ...NO_FIELD, stopPrice: 'may', trailBps: 'may', trailAmount: 'may' } as const;

/** Which fields each type of entry has. */
const ENTRY_FIELDS: Readonly<Record<EntryType, Readonly<Record<EntryField, Need>>>> = {
  market: NO_FIELD,
  limit: { ...NO_FIELD, price: 'must' },
  stop: { ...NO_FIELD, stopPrice: 'must' },
  'stop-limit': { ...NO_FIELD, price: 'must', stopPrice: 'must' },
  'trailing-stop': TRAILING,
  'trailing-stop-limit': { ...TRAILING, stopPrice: 'must', limitOffset: 'must' },
};

export const entry = z
  .strictObject({
    type: oneOf(ENTRY_TYPES),
    price: positiveAmount.optional(),
    stopPrice: positiveAmount
      .meta({ description: 'Trigger; of a trailing entry, where its stop stands at first.' })
      .optional(),
    trailBps: wholeNumber(1, 9_999, 'basis points').optional(),
    trailAmount: positiveAmount
      .meta({ description: 'How far a trailing entry stays from the best price; or `trailBps`.' })
      .optional(),
    limitOffset: positiveAmount
      .meta({ description: 'From the stop of a trailing-stop-limit entry to its limit.' })
      .optional(),
    postOnly: z.boolean().optional(),
  })
  .superRefine((terms, context) => {
    for (const [field, need] of Object.entries(ENTRY_FIELDS[terms.type])) {
      const given = terms[field as EntryField] !== undefined;
      if (need === 'may' || given === (need === 'must')) continue;
      const message = given
        ? rule('not_allowed', `a ${terms.type} entry takes no ${field}`)
        : rule('required', `a ${terms.type} entry needs a ${field}`);
      context.addIssue({ code: 'custom', path: [field], message });
    }
    if (isTrailing(terms.type) && (terms.trailBps === undefined) === (terms.trailAmount === undefined)) {
      const message = rule('exactly_one', `a ${terms.type} entry needs either trailBps or trailAmount`);
      context.addIssue({ code: 'custom', path: ['trailAmount'], message });
    }
    if (terms.postOnly && terms.type !== 'limit') {
      context.addIssue({
        code: 'custom',
        path: ['postOnly'],
        message: rule('not_allowed', `only a limit entry can be post-only, not a ${terms.type} entry`),
      });
    }
  })
  .meta({ description: 'Order that opens the position; `{"type": "market"}` unless told.' });

const trailing = z
  .strictObject({
    bps: wholeNumber(1, 9_999, 'basis points').optional(),
    amount: positiveAmount.optional(),
    native: z
      .boolean({ error: rule('boolean', 'must be true or false') })
      .meta({
        description:
          'The protective stop itself is a trailing order of the venue, which begins at `stopPrice` and only tightens.',
      })
      .optional(),
    limitOffset: positiveAmount
      .meta({ description: 'Of a native one: it is a limit this far beyond the stop once that is reached.' })
      .optional(),
  })
  .refine((distance) => (distance.bps === undefined) !== (distance.amount === undefined), {
    error: rule('exactly_one', 'needs either bps or amount'),
  })
  .refine((distance) => distance.limitOffset === undefined || distance.native === true, {
    path: ['limitOffset'],
    error: rule('not_allowed', 'only a native trailing stop can become a limit'),
  })
  .meta({ description: 'How far the trailing stop stays behind the best price since entry.' });

const fields = z.strictObject({
  account: accountName,
  instrument: instrumentId,
  strategy: strategyName.meta({ description: '`manual`, or a strategy that gives direction and stop.' }),
  direction: oneOf(['long', 'short']).optional(),
  stopPrice: positiveAmount.optional(),
  stopDistance: positiveAmount
    .meta({ description: 'Of a trailing entry, in place of stopPrice: from the price of its first fill to the stop.' })
    .optional(),
  entry: entry.optional(),
  timeInForce: oneOf(TIMES_IN_FORCE)
    .meta({ description: 'Of the entry; what the venue lacks is refused by name. See docs/order-protocol.md.' })
    .optional(),
  goodTill: momentIn.meta({ description: 'When a GTD entry ends.' }).optional(),
  takeProfitPrice: positiveAmount.optional(),
  trailing: trailing.optional(),
  timeExitSeconds: wholeNumber(1, YEAR_SECONDS, 'market seconds').optional(),
  maxQuantity: positiveAmount.optional(),
  maxNotional: positiveAmount.optional(),
  whenClosed: oneOf(['reject', 'wait']).optional(),
  extendedHours: z
    .boolean({ error: rule('boolean', 'must be true or false') })
    .meta({ description: 'Admits pre- and post-market for a limit entry where the venue does; false unless told.' })
    .optional(),
  approvalDeadlineSeconds: wholeNumber(1, WEEK_SECONDS, 'seconds').optional(),
  unfilledTimeoutSeconds: wholeNumber(1, YEAR_SECONDS, 'market seconds').optional(),
  validUntil: momentIn.optional(),
});

type Fields = z.output<typeof fields>;
export type Refuse = (field: string, name: string, words: string) => void;

/** What a client sends to start a trade; every field that is left out has a default or is not wanted. */
export const startTradeBody = fields
  .superRefine((body, context) => {
    const refuse: Refuse = (field, name, words) => {
      context.addIssue({ code: 'custom', path: field.split('.'), message: rule(name, words) });
    };
    checkManual(body, refuse);
    checkStop(body, refuse);
    checkSides(body, refuse);
    checkTime(body, refuse);
  })
  .meta({ id: 'StartTrade' });
export type StartTradeBody = Fields;

function checkManual(body: Fields, refuse: Refuse): void {
  if (body.strategy !== MANUAL) {
    if (body.direction !== undefined)
      refuse('direction', 'not_allowed', 'only a manual trade takes a direction: a strategy brings its own');
    return;
  }
  if (body.direction === undefined) refuse('direction', 'required', 'a manual trade needs a direction');
  if (body.stopPrice === undefined && !trails(body))
    refuse('stopPrice', 'required', 'a manual trade needs a protective stopPrice');
}

function trails({ entry: terms }: Pick<Fields, 'entry'>): boolean {
  return isTrailing(terms?.type ?? 'market');
}

/** A trailing entry fills where nobody knows: a fixed stop could lie on the wrong side of that. */
export function checkStop(body: Pick<Fields, 'entry' | 'stopPrice' | 'stopDistance'>, refuse: Refuse): void {
  if (!trails(body)) {
    if (body.stopDistance !== undefined)
      refuse('stopDistance', 'not_allowed', 'only a trailing entry takes a stopDistance: give a stopPrice');
    return;
  }
  if (body.stopDistance === undefined)
    refuse('stopDistance', 'required', 'a trailing entry needs a stopDistance, from its first fill to the stop');
  if (body.stopPrice !== undefined)
    refuse('stopPrice', 'not_allowed', 'a trailing entry takes no stopPrice: it may fill beyond it');
}

/** What a time in force needs, and the entries that it does not suit. */
function checkTime({ entry: terms, goodTill, timeInForce }: Fields, refuse: Refuse): void {
  if (timeInForce === 'GTD' && goodTill === undefined) refuse('goodTill', 'required', 'is required: when does it end?');
  if (timeInForce !== 'GTD' && goodTill !== undefined)
    refuse('goodTill', 'not_allowed', 'only an entry with timeInForce GTD has a date');
  const type = terms?.type ?? 'market';
  if (timeInForce === 'GTD' && type === 'market')
    refuse('timeInForce', 'unsuited', 'a market entry is never good until a date');
  if (timeInForce === 'OPG' && type !== 'market' && type !== 'limit')
    refuse('timeInForce', 'unsuited', 'only market and limit entries take part in an opening auction');
}

/** A stop on the winning side or a target on the losing one is a slip of the pen that would be filled at once. */
export function checkSides(
  body: Pick<Fields, 'direction' | 'entry' | 'stopPrice' | 'takeProfitPrice'>,
  refuse: Refuse,
): void {
  if (body.direction === undefined) return;
  const sign = body.direction === 'long' ? 1 : -1;
  const beyond = (a: DecimalString, b: DecimalString): boolean => dec(a).cmp(dec(b)) * sign > 0;
  const [losing, winning] = sign > 0 ? ['below', 'above'] : ['above', 'below'];
  // Where a trailing entry begins says nothing of where it fills.
  const entryPrice = trails(body) ? undefined : (body.entry?.price ?? body.entry?.stopPrice);
  const { stopPrice, takeProfitPrice } = body;
  if (stopPrice !== undefined && entryPrice !== undefined && !beyond(entryPrice, stopPrice)) {
    refuse('stopPrice', 'losing_side', `the stop of a ${body.direction} trade must be ${losing} its entry price`);
  }
  const floor = entryPrice ?? stopPrice;
  if (takeProfitPrice !== undefined && floor !== undefined && !beyond(takeProfitPrice, floor)) {
    const than = entryPrice === undefined ? 'stop' : 'entry price';
    refuse('takeProfitPrice', 'winning_side', `the target of a ${body.direction} trade must be ${winning} its ${than}`);
  }
}
