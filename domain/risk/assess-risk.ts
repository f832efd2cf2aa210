import { text } from '../money/decimal';
import type { DecimalString } from '../money/decimal';
import type { OrderTerms, Side } from '../order/order';
import type { InstrumentId } from '../instrument/instrument';
import { worthOf } from '../instrument/worth';
import { RISK_CODES } from './codes';
import type { RiskCode } from './codes';
import { RiskAudit, RiskFailure } from './audit';
import type { AuditEntry } from './audit';
import { checkEntry } from './checks';
import type { RiskInput } from './proposal';
import { sizeEntry } from './size-entry';
import { accountHeadRoom } from './account-limits';
import type { AccountLimits, HeadRoom } from './account-limits';
import type { SizingBound } from '../sizing/fixed-fraction';

/** What an approval says, as plain JSON: the row that the database checks again, under its lock, before anything is sent. */
export interface Approval {
  readonly tradeId: string;
  readonly instrument: InstrumentId;
  readonly side: Side;
  readonly terms: OrderTerms;
  /** Where the protective stop will stand. */
  readonly stopPrice: DecimalString;
  /** Units to send: a multiple of the lot, above every minimum. */
  readonly quantity: DecimalString;
  /** The price that valued the order, in quote currency. */
  readonly referencePrice: DecimalString;
  /** The most units that may be sent under this approval; what was approved may only shrink. */
  readonly maxQuantity: DecimalString;
  /** The highest notional at the reference price that may be sent under this approval. */
  readonly maxNotional: DecimalString;
  readonly limits: AccountLimits;
}

/** The key to the constructor below: it never leaves this file, so nobody else can make an approved order. */
const MINT = Symbol('ApprovedOrder');

/** An order that may add exposure. Only `assessRisk` makes one; a type assertion elsewhere does not pass `isApproved`. */
export class ApprovedOrder implements Approval {
  readonly #approved = true;
  readonly tradeId: string;
  readonly instrument: InstrumentId;
  readonly side: Side;
  readonly terms: OrderTerms;
  readonly stopPrice: DecimalString;
  readonly quantity: DecimalString;
  readonly referencePrice: DecimalString;
  readonly maxQuantity: DecimalString;
  readonly maxNotional: DecimalString;
  readonly limits: AccountLimits;

  /** Callable only with the key of this file. */
  constructor(mint: typeof MINT, approval: Approval) {
    if (mint !== MINT) throw new TypeError('only assessRisk approves orders');
    this.tradeId = approval.tradeId;
    this.instrument = approval.instrument;
    this.side = approval.side;
    this.terms = approval.terms;
    this.stopPrice = approval.stopPrice;
    this.quantity = approval.quantity;
    this.referencePrice = approval.referencePrice;
    this.maxQuantity = approval.maxQuantity;
    this.maxNotional = approval.maxNotional;
    this.limits = approval.limits;
  }

  /** True for an order that `assessRisk` made in this process; a copy that crossed a border is only data. */
  static isApproved(value: unknown): value is ApprovedOrder {
    return typeof value === 'object' && value !== null && #approved in value && value.#approved;
  }
}

/** Why a proposal was refused. */
export interface RiskRejection {
  readonly code: RiskCode;
  /** The code's description, for people. */
  readonly message: string;
  /** The values behind the refusal, as plain text, such as `nextOpen` or `limit`. */
  readonly detail: Readonly<Record<string, string>>;
}

/** How a decision was reached, as plain JSON. */
interface Reasons {
  /** Every check that was made, in order. */
  readonly audit: readonly AuditEntry[];
  /** What each limit allows, and what is left of it. */
  readonly headRoom: readonly HeadRoom[];
}

/** The decision and how it was reached. An approval names the bound that gave its quantity. */
export type RiskDecision =
  | ({ readonly ok: true; readonly order: ApprovedOrder; readonly binding: SizingBound } & Reasons)
  | ({ readonly ok: false; readonly rejection: RiskRejection } & Reasons);

function refused({ code, values }: RiskFailure, reasons: Reasons): RiskDecision {
  const rejection = { code, message: RISK_CODES[code].description, detail: values };
  return { ok: false, rejection, ...reasons };
}

/**
 * Decides whether a proposed entry may add exposure, and how much.
 *
 * The checks run in a fixed order (proposal, market, stop, limits, size) and the first that fails decides; a proposal
 * that no waiting can repair fails before `market_closed`. The quantity is the largest one within every bound: the policy's risk at the stop and its way of sizing, the room that existing
 * exposure leaves under every limit, and what was asked for or approved. Orders that reduce exposure are not its business,
 * and neither are kill switches, which the database checks.
 *
 * It decides on a snapshot: another trade may take the same room in the meantime. Therefore the approval carries the
 * limits, and the database adds them up again under the account's lock.
 */
export function assessRisk(input: RiskInput): RiskDecision {
  const audit = new RiskAudit();
  const plan = checkEntry(input, audit);
  const account = accountHeadRoom(input);
  if (plan instanceof RiskFailure) return refused(plan, { audit: audit.entries, headRoom: account });
  const { result, headRoom } = sizeEntry(input, plan, audit);
  const reasons = { audit: audit.entries, headRoom: [...headRoom, ...account] };
  if (result instanceof RiskFailure) return refused(result, reasons);
  const { entry } = input;
  const { quantity, referencePrice, limits, binding } = result;
  const order = new ApprovedOrder(MINT, {
    tradeId: entry.tradeId,
    instrument: entry.instrument.id,
    side: entry.side,
    terms: entry.terms,
    stopPrice: plan.stopPrice,
    quantity,
    referencePrice,
    maxQuantity: quantity,
    maxNotional: text(worthOf(entry.instrument, quantity, referencePrice)),
    limits,
  });
  return { ok: true, order, binding, ...reasons };
}
