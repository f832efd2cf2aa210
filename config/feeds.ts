import type { FlatSettings } from './settings-schema';

/** Where market data comes from besides exchanges at their own addresses, which need no setting. */
export interface FeedSettings {
  /** Feeds of one's own name: an exchange's protocol at another address. */
  readonly aliases: readonly { readonly name: string; readonly exchange: string; readonly baseUrl: string }[];
  /** Absent: off. */
  readonly finnhub?: { readonly baseUrl: string; readonly apiKey: string };
  /** Absent: off. */
  readonly yahoo?: { readonly baseUrl: string };
}

/** The feeds of the flat settings. */
export function feedSettings(flat: FlatSettings): FeedSettings {
  const { CANDLE_FEEDS: aliases, FINNHUB_API_KEY: apiKey, FINNHUB_BASE_URL: finnhub, YAHOO_BASE_URL: yahoo } = flat;
  return {
    aliases,
    ...(apiKey === undefined ? {} : { finnhub: { baseUrl: finnhub, apiKey } }),
    ...(yahoo === undefined ? {} : { yahoo: { baseUrl: yahoo } }),
  };
}
