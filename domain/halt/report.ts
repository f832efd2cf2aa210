import type { Instant } from '../clock/instant';
import type { DecimalString } from '../money/decimal';
import type { Halt } from './halt';
import type { HaltProgress } from './progress';

/** A trade of the halt: then, and now. */
export interface ReportTrade {
  readonly tradeId: string;
  readonly phaseThen: string;
  readonly positionThen: DecimalString;
  readonly phase: string;
  readonly outcome: string | null;
  readonly position: DecimalString;
  readonly dust: DecimalString;
  /** Opened again after the moment by a late fill. */
  readonly reopened: boolean;
  readonly toldAt: Instant | null;
  readonly acknowledgedAt: Instant | null;
  readonly takenOverAt: Instant | null;
  readonly endedAt: Instant | null;
  readonly attention: string | null;
  /** Null once ended: whether stops cover every unit. */
  readonly guarded: boolean | null;
}

/** An attempt that was being sent at the moment, and what became of it. */
export interface ReportAttempt {
  readonly intent: string;
  readonly clientOrderId: string;
  readonly n: number;
  readonly increases: boolean;
  readonly permittedAt: Instant;
  readonly attempt: string;
  readonly order: string;
  readonly booked: DecimalString;
  readonly answeredAt: Instant | null;
}

/** An order that was permitted, or that the venue received, after the moment. */
export interface ReportSend {
  readonly intent: string;
  readonly clientOrderId: string;
  readonly n: number;
  readonly side: string;
  readonly quantity: DecimalString;
  readonly permittedAt: Instant;
  readonly receivedAt: Instant | null;
  readonly state: string;
}

/** One look at a venue; ours are orders and positions of the halt's trades. */
export interface ReportLook {
  readonly askedAt: Instant;
  readonly clean?: boolean;
  readonly orders: {
    readonly ours: readonly { readonly clientOrderId: string; readonly leg: string; readonly tradeId: string }[];
    readonly otherTrades: number;
    readonly foreign: readonly { readonly venueOrderId: string; readonly instrument: string }[];
  };
  readonly positions: {
    readonly ours: readonly {
      readonly tradeId: string;
      readonly instrument: string;
      readonly quantity: DecimalString;
    }[];
    readonly foreign: readonly { readonly instrument: string; readonly quantity: DecimalString }[];
  };
}

/** An open workflow as Temporal listed it. */
export interface ReportWorkflow {
  readonly workflowId: string;
  readonly type: string;
  readonly answer: string;
  readonly why: string;
}

/** Everything that a halt's report says; the database reads it in one statement. */
export interface HaltReport {
  readonly madeAt: Instant;
  readonly installation: string;
  readonly halt: Halt;
  readonly progress: HaltProgress;
  readonly evidence: unknown;
  readonly trades: readonly ReportTrade[];
  readonly attempts: readonly ReportAttempt[];
  readonly sends: {
    /** Permitted after the moment though they can increase exposure: must be empty. */
    readonly increasingByJournal: readonly ReportSend[];
    /** Received by the venue after the moment, and not permitted before it: must be empty. */
    readonly increasingByVenue: readonly ReportSend[];
    /** Permitted before the moment, received after it: the finite rest that was drained. */
    readonly arrivedLater: readonly ReportSend[];
    readonly reducing: readonly ReportSend[];
  };
  /** Sends that the fence refused because of this halt. */
  readonly refused: number;
  readonly venues: readonly {
    readonly account: string;
    readonly before: ReportLook | null;
    readonly after: ReportLook | null;
  }[];
  readonly schedules: readonly {
    readonly scheduleId: string;
    readonly tag: string | null;
    readonly action: string;
    readonly resumedAt: Instant | null;
  }[];
  readonly workflows: readonly ReportWorkflow[];
}

/** A report with what proves that nobody changed it: Ed25519 over the hash, both as hexadecimal and base64. */
export interface SignedReport {
  readonly report: HaltReport;
  /** SHA-256 of `canonical(report)`. */
  readonly hash: string;
  readonly signature: string;
  readonly publicKey: string;
}

/** One text for equal documents: members sorted, no spaces. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`)
    .join(',')}}`;
}
