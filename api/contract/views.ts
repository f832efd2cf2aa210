import { z } from 'zod';
import { ROLES } from '../../domain/access/role';
import { SEGMENT_KINDS } from '../../domain/calendar/calendar';
import { ORDER_STATES, ORDER_TYPES, TIMES_IN_FORCE } from '../../domain/order/order';
import { TRADE_ACTIONS, TRADE_OUTCOMES, TRADE_PHASES } from '../../domain/trade/phase';
import { amountOut, momentOut } from './fields';

const facts = z.record(z.string(), z.unknown());
const side = z.enum(['buy', 'sell']);

/** An order as the journal has it. */
export const orderView = z
  .object({
    clientOrderId: z.string(),
    intentId: z.string(),
    tradeId: z.string(),
    account: z.string(),
    instrument: z.string(),
    leg: z.string().meta({ description: '`entry`, `stop`, `stop-2`, … or `exit`.' }),
    revision: z.number().int(),
    side,
    quantity: amountOut,
    type: z.enum(ORDER_TYPES),
    price: amountOut.nullable(),
    stopPrice: amountOut.nullable().meta({ description: 'Trigger; of a trailing order, where it stands at first.' }),
    trailBps: z.number().int().nullable().meta({ description: 'Distance of a trailing order, in basis points.' }),
    trailAmount: amountOut.nullable().meta({ description: 'The same as an amount of quote currency.' }),
    limitOffset: amountOut.nullable().meta({ description: 'From the stop of a trailing stop-limit to its limit.' }),
    venueStopPrice: amountOut
      .nullable()
      .meta({ description: 'How near to the market the venue has shown the stop of a trailing order.' }),
    timeInForce: z.enum(TIMES_IN_FORCE),
    goodTill: momentOut.nullable().meta({ description: 'When a GTD order ends.' }),
    outsideRegularHours: z.boolean().meta({ description: 'Whether it works before and after the session too.' }),
    state: z.enum(ORDER_STATES),
    increases: z.boolean().meta({ description: 'Whether it adds exposure; decided by the database.' }),
    closed: z.boolean().meta({ description: 'Given up: no attempt may follow.' }),
    venueOrderId: z.string().nullable(),
    venueState: z.string().nullable(),
    venueFilled: amountOut,
    booked: amountOut.meta({ description: 'Quantity of the fills that are booked.' }),
    refusal: z.string().nullable().meta({ description: 'Code of the last refusal by the fence.' }),
    rejectCode: z.string().nullable(),
    rejectDetail: z.string().nullable(),
    attempts: z.number().int().meta({ description: 'How often it was tried.' }),
    createdAt: momentOut,
    updatedAt: momentOut,
  })
  .meta({ id: 'Order' });

/** One execution. */
export const fillView = z
  .object({
    venueFillId: z.string(),
    venueOrderId: z.string(),
    clientOrderId: z.string().nullable(),
    tradeId: z.string().nullable(),
    leg: z.string().nullable(),
    account: z.string(),
    instrument: z.string(),
    side,
    quantity: amountOut,
    price: amountOut,
    fee: amountOut,
    feeAsset: z.string(),
    liquidity: z.enum(['maker', 'taker']),
    at: momentOut.meta({ description: 'When it was booked.' }),
    marketAt: momentOut.meta({ description: 'Market time of the print that filled it.' }),
  })
  .meta({ id: 'Fill' });

const attemptView = z.object({
  n: z.number().int(),
  state: z.string(),
  fencedAt: momentOut,
  validUntil: momentOut,
  finishedAt: momentOut.nullable(),
  detail: z.string().nullable(),
});

const lookupView = z.object({
  n: z.number().int().meta({ description: 'Attempt that was looked for.' }),
  at: momentOut,
  result: z.string(),
  detail: z.string().nullable(),
});

