/** What a code is about. `market`: when and at which price; `plan`: the proposal itself; `size`: how much; `limit`: the account's limits; `order`: the state of the trade's orders and approval; `halt`: trading is stopped. */
export const RISK_CATEGORIES = ['market', 'plan', 'size', 'limit', 'order', 'halt'] as const;
export type RiskCategory = (typeof RISK_CATEGORIES)[number];

/** What is known about a code, for people and for the API. */
export interface RiskCodeInfo {
  readonly category: RiskCategory;
  /** HTTP status where the code answers a request: 422 if another request may pass, 409 if another state is needed. */
  readonly status: 409 | 422;
  /** One sentence: what was found. */
  readonly description: string;
  /** One sentence: what the user can do. */
  readonly action: string;
}

/**
 * Every reason for which an order is refused by our own rules, whether `assessRisk` finds it or the database's fence
 * does. Codes are stable: callers branch on them, and on nothing else. The table in docs/risk.md is generated
 * from this list.
 */
export const RISK_CODES = {
  market_closed: {
    category: 'market',
    status: 409,
    description: 'The market is closed and the trade was not asked to wait for the open.',
    action: 'Send it again when the market is open, or with `whenClosed: wait`; the next open is stated.',
  },
  contract_ending: {
    category: 'market',
    status: 422,
    description: 'The last trading day of the future is so near that no trade in it may be entered any more.',
    action: 'Trade the contract that follows it; the day, and the moment from which on this one is left, are stated.',
  },
  calendar_ended: {
    category: 'market',
    status: 409,
    description: 'The calendar of the market does not know this moment, and unknown is closed.',
    action: 'Install a version with a longer calendar, or add one by CALENDARS_FILE.',
  },
  price_missing: {
    category: 'market',
    status: 409,
    description: 'There is no price for the instrument at this market time.',
    action: 'Check that the feed covers the instrument and the time, then try again.',
  },
  price_stale: {
    category: 'market',
    status: 409,
    description: 'The last price is older than the longest gap between two prints of its feed.',
    action: 'Wait for a fresh price; if none comes, look at the feed.',
  },
  spread: {
    category: 'market',
    status: 409,
    description: 'Bid and ask are further apart than the policy allows.',
    action: 'Wait for a tighter market, or have the policy’s widest spread changed.',
  },
  no_stop: {
    category: 'plan',
    status: 422,
    description: 'The proposal names no stop price, so the loss it risks is unknown.',
    action: 'Give a stop price.',
  },
  short_on_spot: {
    category: 'plan',
    status: 422,
    description: 'A short trade was asked for on a spot account, which cannot sell what it does not hold.',
    action: 'Trade long, or on an account that can be short.',
  },
  stop_wrong_side: {
    category: 'plan',
    status: 422,
    description: 'The stop is not on the losing side of every price at which the entry may fill.',
    action: 'Put the stop below the entry of a long trade, above the entry of a short one.',
  },
  tick: {
    category: 'plan',
    status: 422,
    description: 'A price is not a positive multiple of the instrument’s tick.',
    action: 'Round the price to the tick that is stated.',
  },
  lot: {
    category: 'plan',
    status: 422,
    description: 'The quantity is not a multiple of the instrument’s lot.',
    action: 'Round the quantity down to the lot that is stated.',
  },
  price_collar: {
    category: 'plan',
    status: 422,
    description: 'The entry is priced further beyond the market than the policy’s collar allows.',
    action: 'Check the price for a slip of the pen; the market and the collar are stated.',
  },
  reward_to_risk: {
    category: 'plan',
    status: 422,
    description: 'The take-profit is missing or too near for the distance of the stop.',
    action: 'Move the take-profit or the stop, or have the policy’s minimum changed.',
  },
  volatility_unknown: {
    category: 'size',
    status: 409,
    description: 'The policy sizes by volatility, and the instrument has too few bars for an average true range.',
    action: 'Choose an instrument with at least 15 daily bars, or another way of sizing.',
  },
  size_zero: {
    category: 'size',
    status: 422,
    description: 'The money that may be lost does not pay for a single lot at this stop distance.',
    action: 'Choose a nearer stop or an instrument with a smaller lot.',
  },
  below_minimum: {
    category: 'size',
    status: 422,
    description: 'The entry or its stop would be below the venue’s minimum quantity or notional.',
    action: 'Allow a larger quantity or choose a nearer stop; the minimum is stated.',
  },
  position_size: {
    category: 'limit',
    status: 409,
    description: 'The position in the instrument already has, or would get, more than its highest notional.',
    action: 'Reduce the position first, or have the policy’s largest position changed.',
  },
  concentration: {
    category: 'limit',
    status: 409,
    description: 'The instrument already has, or would get, more than its share of the account’s equity.',
    action: 'Reduce the position in this instrument first.',
  },
  leverage: {
    category: 'limit',
    status: 409,
    description: 'The account’s gross exposure already is, or would be, above its multiple of the equity.',
    action: 'Reduce open positions first.',
  },
  net_leverage: {
    category: 'limit',
    status: 409,
    description: 'The account’s net exposure already is, or would be, above its multiple of the equity.',
    action: 'Reduce positions of the same direction first.',
  },
  sector_exposure: {
    category: 'limit',
    status: 409,
    description: 'The instruments of the same sector already have, or would get, more than their share of the equity.',
    action: 'Reduce positions in the sector first; it is named.',
  },
  group_exposure: {
    category: 'limit',
    status: 409,
    description: 'The instruments that move together with this one already have, or would get, more than their share.',
    action: 'Reduce positions in the group first; it is named.',
  },
  strategy_exposure: {
    category: 'limit',
    status: 409,
    description: 'The trades of the strategy already have, or would get, more than its share of the equity.',
    action: 'Exit a trade of the strategy first.',
  },
  var_limit: {
    category: 'limit',
    status: 409,
    description: 'The account’s value at risk already is, or would be, above its limit.',
    action: 'Reduce or hedge positions first; the figures are stated.',
  },
  buying_power: {
    category: 'limit',
    status: 409,
    description: 'The funds that are free at the venue do not pay for the order and its costs.',
    action: 'Free funds by closing positions or cancelling orders.',
  },
  daily_loss: {
    category: 'limit',
    status: 409,
    description: 'Today’s loss, realised and open, has reached the account’s daily limit.',
    action: 'Wait for the next trading day; open trades stay protected.',
  },
  drawdown: {
    category: 'limit',
    status: 409,
    description: 'The equity has fallen from its highest value by as much as the policy allows.',
    action: 'Review what happened, then have the policy’s drawdown changed by an admin.',
  },
  cooldown: {
    category: 'limit',
    status: 409,
    description: 'The instrument is locked for a while after a losing trade.',
    action: 'Wait until the market time that is stated, or have an admin release the lock.',
  },
  loss_streak: {
    category: 'limit',
    status: 409,
    description: 'The account is locked for a while after several losing trades in a row.',
    action: 'Wait until the market time that is stated, or have an admin release the lock.',
  },
  order_rate: {
    category: 'limit',
    status: 409,
    description: 'As many orders that add exposure as the policy allows have left within the last minute.',
    action: 'Wait a minute, and look for a program that trades too fast.',
  },
  strategy_open_trades: {
    category: 'limit',
    status: 409,
    description: 'The strategy already has as many open trades as it may have.',
    action: 'Wait until one of them ends, or exit one.',
  },
  open_trades: {
    category: 'limit',
    status: 409,
    description: 'The account already has as many open trades as it may have.',
    action: 'Wait until one of them ends, or exit one.',
  },
  opposite_trade: {
    category: 'limit',
    status: 409,
    description: 'A trade in the other direction is open in this account and instrument.',
    action: 'Exit that trade first; it is named.',
  },
  unknown_order: {
    category: 'order',
    status: 409,
    description: 'An order in this account and instrument has an unknown outcome, so the exposure is not known.',
    action: 'Wait until it is resolved; reducing orders are not held back.',
  },
  over_capacity: {
    category: 'order',
    status: 409,
    description: 'A reducing order is larger than what is left of the position after the other reducing orders.',
    action: 'Wait for the orders that are at work, or ask for no more than the capacity that is stated.',
  },
  not_approved: {
    category: 'order',
    status: 409,
    description: 'An order that adds exposure has no approval.',
    action: 'Nothing by hand: the trade goes back to the risk check.',
  },
  over_approval: {
    category: 'order',
    status: 409,
    description: 'The order is larger, in quantity or notional, than what was approved.',
    action: 'Nothing by hand: the trade goes back to the risk check.',
  },
  approval_expired: {
    category: 'order',
    status: 409,
    description: 'The approval of the order is past its deadline.',
    action: 'Nothing by hand: the trade goes back to the risk check.',
  },
  expired: {
    category: 'order',
    status: 409,
    description: 'The trade’s `validUntil` has passed before it could be entered.',
    action: 'Start a new trade if the idea still holds.',
  },
  trade_ended: {
    category: 'order',
    status: 409,
    description: 'The trade has already ended and sends nothing more.',
    action: 'Start a new trade.',
  },
  intent_closed: {
    category: 'order',
    status: 409,
    description: 'This order was given up before it was sent, which is final.',
    action: 'Nothing by hand: the trade goes on with its next step.',
  },
  unknown_trade: {
    category: 'order',
    status: 409,
    description: 'The order belongs to a trade that is not in the registry.',
    action: 'Report it: a trade is always stored before its orders.',
  },
  params_mismatch: {
    category: 'order',
    status: 409,
    description: 'An order of the same identity but with other terms is already in the journal.',
    action: 'Report it: an order’s terms never change between attempts.',
  },
  attempt_out_of_order: {
    category: 'order',
    status: 409,
    description: 'The attempt is not the one that follows the last recorded attempt.',
    action: 'Nothing by hand: the trade reads its journal and goes on from there.',
  },
  attempt_lost: {
    category: 'order',
    status: 409,
    description: 'The attempt’s permit grew old and another worker has taken the attempt over.',
    action: 'Nothing by hand: nothing was sent, and the outcome is looked up.',
  },
  unreconciled: {
    category: 'halt',
    status: 409,
    description: 'Our books and the venue’s differ in this instrument, or in an asset that it exchanges.',
    action:
      'Look at the differences (`tradewind reconcile list`); accept the venue’s side, or wait until they are gone.',
  },
  halted: {
    category: 'halt',
    status: 409,
    description: 'A kill switch of one of the trade’s scopes is engaged, or was engaged after the trade was accepted.',
    action: 'Start a new trade after an admin has released the switch; a release does not revive halted trades.',
  },
  taken_over: {
    category: 'halt',
    status: 409,
    description: 'A halt has taken the trade over from its workflow.',
    action: 'Read the halt’s report: it exits what the trade holds.',
  },
  fence_unavailable: {
    category: 'halt',
    status: 409,
    description: 'The state of the global kill switch cannot be read, so nothing passes.',
    action: 'Run `tradewind doctor`: the database is not set up completely.',
  },
  quarantined: {
    category: 'halt',
    status: 409,
    description:
      'The account is quarantined: its venue was not read yet, its key may do too much, or its books were restored.',
    action: 'Look at the account (`tradewind account show`): it says why, and what frees it.',
  },
} as const satisfies Record<string, RiskCodeInfo>;

export type RiskCode = keyof typeof RISK_CODES;

/** True when the text is one of the codes: for what comes back from the database or another process. */
export function isRiskCode(text: string): text is RiskCode {
  return Object.hasOwn(RISK_CODES, text);
}
