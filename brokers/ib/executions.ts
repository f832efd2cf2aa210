import type { Commission, IbExecution } from './facts';

const LAST_PART = /^(.+)\.(\d+)$/;

/**
 * An execution id taken apart: a correction of an execution has the same chain and a higher number.
 * Source: TWS API, "Execution.ExecId": the correction has an id that differs only after the last period.
 */
export function chainOf(execId: string): { readonly chain: string; readonly number: number } {
  const match = LAST_PART.exec(execId);
  return { chain: match?.[1] ?? execId, number: Number(match?.[2] ?? 0) };
}

/** True when `one` states the same execution later than `other`. */
export function corrects(one: string, other: string): boolean {
  const [a, b] = [chainOf(one), chainOf(other)];
  return a.chain === b.chain && a.number > b.number;
}

/** An execution with what it cost, if TWS has said so. */
export interface Booked {
  readonly execution: IbExecution;
  readonly commission: Commission | undefined;
}

/** The executions of a day as TWS states them last: corrected ones once, each with its commission. */
export class Executions {
  private readonly byChain = new Map<string, IbExecution>();
  private readonly chainsOf = new Map<number, Set<string>>();
  private readonly commissions = new Map<string, Commission>();

  /** Answers whether this states something new. */
  add(execution: IbExecution): boolean {
    const { chain } = chainOf(execution.execId);
    const known = this.byChain.get(chain);
    if (known !== undefined && !corrects(execution.execId, known.execId)) return false;
    this.byChain.set(chain, execution);
    this.chainsOf.set(execution.permId, (this.chainsOf.get(execution.permId) ?? new Set()).add(chain));
    return true;
  }

  /** Answers the execution that it belongs to, if that is known and the commission new. */
  addCommission(execId: string, commission: Commission): IbExecution | undefined {
    const known = this.commissions.get(execId);
    this.commissions.set(execId, commission);
    if (known?.amount === commission.amount && known.currency === commission.currency) return undefined;
    return this.byChain.get(chainOf(execId).chain);
  }

  /** Of one execution; a correction has one of its own. */
  commissionOf(execId: string): Commission | undefined {
    return this.commissions.get(execId);
  }

  /** Those of one order. */
  of(permId: number): readonly IbExecution[] {
    return [...(this.chainsOf.get(permId) ?? [])].flatMap((chain) => this.byChain.get(chain) ?? []);
  }

  all(): readonly Booked[] {
    return [...this.byChain.values()].map((execution) => ({
      execution,
      commission: this.commissionOf(execution.execId),
    }));
  }
}