/** An order with all that was tried and seen. */
export const orderDetailView = orderView
  .extend({ tries: z.array(attemptView), lookups: z.array(lookupView), fills: z.array(fillView) })
  .meta({ id: 'OrderDetail' });

/** A trade in a list. */
export const tradeView = z
  .object({
    id: z.string().meta({ example: 'paper:a-first-trade' }),
    workflowId: z.string(),
    account: z.string(),
    key: z.string(),
    instrument: z.string(),
    strategy: z.string(),
    direction: z.enum(['long', 'short']).nullable(),
    phase: z.enum(TRADE_PHASES),
    outcome: z.enum(TRADE_OUTCOMES).nullable(),
    outcomeCode: z.string().nullable(),
    outcomeDetail: z.string().nullable(),
    attention: z.string().nullable().meta({ description: 'Why a person should look; null when nobody needs to.' }),
    halted: z.boolean(),
    position: amountOut.meta({ description: 'Units that the trade holds; negative when short.' }),
    realisedPnl: amountOut.nullable().meta({ description: 'Net of fees, in account currency; set at the end.' }),
    dust: amountOut,
    createdBy: z.string(),
    acceptedAt: momentOut,
    acceptedMarketAt: momentOut,
    validUntil: momentOut.nullable().meta({ description: 'Market time past which nothing that increases is sent.' }),
    updatedAt: momentOut,
    endedAt: momentOut.nullable(),
    possibleActions: z.array(z.enum(TRADE_ACTIONS)),
  })
  .meta({ id: 'Trade' });

/** A trade with everything that led to it and came of it. */
export const tradeDetailView = tradeView
  .extend({
    runId: z.string().nullable(),
    spec: facts.meta({ description: 'What was asked for, with every default filled in.' }),
    signal: facts.nullable(),
    sizing: facts.nullable(),
    risk: facts.nullable(),
    protection: facts.nullable(),
    requests: facts.meta({ description: 'What people asked for while it ran.' }),
    orders: z.array(orderView),
    fills: z.array(fillView),
  })
  .meta({ id: 'TradeDetail' });

/** One line of a trade's history. */
export const eventView = z
  .object({
    id: z.number().int(),
    kind: z.string().meta({ description: '`phase`, `order`, `fill`, `request`, `attention` or `note`.' }),
    name: z.string(),
    at: momentOut,
    marketAt: momentOut,
    detail: facts,
  })
  .meta({ id: 'TradeEvent' });

/** Where a trade stands after an action. */
export const actionView = z
  .object({
    tradeId: z.string(),
    phase: z.enum(TRADE_PHASES),
    halted: z.boolean(),
    attention: z.string().nullable(),
    position: amountOut,
    possibleActions: z.array(z.enum(TRADE_ACTIONS)),
  })
  .meta({ id: 'ActionResult' });

/** The market clock of an account. */
export const clockView = z
  .object({
    kind: z.enum(['replay', 'live']),
    speed: z.number().meta({ description: 'Market seconds a real second while it runs.' }),
    marketTime: momentOut,
    running: z.boolean(),
  })
  .meta({ id: 'Clock' });

/** An account in a list. */
export const accountView = z
  .object({
    name: z.string(),
    venue: z.string(),
    mode: z.enum(['paper', 'sandbox', 'live']),
    currency: z.string(),
    cash: amountOut.meta({ description: 'Without the notional of open futures.' }),
    equity: amountOut.meta({ description: 'Cash and the value of positions at their last seen price.' }),
    openTrades: z.number().int(),
    quarantine: z.string().nullable().meta({ description: 'Why every order of it is refused; null when none is.' }),
    clock: clockView,
  })
  .meta({ id: 'Account' });

const positionView = z.object({
  instrument: z.string(),
  quantity: amountOut,
  mark: amountOut.nullable().meta({ description: 'Last seen price.' }),
  notional: amountOut.nullable().optional().meta({ description: 'Of a future alone: quantity × mark × multiplier.' }),
  value: amountOut.nullable().meta({
    description: 'What it adds to the equity: quantity × mark, negative when short; of a future, its profit so far.',
  }),
});

