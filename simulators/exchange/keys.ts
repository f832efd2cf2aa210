import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import type { SimAccount } from './ledger';
import type { SimulatedVenue } from './start';

/** A key with its secret, and with the phrase that some venues want besides. */
export type SimKey = Pick<SimAccount, 'apiKey' | 'secret' | 'password'>;

const hex = (): string => randomBytes(24).toString('hex');

/** Coinbase signs with a private key on P-256; Kraken's secret is base64; OKX has a phrase besides. */
const KEYS: Readonly<Record<SimulatedVenue, () => SimKey>> = {
  binance: () => ({ apiKey: hex(), secret: hex() }),
  okx: () => ({ apiKey: hex(), secret: hex(), password: hex() }),
  bybit: () => ({ apiKey: hex(), secret: hex() }),
  coinbase: () => ({ apiKey: `organizations/${randomUUID()}/apiKeys/${randomUUID()}`, secret: privateKey() }),
  kraken: () => ({ apiKey: hex(), secret: randomBytes(64).toString('base64') }),
};

/** A new key of the form that the venue hands out; it opens nothing but a simulator. */
export function makeKey(venue: SimulatedVenue): SimKey {
  return KEYS[venue]();
}

function privateKey(): string {
  const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return key.export({ type: 'sec1', format: 'pem' }).toString();
}

/** When every key was made, for the venues that tell it: 2 September 2026. */
export const KEY_MADE_AT = Date.UTC(2026, 8, 2);
