import { z } from 'zod';
import { ENTRY_KINDS } from '../../domain/portfolio/entry';
import { COST_BASES } from '../../domain/portfolio/lots';
import { amountOut, momentOut } from './fields';
import { futureTermsView } from './views';

const amounts = z.record(z.string(), amountOut);

const rateView = z.object({
  asset: z.string(),
  currency: z.string(),
  rate: amountOut,
  name: z.string().meta({ description: 'What says so, such as `price of BNB/USDT`.' }),
});

/** A position with its lots; money in its quote currency. */
const bookedPositionView = z
  .object({
    instrument: z.string(),
    baseAsset: z.string(),
    quoteAsset: z.string(),
    future: futureTermsView.optional().meta({ description: 'Of a future alone.' }),
    quantity: amountOut.meta({ description: 'Units, negative when short, dust included.' }),
    cost: amountOut.meta({ description: 'What they cost, signed as the units; of a future its notional then.' }),
    averagePrice: amountOut.nullable(),
    mark: amountOut.nullable(),
    notional: amountOut.nullable().optional().meta({ description: 'Of a future alone: quantity × mark × multiplier.' }),
    value: amountOut
      .nullable()
      .meta({ description: 'What it adds to the equity: quantity × mark; of a future, its profit so far.' }),
    unrealised: amountOut.nullable(),
    realised: amountOut.meta({ description: 'Profit of what was closed, before fees.' }),
    feesInKind: amountOut.meta({ description: 'Fees taken in units, at the price of their execution.' }),
    lots: z.array(z.object({ openedAt: momentOut, units: amountOut, cost: amountOut })),
  })
  .meta({ id: 'BookedPosition' });

const held = {
  account: z.string(),
  currency: z.string(),
  marketTime: momentOut,
  costBasis: z.enum(COST_BASES),
};

const made = {
  deposited: amountOut.meta({ description: 'What came from outside less what went there.' }),
  realised: amountOut.meta({ description: 'Profit of what was closed, before fees.' }),
  unrealised: amountOut.meta({ description: 'Profit of what is open, at its marks.' }),
  fees: amountOut,
  income: amountOut.meta({ description: 'Interest, dividends, funding.' }),
  found: amountOut.meta({ description: 'What corrections found that no entry explains.' }),
  profit: amountOut.meta({ description: 'realised − fees + income + found + unrealised.' }),
};

const dayView = z.object({ date: z.string(), equity: amountOut, ...made });

/** An account by its ledger; in account currency: equity = deposited + profit. */
export const portfolioView = z
  .object({
    ...held,
    equity: amountOut,
    cashByAsset: amounts.meta({ description: 'Without the notional of open futures.' }),
    cash: amountOut,
    positionsValue: amountOut,
    ...made,
    today: dayView.nullable().meta({ description: 'What the market day that goes on made; midnight UTC begins one.' }),
    positions: z.array(bookedPositionView),
    rates: z.array(rateView),
    unvalued: z.array(z.string()).meta({ description: 'What counts as nothing for want of a price.' }),
  })
  .meta({ id: 'Portfolio' });

export const positionsView = z.object({ ...held, items: z.array(bookedPositionView) }).meta({ id: 'BookedPositions' });

export const profitView = z
  .object({
    ...held,
    from: z.string(),
    to: z.string(),
    total: z.object({ equity: amountOut.nullable(), ...made }),
    days: z
      .array(dayView)
      .meta({ description: 'The daily equity curve: days on which something moved, oldest first.' }),
  })
  .meta({ id: 'Profit' });

export const entryView = z
  .object({
    id: z.number().int(),
    kind: z.enum(ENTRY_KINDS),
    source: z.string(),
    instrument: z.string().nullable(),
    tradeId: z.string().nullable(),
    corrects: z.number().int().nullable(),
    passage: z.number().int().meta({ description: 'How often the clock of the account had been turned back.' }),
    marketAt: momentOut,
    bookedAt: momentOut,
    actor: z.string().nullable(),
    reason: z.string().nullable(),
    legs: z.array(
      z.object({ ledgerAccount: z.string(), asset: z.string(), amount: amountOut, cost: amountOut.optional() }),
    ),
  })
  .meta({ id: 'LedgerEntry' });

export type PortfolioView = z.output<typeof portfolioView>;
export type PositionsView = z.output<typeof positionsView>;
export type ProfitView = z.output<typeof profitView>;
export type EntryView = z.output<typeof entryView>;