export const accountDetailView = accountView
  .extend({
    openingCash: amountOut,
    policy: facts.meta({ description: 'The limits of its risk check.' }),
    positions: z.array(positionView),
  })
  .meta({ id: 'AccountDetail' });

export const futureTermsView = z
  .object({
    multiplier: amountOut.meta({ description: 'Quote currency that one contract gains when the price rises by 1.' }),
    lastTradingDay: z.string().meta({ description: '`YYYY-MM-DD` in the zone of the calendar.' }),
  })
  .meta({ id: 'FutureTerms' });

export const instrumentView = z
  .object({
    id: z.string(),
    account: z
      .string()
      .nullable()
      .meta({ description: 'The account at an exchange that lists it so; null for what trades on paper.' }),
    description: z.string(),
    calendar: z.string(),
    feed: z.string(),
    baseAsset: z.string(),
    quoteAsset: z.string(),
    tick: amountOut,
    lot: amountOut,
    minQuantity: amountOut,
    minNotional: amountOut,
    extendedHours: z.boolean().meta({ description: 'Whether it takes limit orders in pre- and post-market.' }),
    future: futureTermsView.optional().meta({ description: 'Of a future alone.' }),
    firstBar: z.string().nullable().meta({ description: 'First trading day with a bundled price.' }),
    lastBar: z.string().nullable(),
  })
  .meta({ id: 'Instrument' });

const segmentView = z.object({ kind: z.enum(SEGMENT_KINDS), open: momentOut, close: momentOut });
const sessionView = z.object({
  date: z.string().meta({ description: 'Trading day, in the zone of the market.' }),
  open: momentOut,
  close: momentOut,
  early: z.boolean().meta({ description: 'Whether it ends before the regular close.' }),
  segments: z.array(segmentView).meta({ description: 'Continuous trading; breaks and halts lie between.' }),
});

/** A market calendar: how it stands at a moment, and its trading days. */
export const calendarView = z
  .object({
    id: z.string(),
    timeZone: z.string(),
    coverage: z
      .object({ from: momentOut, to: momentOut, daysLeft: z.number().int() })
      .meta({ description: 'What it knows; outside of it the market counts as closed.' }),
    at: momentOut,
    open: z.boolean(),
    session: sessionView
      .omit({ segments: true })
      .extend({ segment: z.enum(SEGMENT_KINDS).nullable().meta({ description: 'Null in a break or a halt.' }) })
      .nullable()
      .meta({ description: 'The trading day under way, pre- and post-market included.' }),
    nextOpen: momentOut.nullable(),
    nextClose: momentOut.nullable(),
    sessions: z.array(sessionView),
  })
  .meta({ id: 'Calendar' });

const headRoomView = z.object({
  limit: z.string().meta({ description: 'Code of the limit.' }),
  max: z.string(),
  used: z.string(),
  after: z
    .string()
    .nullable()
    .meta({ description: 'With the entry; null where it changes nothing or was never sized.' }),
  left: z.string(),
});

/** What a risk check decides, with everything that led to it. */
export const verdictView = z
  .object({
    approved: z.boolean(),
    code: z.string().nullable().meta({ description: 'Why not; null when approved.' }),
    message: z.string(),
    detail: z.record(z.string(), z.string()).meta({ description: 'The values behind a refusal.' }),
    quantity: amountOut.nullable(),
    referencePrice: amountOut.nullable(),
    binding: z.string().nullable().meta({ description: 'The bound that gave the quantity.' }),
    warnings: z.array(z.string()).meta({ description: 'Limits that are near.' }),
    headRoom: z.array(headRoomView),
    limits: facts.meta({ description: 'The limits that applied, of account, strategy and instrument together.' }),
    inputs: facts.meta({ description: 'Entry, market and portfolio that it was decided on.' }),
    checks: z.array(
      z.object({ check: z.string(), verdict: z.enum(['pass', 'fail']), values: z.record(z.string(), z.string()) }),
    ),
  })
  .meta({ id: 'RiskVerdict' });

