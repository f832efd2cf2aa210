import type { Exchange } from 'ccxt';

/** A tree of addresses as ccxt keeps them. */
type Urls = string | { [name: string]: Urls };

/**
 * Points every address of an exchange at another origin, with the paths left as they are: the same class, the same
 * signatures, another end. Without an origin the exchange stays as it is.
 */
export function pointAt<Made extends Exchange>(exchange: Made, origin: string | undefined): Made {
  if (origin !== undefined) {
    const urls = exchange.urls as { api: Urls };
    urls.api = moved(urls.api, origin);
  }
  return exchange;
}

function moved(urls: Urls, origin: string): Urls {
  if (typeof urls === 'string') return urls.replace(/^(https?|wss?):\/\/[^/]+/, origin);
  return Object.fromEntries(Object.entries(urls).map(([name, value]) => [name, moved(value, origin)]));
}
