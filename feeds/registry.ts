import { FeedError } from '../domain/candle/feed';
import type { CandleFeed, FeedRegistry } from '../domain/candle/feed';
import type { RateGate } from '../domain/order/rate-gate';
import { CCXT_EXCHANGES, CcxtFeed } from './ccxt/ccxt-feed';
import { FinnhubFeed } from './finnhub/finnhub-feed';
import type { FinnhubOptions } from './finnhub/finnhub-feed';
import { YahooFeed } from './yahoo/yahoo-feed';
import type { YahooOptions } from './yahoo/yahoo-feed';

/** An exchange's protocol at another address, as a feed of its own name: made-up prices never mix with real ones. */
export interface FeedAlias {
  readonly name: string;
  readonly exchange: string;
  readonly baseUrl: string;
}

export interface FeedOptions {
  readonly aliases: readonly FeedAlias[];
  /** Absent: off. */
  readonly finnhub?: FinnhubOptions;
  /** Absent: off. */
  readonly yahoo?: YahooOptions;
  /** The request budget at an exchange's own address; undefined where it counts public requests for nobody. */
  readonly gateOf: (exchange: string) => RateGate | undefined;
  /** Feeds of other kinds, by name. */
  readonly others?: ReadonlyMap<string, () => CandleFeed>;
}

/** Feeds whose names are not exchanges, and what is to be set for them. */
const OFF: Readonly<Record<string, string>> = {
  finnhub: 'the feed finnhub is off: set FINNHUB_API_KEY',
  yahoo: 'the feed yahoo is off: set YAHOO_BASE_URL',
};

/** The feeds of the settings; each is made at its first use, and then kept: its pace holds for all who ask. */
export function openFeeds(options: FeedOptions): FeedRegistry {
  const open = new Map<string, CandleFeed>();
  return {
    of: (name) => {
      const feed = open.get(name) ?? makeFeed(options, name);
      open.set(name, feed);
      return feed;
    },
  };
}

function makeFeed({ aliases, finnhub, yahoo, gateOf, others }: FeedOptions, name: string): CandleFeed {
  const other = others?.get(name);
  if (other !== undefined) return other();
  const alias = aliases.find((one) => one.name === name);
  if (alias !== undefined) return new CcxtFeed(alias);
  if (name === 'finnhub' && finnhub !== undefined) return new FinnhubFeed(finnhub);
  if (name === 'yahoo' && yahoo !== undefined) return new YahooFeed(yahoo);
  const off = OFF[name];
  if (off !== undefined) throw new FeedError('unknown_feed', off);
  if (CCXT_EXCHANGES.includes(name)) {
    const gate = gateOf(name);
    return new CcxtFeed({ name, exchange: name, ...(gate === undefined ? {} : { gate }) });
  }
  const near = CCXT_EXCHANGES.filter((id) => id.startsWith(name.slice(0, 3))).slice(0, 6);
  const known = [...near, ...aliases.map((one) => one.name), ...Object.keys(OFF)].join(', ');
  throw new FeedError('unknown_feed', `there is no feed ${name}; there are ccxt's exchanges, and: ${known}`);
}
