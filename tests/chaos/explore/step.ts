import type { Direction } from '../../../domain/signal/signal';
import type { WorkerName } from './run';

/** The trades of one interleaving, and what they may do together. Notionals count at a price of 100. */
export interface Scenario {
  readonly trades: readonly {
    readonly instrument: 'EXA' | 'EXB';
    readonly direction: Direction;
    readonly quantity: number;
  }[];
  readonly limits: {
    readonly buyingPower: number;
    readonly maxGrossNotional: number;
    readonly maxInstrumentNotional: number;
    readonly maxOpenTrades: number;
  };
  /** How old the venue's reads may be, and its clock less ours; milliseconds. */
  readonly readLag: number;
  readonly skew: number;
}

/** Something that a worker begins. An intent is `t0/entry/1`: trade, leg, revision. */
export type Act =
  | { readonly act: 'submit'; readonly intent: string; readonly quantity: number }
  | { readonly act: 'resolve' | 'cancel' | 'close' | 'take-over'; readonly intent: string }
  | { readonly act: 'watch' | 'run-clock' }
  | { readonly act: 'approve' | 'end'; readonly trade: number }
  | {
      readonly act: 'halt';
      readonly scope: string;
      readonly mode: 'reduce-only' | 'halt-all';
      readonly flatten: boolean;
    }
  | { readonly act: 'release'; readonly scope: string };

/**
 * One step of an interleaving. Steps name what they mean and not what they found, so that a sequence from which some
 * were removed is still a sequence: a step that makes no sense any more does nothing.
 */
export type Step =
  | ({ readonly do: 'start'; readonly worker: WorkerName } & Act)
  /** Lets a worker past its gate; what it reads at the venue is this old. */
  | { readonly do: 'go'; readonly worker: WorkerName; readonly lag: number; readonly fillLag: number }
  /** Both at once: the second begins while the first has not committed. */
  | { readonly do: 'overlap'; readonly first: WorkerName; readonly second: WorkerName }
  | { readonly do: 'crash'; readonly worker: WorkerName }
  /** The request reaches the venue; a share of it is filled at once, and the rest ends or rests. */
  | { readonly do: 'deliver'; readonly message: string; readonly share: number; readonly ends: boolean }
  | { readonly do: 'answer' | 'lose'; readonly message: string }
  | { readonly do: 'fill'; readonly order: string; readonly share: number }
  | { readonly do: 'expire'; readonly order: string }
  | { readonly do: 'wait'; readonly ms: number };

/** A step in words, for the sequence that is printed. */
export function describeStep(step: Step): string {
  switch (step.do) {
    case 'start':
      return `${step.worker} begins to ${describeAct(step)}`;
    case 'go':
      return `${step.worker} goes on${step.lag + step.fillLag > 0 ? ` (orders ${step.lag} ms, fills ${step.fillLag} ms old)` : ''}`;
    case 'overlap':
      return `${step.second} goes on while the call of ${step.first} has not committed`;
    case 'crash':
      return `${step.worker} dies`;
    case 'deliver':
      return `the venue receives ${step.message}${step.share > 0 ? `, fills ${step.share} of it` : ''}${step.ends ? ', ends it' : ''}`;
    case 'answer':
      return `the answer to ${step.message} arrives`;
    case 'lose':
      return `the answer to ${step.message} is lost`;
    case 'fill':
      return `the venue fills ${step.share} of the rest of ${step.order}`;
    case 'expire':
      return `the venue expires ${step.order}`;
    case 'wait':
      return `${step.ms} ms pass`;
  }
}

function describeAct(act: Act): string {
  switch (act.act) {
    case 'submit':
      return `submit ${act.quantity} for ${act.intent}`;
    case 'resolve':
    case 'cancel':
    case 'close':
    case 'take-over':
      return `${act.act} ${act.intent}`;
    case 'watch':
    case 'run-clock':
      return act.act;
    case 'approve':
    case 'end':
      return `${act.act} trade t${act.trade}`;
    case 'halt':
      return `halt ${act.scope} (${act.mode}${act.flatten ? ', flatten' : ''})`;
    case 'release':
      return `release ${act.scope}`;
  }
}
