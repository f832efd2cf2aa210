import { dec, ZERO } from '../../../domain/money/decimal';
import type { DecimalString } from '../../../domain/money/decimal';
import { grouped } from './grouped';
import type { End, LedgerOrder } from './messages';

/** What became of one intent by the word of whoever sent it. */
export interface Played {
  readonly clientOrderId: string;
  /** What was done to it, by its name in the plan. */
  readonly scenario: string;
  readonly end: End;
  /** Given up on purpose: no order at the venue is then as right as one. */
  readonly closed: boolean;
  /** Units that the journal booked; null without a journal. */
  readonly booked: DecimalString | null;
  /** From the first submission until its end was known. */
  readonly milliseconds: number;
  /** Whether a person was told of a second order. */
  readonly flagged: boolean;
}

/** What the venue's ledger says of some intents. */
export interface Verdict {
  readonly intents: number;
  /** Orders at the venue under their ids. */
  readonly orders: number;
  /** Orders beyond the first of each intent. */
  readonly duplicates: number;
  /** Intents that ended without an order at the venue, and were neither given up nor parked. */
  readonly missing: number;
  /** Intents whose end was not known when the run was over. */
  readonly parked: number;
  /** Intents whose booked units are not those that the venue counts; parked ones aside. */
  readonly differ: number;
  /** Intents with a second order at the venue of which nobody was told. */
  readonly unflagged: number;
  /** Ids of the intents that are not as they should be. */
  readonly wrong: readonly string[];
}

/** Counts by the venue's own ledger; what the journal thinks is only compared with it. */
export function judge(played: readonly Played[], ledger: readonly LedgerOrder[]): Verdict {
  const byId = grouped(ledger, ({ clientOrderId }) => plainId(clientOrderId ?? ''));
  const judged = played.map((intent) => judgeOne(intent, byId.get(plainId(intent.clientOrderId)) ?? []));
  const sum = (of: (one: Judged) => number): number => judged.reduce((total, one) => total + of(one), 0);
  return {
    intents: played.length,
    orders: sum(({ orders }) => orders),
    duplicates: sum(({ orders }) => Math.max(0, orders - 1)),
    missing: sum(({ missing }) => Number(missing)),
    parked: sum(({ intent }) => Number(intent.end === 'parked')),
    differ: sum(({ differs }) => Number(differs)),
    unflagged: sum(({ orders, intent }) => Number(orders > 1 && !intent.flagged)),
    wrong: judged
      .filter(({ orders, missing, differs }) => orders > 1 || missing || differs)
      .map(({ intent }) => intent.clientOrderId),
  };
}

interface Judged {
  readonly intent: Played;
  readonly orders: number;
  readonly missing: boolean;
  readonly differs: boolean;
}

function judgeOne(intent: Played, found: readonly LedgerOrder[]): Judged {
  const filled = found.reduce((sum, order) => sum.plus(order.filled), ZERO);
  const { end, closed, booked } = intent;
  const settled = end !== 'parked';
  return {
    intent,
    orders: found.length,
    missing: settled && found.length === 0 && !(closed && end === 'unsent'),
    differs: settled && booked !== null && !dec(booked).eq(filled),
  };
}

/** Requests that were hit at the venue, and the first submissions that were hit in a process without one of those. */
export function faultedOf<Plan>(
  played: readonly (readonly [Plan, Played])[],
  hit: ReadonlySet<Plan>,
  matched: readonly string[],
): number {
  const atVenue = new Set(matched);
  const inProcess = played.filter(([plan, { clientOrderId }]) => hit.has(plan) && !atVenue.has(clientOrderId));
  return matched.length + inProcess.length;
}

/** Venues write one id with dashes and without. */
function plainId(id: string): string {
  return id.replaceAll('-', '').toLowerCase();
}