export const storedVerdictView = z.object({
  id: z.number().int(),
  at: momentOut,
  marketAt: momentOut,
  verdict: verdictView,
});

export const lockView = z
  .object({
    id: z.number().int(),
    account: z.string(),
    scope: z.string().meta({ description: '`account` or `instrument:ID`.' }),
    code: z.enum(['cooldown', 'loss_streak']),
    tradeId: z.string().meta({ description: 'The losing trade after which it was made.' }),
    until: momentOut.meta({ description: 'Market time.' }),
    createdAt: momentOut,
  })
  .meta({ id: 'RiskLock' });

export const policyView = z
  .object({
    applied: z.object({ at: momentOut, by: z.string(), hash: z.string() }).nullable(),
    document: facts.meta({ description: 'The policy file.' }),
    accounts: z.array(z.object({ account: z.string(), limits: facts })),
    locks: z.array(lockView),
  })
  .meta({ id: 'RiskPolicy' });

export const policyAppliedView = z
  .object({
    hash: z.string(),
    stored: z.boolean().meta({ description: 'False when this file was in force already.' }),
    changed: z.array(z.string()).meta({ description: 'Accounts whose limits are others now.' }),
  })
  .meta({ id: 'RiskPolicyApplied' });

export const keyView = z
  .object({
    id: z.string(),
    name: z.string(),
    role: z.enum(ROLES),
    key: z.string().meta({ description: 'The key itself; shown this once and stored only as a hash.' }),
  })
  .meta({ id: 'ApiKey' });

export const listedKeyView = z
  .object({
    id: z.string(),
    name: z.string(),
    role: z.enum(ROLES),
    createdAt: momentOut,
    lastUsedAt: momentOut.nullable(),
    revokedAt: momentOut.nullable(),
  })
  .meta({ id: 'ListedApiKey' });

export const problemView = z
  .object({
    type: z.string().meta({ example: 'urn:tradewind:problem:invalid_request' }),
    title: z.string(),
    status: z.number().int(),
    code: z.string(),
    detail: z.string(),
    errors: z
      .array(
        z.object({ field: z.string(), rule: z.string(), message: z.string(), known: z.array(z.string()).optional() }),
      )
      .optional(),
    phase: z.string().optional(),
    possibleActions: z.array(z.string()).optional(),
    scope: z.string().optional(),
    tradeId: z.string().optional(),
    outcomeCode: z.string().optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457.' });

export const readinessView = z
  .object({
    status: z.enum(['ready', 'not-ready']),
    database: z.enum(['reachable', 'unreachable']),
    temporal: z.enum(['reachable', 'unreachable']).meta({ description: 'Down: trades are stored and started later.' }),
  })
  .meta({ id: 'Readiness' });

export type OrderView = z.output<typeof orderView>;
export type OrderDetailView = z.output<typeof orderDetailView>;
export type FillView = z.output<typeof fillView>;
export type TradeView = z.output<typeof tradeView>;
export type TradeDetailView = z.output<typeof tradeDetailView>;
export type EventView = z.output<typeof eventView>;
export type ActionView = z.output<typeof actionView>;
export type ClockView = z.output<typeof clockView>;
export type AccountView = z.output<typeof accountView>;
export type AccountDetailView = z.output<typeof accountDetailView>;
export type VerdictView = z.output<typeof verdictView>;
export type StoredVerdictView = z.output<typeof storedVerdictView>;
export type PolicyView = z.output<typeof policyView>;
export type PolicyAppliedView = z.output<typeof policyAppliedView>;
export type LockView = z.output<typeof lockView>;
export type KeyView = z.output<typeof keyView>;
export type ListedKeyView = z.output<typeof listedKeyView>;
/** One page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}
