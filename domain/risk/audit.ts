import type { RiskCode } from './codes';

/** One check that was made, as plain JSON. A passed check bears the code that it would have failed with. */
export interface AuditEntry {
  readonly check: RiskCode | 'sizing';
  readonly verdict: 'pass' | 'fail';
  /** What was compared, as plain text. */
  readonly values: Readonly<Record<string, string>>;
}

/** A check to be recorded; `ok` is its verdict. */
export interface RiskCheck {
  readonly code: RiskCode;
  readonly ok: boolean;
  readonly values: Readonly<Record<string, string>>;
}

/** The check that decided against the proposal. */
export class RiskFailure {
  constructor(
    readonly code: RiskCode,
    readonly values: Readonly<Record<string, string>>,
  ) {}
}

/** Collects the checks of one decision, in their order. */
export class RiskAudit {
  readonly #entries: AuditEntry[] = [];

  get entries(): readonly AuditEntry[] {
    return this.#entries;
  }

  /** Records the checks up to and including the first that fails, and returns that one. */
  run(checks: readonly RiskCheck[]): RiskFailure | undefined {
    for (const { code, ok, values } of checks) {
      this.#entries.push({ check: code, verdict: ok ? 'pass' : 'fail', values });
      if (!ok) return new RiskFailure(code, values);
    }
    return undefined;
  }

  /** Records how the size came about. */
  noteSizing(values: Readonly<Record<string, string>>): void {
    this.#entries.push({ check: 'sizing', verdict: 'pass', values });
  }
}
