import type { EpochMillis, Millis } from '../../domain/clock/instant';

/** A request of historical data, as its pacing sees it. */
export interface PacedRequest {
  /** All that it asks for: two with the same text are identical. */
  readonly whole: string;
  /** Contract, exchange and kind of data. */
  readonly subject: string;
  /** Bid and ask together count twice. */
  readonly weight: 1 | 2;
}

const IDENTICAL: Millis = 15_000;
const BURST: { readonly within: Millis; readonly most: number } = { within: 2_000, most: 5 };
const LONG: { readonly within: Millis; readonly most: number } = { within: 600_000, most: 60 };

/**
 * The broker's pacing of historical data: no identical request within 15 seconds, less than six for the same contract,
 * exchange and kind of data within two seconds, no more than sixty within ten minutes.
 * Source: TWS API documentation, "Historical Data Limitations".
 */
export class HistoryPacing {
  private granted: (PacedRequest & { readonly at: EpochMillis })[] = [];

  /** True when the request is within the rules, and counts then. */
  admits(request: PacedRequest, at: EpochMillis): boolean {
    this.granted = this.granted.filter((earlier) => earlier.at > at - LONG.within);
    const since = (within: Millis) => this.granted.filter((earlier) => earlier.at > at - within);
    const weight = this.granted.reduce<number>((sum, earlier) => sum + earlier.weight, request.weight);
    const broken =
      since(IDENTICAL).some(({ whole }) => whole === request.whole) ||
      since(BURST.within).filter(({ subject }) => subject === request.subject).length >= BURST.most ||
      weight > LONG.most;
    if (!broken) this.granted.push({ ...request, at });
    return !broken;
  }
}
