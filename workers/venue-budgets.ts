import type { Exchange } from '../config/exchanges';
import type { RateBudget } from '../database/rate-budget';

/** How many activities a second an account's two queues hand out, over all workers. */
export interface QueueRates {
  readonly orders: number;
  readonly safety: number;
}

/** Half of what each venue takes as new orders of one account (documented limits as of 2026). */
export const QUEUE_RATES: Readonly<Record<Exchange | 'ib', QueueRates>> = {
  binance: { orders: 5, safety: 20 },
  coinbase: { orders: 10, safety: 20 },
  kraken: { orders: 1, safety: 5 },
  okx: { orders: 15, safety: 30 },
  bybit: { orders: 10, safety: 20 },
  // Of 50 messages a second an order takes one, and a look-up three.
  ib: { orders: 10, safety: 10 },
};

type Bucket = Omit<RateBudget, 'scope'>;

/**
 * What each venue allows, in its own units, by whom it counts: our address, or the account. Each burst plus what comes
 * back stays below the documented limit with a fifth to spare; safety keeps two fifths of each bucket.
 *
 * - Binance: 6000 weight a minute and address.
 * - Coinbase Advanced: 30 private requests a second.
 * - Kraken: a counter of 15 that falls by 0.33 a second on the lowest tier. Adding and cancelling orders has another, and
 *   public requests are counted by address: neither takes from this bucket.
 * - OKX: 60 requests in two seconds for each endpoint and account; the smallest of them counts for all.
 * - Bybit: 600 requests in five seconds and address, 20 orders a second and account.
 */
const BUCKETS: Readonly<Record<Exchange, { readonly address?: Bucket; readonly account?: Bucket }>> = {
  binance: { address: { capacity: 1_200, refill: 60, reserve: 480 } },
  coinbase: { account: { capacity: 12, refill: 12, reserve: 5 } },
  kraken: { account: { capacity: 12, refill: 0.33, reserve: 5 } },
  okx: { account: { capacity: 24, refill: 12, reserve: 10 } },
  bybit: {
    address: { capacity: 180, refill: 60, reserve: 72 },
    account: { capacity: 16, refill: 8, reserve: 6 },
  },
};

/** The budget that public requests to an exchange count against, where it counts them by address; none elsewhere. */
export function publicBudgets(venue: string, address: string): readonly RateBudget[] {
  const shared = (BUCKETS as Readonly<Record<string, { readonly address?: Bucket } | undefined>>)[venue]?.address;
  return shared === undefined ? [] : [{ scope: `address:${venue}:live:${address}`, ...shared }];
}

/**
 * The budgets that a request of one account counts against.
 * @param place whom we talk to: the venue itself, its sandbox, or the host of another address
 * @param address name of the address that the venue sees us by
 */
export function budgetsOf(venue: Exchange, account: string, place: string, address: string): readonly RateBudget[] {
  const { account: own, address: shared } = BUCKETS[venue];
  return [
    ...(own === undefined ? [] : [{ scope: `account:${account}`, ...own }]),
    ...(shared === undefined ? [] : [{ scope: `address:${venue}:${place}:${address}`, ...shared }]),
  ];
}
