import type { SimulatedVenue } from '../../../simulators/exchange/start';
import type { Books } from './books';
import type { Played, Verdict } from './judge';
import type { OwnPostgres } from './own-postgres';
import type { Contender } from './venue';

/** What the suite can play at: a simulated exchange, or a simulated gateway of Interactive Brokers. */
export type PlayedVenue = SimulatedVenue | 'ib';

/** What the suite is to do. */
export interface OrderChaosOptions {
  readonly venues: readonly PlayedVenue[];
  /** Per venue and contender. */
  readonly intents: number;
  readonly seed: number;
  /** About how long it may take in all; the intents that do not fit are left out. */
  readonly minutes?: number;
  /** Intents that stay hidden for longer than the account says, per exchange. */
  readonly hiddenForLonger?: number;
  readonly say?: (line: string) => void;
}

/** What one contender made of one venue. */
export interface ContenderResult {
  readonly venue: PlayedVenue;
  readonly contender: Contender;
  readonly verdict: Verdict;
  /** Submissions that a fault hit, at the venue or in a process; each counts once. */
  readonly faulted: number;
  /** Milliseconds from the first submission to the known end, of those that came to one. */
  readonly times: readonly number[];
  readonly replaysIds: boolean;
  /** Where one process alone may write: others that were kept out while it was stopped, and those that were told why. */
  readonly kept?: { readonly out: number; readonly told: number };
}

export interface OrderChaosResult {
  readonly results: readonly ContenderResult[];
  /** One line for each intent that is not as it should be. */
  readonly remarks: readonly string[];
  readonly postgres: string;
}

/** What every venue's run has in common with the others. */
export interface RunPlace {
  readonly dir: string;
  readonly books: Books;
  readonly postgres: OwnPostgres;
  readonly options: OrderChaosOptions;
  /** How long it may take. */
  readonly milliseconds: number;
}

/** Everything that happens at one venue. */
export interface RunOfVenue {
  play(): Promise<Pick<OrderChaosResult, 'results' | 'remarks'>>;
}

/** Of the time of one venue, if it is limited: the protocol waits out windows, the controls do not. */
export const TIME_SHARES: Readonly<Record<Contender, number>> = { ours: 0.5, blind: 0.2, 'look-up': 0.2, limit: 0.1 };

/** A line for each intent that is not as it should be, or whose end is not known. */
export function remarksOn(venue: string, played: readonly Played[], { wrong }: Verdict): readonly string[] {
  return played
    .filter(({ clientOrderId, end }) => wrong.includes(clientOrderId) || end === 'parked')
    .map(
      ({ booked, clientOrderId, end, scenario }) =>
        `${venue} ${clientOrderId}: ${scenario}, ended ${end}, booked ${booked ?? '-'}`,
    );
}
