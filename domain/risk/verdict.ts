import { instant } from '../clock/instant';
import type { Instant } from '../clock/instant';
import type { DecimalString } from '../money/decimal';
import type { SizingBound } from '../sizing/fixed-fraction';
import type { HeadRoom } from './account-limits';
import type { RiskDecision } from './assess-risk';
import type { AuditEntry } from './audit';
import { isNearDailyLoss, lossToday } from './checks';
import type { RiskCode } from './codes';
import type { EffectivePolicy } from './policy-document';
import type { PortfolioView, ProposedEntry, RiskInput } from './proposal';

/** A risk decision with everything that led to it, as plain JSON: what is stored, shown, and answered to who only asks. */
export interface RiskVerdict {
  readonly approved: boolean;
  /** Null when it was approved. */
  readonly code: RiskCode | null;
  readonly message: string;
  /** The values behind a refusal. */
  readonly detail: Readonly<Record<string, string>>;
  /** Null when it was refused. */
  readonly quantity: DecimalString | null;
  readonly referencePrice: DecimalString | null;
  /** The bound that gave the quantity. */
  readonly binding: SizingBound | null;
  /** Limits that are near, though not reached. */
  readonly warnings: readonly RiskCode[];
  readonly headRoom: readonly HeadRoom[];
  readonly limits: EffectivePolicy;
  readonly inputs: VerdictInputs;
  readonly checks: readonly AuditEntry[];
}

/** What was decided on. */
export interface VerdictInputs {
  readonly at: Instant;
  readonly entry: Omit<ProposedEntry, 'instrument' | 'validUntil'> & { readonly instrument: string };
  readonly market: {
    readonly open: boolean;
    readonly price: DecimalString | null;
    readonly bid: DecimalString | null;
    readonly ask: DecimalString | null;
    readonly averageTrueRange: DecimalString | null;
  };
  readonly portfolio: Omit<PortfolioView, 'history'> & { readonly historyDays: number };
}

function inputsOf({ entry, market, portfolio }: RiskInput): VerdictInputs {
  const { instrument, tradeId, side, terms, stopPrice, takeProfit, maxQuantity, maxNotional } = entry;
  const { history, ...account } = portfolio;
  return {
    at: instant(market.at),
    entry: {
      tradeId,
      instrument: instrument.id,
      side,
      terms,
      ...(stopPrice === undefined ? {} : { stopPrice }),
      ...(entry.stopDistance === undefined ? {} : { stopDistance: entry.stopDistance }),
      ...(takeProfit === undefined ? {} : { takeProfit }),
      ...(maxQuantity === undefined ? {} : { maxQuantity }),
      ...(maxNotional === undefined ? {} : { maxNotional }),
    },
    market: {
      open: market.open,
      price: market.quote?.price ?? null,
      bid: market.quote?.bid ?? null,
      ask: market.quote?.ask ?? null,
      averageTrueRange: market.averageTrueRange ?? null,
    },
    portfolio: { ...account, historyDays: history?.profits.length ?? 0 },
  };
}

/** The whole verdict of a decision. */
export function verdictOf(input: RiskInput, decision: RiskDecision): RiskVerdict {
  const near = isNearDailyLoss(lossToday(input.portfolio), input.policy);
  const refused = decision.ok ? undefined : decision.rejection;
  return {
    approved: decision.ok,
    code: refused?.code ?? null,
    message: refused?.message ?? 'The entry is within every limit.',
    detail: refused?.detail ?? {},
    quantity: decision.ok ? decision.order.quantity : null,
    referencePrice: decision.ok ? decision.order.referencePrice : null,
    binding: decision.ok ? decision.binding : null,
    warnings: near && refused?.code !== 'daily_loss' ? ['daily_loss'] : [],
    headRoom: decision.headRoom,
    limits: input.policy,
    inputs: inputsOf(input),
    checks: decision.audit,
  };
}
