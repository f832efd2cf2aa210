/**
 * `found`: as it should be. `off`: not wanted by the settings. `missing`: something will not work. `skewed`: clocks
 * differ. `unsafe`: it works, and should not be left so.
 */
export type FindingState = 'found' | 'off' | 'missing' | 'skewed' | 'unsafe';

/** What one look brought. */
export interface Finding {
  readonly name: string;
  readonly state: FindingState;
  readonly detail: string;
  /** What to do, where something is to be done. */
  readonly next?: string;
}
