import { z } from 'zod';
import { EXCHANGES, SPOT_SYMBOL } from './exchanges';

const DECIMAL = /^\d{1,20}(\.\d{1,18})?$/;

const decimal = (words: string, holds: (value: number) => boolean): z.ZodString =>
  z.string(words).refine((value) => DECIMAL.test(value) && holds(Number(value)), words);
const positive = decimal('must be a plain decimal above 0, as text', (value) => value > 0);
const fraction = decimal('must be a plain decimal above 0 and at most 1, as text', (value) => value > 0 && value <= 1);
const part = decimal('must be a plain decimal, at least 0 and below 1, as text', (value) => value < 1);

/** Limits of an account's risk check; one that is left out has the default of all accounts. */
export const policy = z.strictObject({
  maxRiskPerTrade: fraction.optional(),
  maxConcentration: positive.optional(),
  maxLeverage: positive.optional(),
  maxDailyLoss: positive.optional(),
  maxOpenTrades: z
    .int('must be a whole number, at least 1')
    .min(1, 'must be a whole number, at least 1')
    .max(1_000, 'must be at most 1000')
    .optional(),
  minRewardToRisk: positive.nullable().optional(),
  gapAllowance: part.optional(),
  costReserve: part.optional(),
});

export const millis = (least: number, most: number) => {
  const words = `must be a whole number of milliseconds from ${least} to ${most}`;
  return z.int(words).min(least, words).max(most, words).optional();
};

/** How the venue's silence is to be read, where an account knows better than its venue's defaults. */
export const timings = z.strictObject({
  validityWindow: millis(500, 60_000),
  readLag: millis(0, 600_000),
  retention: millis(60_000, 3_650 * 86_400_000),
  clockSkew: millis(0, 60_000),
  pollEvery: millis(100, 600_000),
});

const NAME_RULE = 'must be 1 to 32 small letters, digits and hyphens, a letter or digit first';
export const name = z.string(NAME_RULE).regex(/^[a-z0-9][a-z0-9-]{0,31}$/, NAME_RULE);

const SECRET_RULE = 'must be env:NAME or file:PATH: a reference, never the key itself';
const secretRef = z.string(SECRET_RULE).regex(/^(env:[A-Za-z_][A-Za-z0-9_]{0,127}|file:\S.*)$/, SECRET_RULE);

const address = (schemes: readonly string[]) => {
  const words = `must be an address that begins with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`;
  const known = (value: string): boolean =>
    URL.canParse(value) && schemes.includes(new URL(value).protocol.slice(0, -1));
  return z
    .string(words)
    .refine(known, words)
    .refine((value) => !known(value) || new URL(value).username === '', 'must hold no log-in')
    .optional();
};

const CURRENCY_RULE = 'must be a currency in capitals, such as USDT';
export const currency = z.string(CURRENCY_RULE).regex(/^[A-Z0-9]{2,15}$/, CURRENCY_RULE);
const SYMBOL_RULE = 'must be spot symbols such as BTC/USDT';

/** An account at an exchange as a file describes it. */
export const exchangeAccount = z.strictObject({
  name,
  venue: z.enum(EXCHANGES, `must be paper or one of: ${EXCHANGES.join(', ')}`),
  mode: z.enum(['paper', 'sandbox', 'live'], 'must be paper, sandbox or live'),
  marketType: z.enum(['spot', 'swap', 'future'], 'must be spot').default('spot'),
  currency: currency.optional(),
  instruments: z
    .array(z.string(SYMBOL_RULE).regex(SPOT_SYMBOL, SYMBOL_RULE), 'must be a list of symbols such as ["BTC/USDT"]')
    .min(1, 'must name at least one symbol')
    .max(100, 'must name at most 100 symbols'),
  keys: z.strictObject(
    { apiKey: secretRef, secret: secretRef, password: secretRef.optional() },
    'must name apiKey and secret, each as env:NAME or file:PATH',
  ),
  baseUrl: address(['https', 'http']),
  streamUrl: address(['wss', 'ws']),
  timings: timings.optional(),
  quoteMaxAge: millis(500, 600_000),
  policy: policy.optional(),
});

/** A further paper account. */
export const paperAccount = z.strictObject({
  name,
  venue: z.literal('paper'),
  mode: z.literal('paper', 'must be paper at the venue paper'),
  currency: currency.default('USD'),
  openingCash: positive,
  policy: policy.optional(),
});

export type ExchangeAccountEntry = z.output<typeof exchangeAccount>;
export type PaperAccountEntry = z.output<typeof paperAccount>;
/** Limits that differ from the defaults. */
export type PolicyEntry = z.output<typeof policy>;
