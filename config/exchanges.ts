/** The exchanges that an account may be at. */
export const EXCHANGES = ['binance', 'coinbase', 'kraken', 'okx', 'bybit'] as const;
export type Exchange = (typeof EXCHANGES)[number];

/** What there is to know of an exchange before anybody talks to it. */
export interface ExchangeTraits {
  /** As people write it. */
  readonly title: string;
  /** Whether it has a place to try orders without money. */
  readonly sandbox: boolean;
  /** Whether its keys have a third part. */
  readonly password: boolean;
  /** What an account by environment trades unless told; all in one currency. */
  readonly instruments: readonly string[];
}

/** Sandboxes: Binance spot testnet, OKX demo trading, Bybit testnet; Coinbase Advanced and Kraken spot have none. */
export const EXCHANGE_TRAITS: Readonly<Record<Exchange, ExchangeTraits>> = {
  binance: { title: 'Binance', sandbox: true, password: false, instruments: ['BTC/USDT', 'ETH/USDT'] },
  coinbase: { title: 'Coinbase', sandbox: false, password: false, instruments: ['BTC/USD', 'ETH/USD'] },
  kraken: { title: 'Kraken', sandbox: false, password: false, instruments: ['BTC/USD', 'ETH/USD'] },
  okx: { title: 'OKX', sandbox: true, password: true, instruments: ['BTC/USDT', 'ETH/USDT'] },
  bybit: { title: 'Bybit', sandbox: true, password: false, instruments: ['BTC/USDT', 'ETH/USDT'] },
};

/** A unified symbol of a spot pair, which is also our id of the instrument. */
export const SPOT_SYMBOL = /^[A-Z0-9]{1,15}\/[A-Z0-9]{1,15}$/;

/** The currency that a spot pair is quoted in. */
export function quoteOf(symbol: string): string {
  return symbol.slice(symbol.indexOf('/') + 1);
}
