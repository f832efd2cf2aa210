import { z } from 'zod';
import { CONTRACT_KINDS } from '../../domain/order/broker';
import { ORDER_TYPES } from '../../domain/order/order';
import { amountOut, momentOut } from './fields';
import { fillView, orderDetailView } from './views';

const line = z.object({ up: z.boolean(), why: z.string(), at: momentOut });

const venueState = {
  account: z.string(),
  asOf: momentOut.nullable().meta({ description: 'When the venue was last asked; null before the first time.' }),
  polledAt: momentOut
    .nullable()
    .meta({ description: 'When orders and fills were last read from a venue that is polled.' }),
  problems: z.record(z.string(), z.string()).meta({ description: 'What goes wrong with the venue now, by chore.' }),
  lines: z.record(z.string(), line).meta({ description: "State of the venue's streams." }),
};

/** Balances by the venue's count. */
export const balancesView = z
  .object({
    ...venueState,
    balances: z.array(
      z.object({
        asset: z.string(),
        free: amountOut,
        locked: amountOut.meta({ description: 'Held by working orders.' }),
      }),
    ),
    positions: z
      .array(
        z.object({
          instrument: z.string(),
          quantity: amountOut,
          foreign: z.literal(true).optional().meta({ description: 'The account does not trade it: reported only.' }),
        }),
      )
      .nullable()
      .meta({ description: 'Units by instrument; null where holdings are balances of assets.' }),
    values: z
      .array(z.object({ name: z.string(), amount: amountOut.nullable(), currency: z.string() }))
      .nullable()
      .meta({ description: 'What the venue works out of the account; an amount that it does not state is null.' }),
  })
  .meta({ id: 'Balances' });

const listed = z.object({
  venueOrderId: z.string(),
  clientOrderId: z.string().nullable(),
  instrument: z.string(),
  side: z.enum(['buy', 'sell']),
  quantity: amountOut,
  type: z.enum(ORDER_TYPES),
  state: z.string(),
  filledQuantity: amountOut,
  receivedAt: momentOut,
});

/** Working orders by the venue's count. */
export const venueOrdersView = z
  .object({
    ...venueState,
    ours: z.array(listed.extend({ tradeId: z.string().nullable(), leg: z.string().nullable() })),
    foreign: z.array(listed).meta({ description: 'Placed by somebody else: reported, never touched.' }),
    foreignFills: z.array(fillView).meta({ description: 'Their executions, newest first; they move the position.' }),
  })
  .meta({ id: 'VenueOrders' });

/** A price as the venue last had it. */
export const quoteView = z
  .object({
    account: z.string(),
    instrument: z.string(),
    price: amountOut.nullable(),
    bid: amountOut.nullable(),
    ask: amountOut.nullable(),
    at: momentOut.nullable(),
    ageMs: z.number().nullable().meta({ description: "By the account's clock." }),
    by: z
      .enum(['stream', 'poll', 'none'])
      .nullable()
      .meta({ description: '`none`: the venue has no price of it; null: nobody has asked yet.' }),
    line: line.nullable().meta({ description: "State of the venue's stream of prices." }),
    problem: z.string().nullable(),
  })
  .meta({ id: 'Quote' });

/** What a check of a venue found. */
export const brokerCheckView = z
  .object({
    account: z.string(),
    findings: z.array(
      z.object({
        check: z.string(),
        result: z.enum(['ok', 'off', 'warning', 'failed']),
        detail: z.string(),
        milliseconds: z.number(),
      }),
    ),
  })
  .meta({ id: 'BrokerCheck' });

/** What a symbol may mean at a venue. */
export const contractsView = z
  .object({
    account: z.string(),
    contracts: z
      .array(
        z.object({
          conId: z.number().meta({ description: 'Names the contract without doubt.' }),
          symbol: z.string(),
          localSymbol: z.string().meta({ description: "The exchange's own name: a future's with its month (`ESZ6`)." }),
          tradingClass: z.string(),
          kind: z.enum(CONTRACT_KINDS),
          exchange: z.string(),
          primaryExchange: z.string(),
          currency: z.string(),
          lastTradingDay: z.string().nullable().meta({ description: 'Of a future, `YYYY-MM-DD`.' }),
          multiplier: z
            .string()
            .nullable()
            .meta({ description: 'Of a future: currency that one unit gains when the price rises by 1.' }),
          description: z.string(),
        }),
      )
      .nullable()
      .meta({ description: 'Null at a venue whose symbols are never ambiguous.' }),
  })
  .meta({ id: 'Contracts' });

/** An order after a look-up that a person asked for. */
export const lookedUpView = z
  .object({
    verdict: z.enum(['found', 'not-found', 'again']).meta({ description: '`again`: nothing is proven yet.' }),
    waitMs: z.number().meta({ description: 'Real time until the next look-up makes sense.' }),
    order: orderDetailView,
  })
  .meta({ id: 'LookedUpOrder' });

export type BalancesView = z.output<typeof balancesView>;
export type VenueOrdersView = z.output<typeof venueOrdersView>;
export type QuoteView = z.output<typeof quoteView>;
export type ContractsView = z.output<typeof contractsView>;
export type BrokerCheckView = z.output<typeof brokerCheckView>;
export type LookedUpView = z.output<typeof lookedUpView>;
