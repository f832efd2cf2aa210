import type { Finding } from './finding';

/** Above this, deadlines that two machines compare are no longer what they seem. */
const TOLERATED_MS = 1_000;

/**
 * Compares another machine's clock with ours.
 * @param theirs its reading, in milliseconds since 1970, taken between `asked` and `answered` by our clock
 * @param resolution of its reading, in milliseconds
 */
export function clockFinding(name: string, theirs: number, asked: number, answered: number, resolution = 0): Finding {
  // The reading is from some moment of the exchange: only what lies outside of it is skew.
  const behind = asked - (theirs + resolution);
  const ahead = theirs - answered;
  const skew = Math.max(0, behind, ahead);
  if (skew <= TOLERATED_MS) return { name, state: 'found', detail: 'agrees with this machine' };
  const direction = ahead > behind ? 'ahead of' : 'behind';
  return {
    name,
    state: 'skewed',
    detail: `${(skew / 1_000).toFixed(1)} s ${direction} this machine`,
    next: 'synchronise both clocks (NTP)',
  };
}
