import { generateKeyPairSync } from 'node:crypto';
import type { Credentials } from '../../brokers/ccxt/dialect';
import type { SimulatedVenue } from '../../simulators/exchange/start';

/** Made anew by each run. */
const P256_KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'sec1', format: 'pem' })
  .toString();

/** Keys of the form that each venue hands out, made up. */
const KEYS: Readonly<Record<SimulatedVenue, () => Credentials>> = {
  binance: () => ({ apiKey: 'binance-key-of-a-test', secret: 'binance-secret-of-a-test' }),
  okx: () => ({ apiKey: 'okx-key-of-a-test', secret: 'okx-secret-of-a-test', password: 'okx-phrase-of-a-test' }),
  bybit: () => ({ apiKey: 'bybit-key-of-a-test', secret: 'bybit-secret-of-a-test' }),
  coinbase: () => ({ apiKey: 'organizations/of-a-test/apiKeys/key-of-a-test', secret: P256_KEY }),
  kraken: () => ({ apiKey: 'kraken-key-of-a-test', secret: Buffer.from('kraken-secret-of-a-test').toString('base64') }),
};

/** A key of a simulated venue. */
export function simulatorKey(venue: SimulatedVenue): Credentials {
  return KEYS[venue]();
}
