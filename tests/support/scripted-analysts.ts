import { ApplicationFailure } from '@temporalio/common';
import type { Analyst, Signal } from '../../domain/signal/signal';
import { decimalString as d } from '../../domain/money/decimal';

/** Analysts for tests, by the name of their strategy: each says what its name promises. */
export class ScriptedAnalysts {
  readonly strategies: ReadonlyMap<string, Analyst>;
  private open: () => void = () => undefined;

  constructor() {
    const gate = new Promise<void>((resolve) => {
      this.open = resolve;
    });
    const long: Signal = {
      kind: 'directional',
      direction: 'long',
      conviction: 0.8,
      stopPrice: d('95'),
      reasons: ['It rises.'],
    };
    const says: Readonly<Record<string, () => Promise<Signal>>> = {
      long: () => Promise.resolve(long),
      neutral: () => Promise.resolve({ kind: 'neutral', reasons: ['It goes nowhere.'] }),
      abstains: () => Promise.resolve({ kind: 'abstained', code: 'too_few_bars', reasons: ['It saw no bar.'] }),
      ponders: () => gate.then(() => long),
      llm: () => Promise.reject(ApplicationFailure.nonRetryable('broken for good')),
    };
    this.strategies = new Map(
      Object.entries(says).map(([name, analyse]) => [name, { name, description: name, lookback: 1, analyse }]),
    );
  }

  /** Lets `ponders` come to its view; until then it thinks. */
  release(): void {
    this.open();
  }
}
