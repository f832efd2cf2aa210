import { dec, Decimal, text } from '../money/decimal';
import type { DecimalString } from '../money/decimal';
import type { Message } from './prompt';

/** What a model costs, in US dollars for a million tokens. */
export interface ModelPrice {
  readonly input: DecimalString;
  readonly output: DecimalString;
}

/** Tokens of one call. */
export interface TokenUse {
  readonly input: number;
  readonly output: number;
}

/** Tokens that an endpoint adds around each message and the whole conversation; generous. */
const AROUND = 64;
const PER_MILLION = 1_000_000;

/**
 * The most that a call can use: tokenisers that work on bytes (those of all common models) make at most one token of a
 * byte. The schema counts, since endpoints put it into the prompt.
 */
export function mostTokens(messages: readonly Message[], schema: object, maxOutput: number): TokenUse {
  const texts = [...messages.map(({ content }) => content), JSON.stringify(schema)];
  const bytes = texts.reduce((sum, one) => sum + new TextEncoder().encode(one).length + AROUND, 0);
  return { input: bytes, output: maxOutput };
}

/** The cost of tokens in US dollars. */
export function costOf(use: TokenUse, price: ModelPrice): DecimalString {
  return text(dec(price.input).mul(use.input).plus(dec(price.output).mul(use.output)).div(PER_MILLION));
}

/** Tokens and their cost in US dollars: spent, or the most that may be. */
export interface TokensAndCost {
  readonly tokens: number;
  readonly cost: DecimalString;
}

/** The share of a budget that is spent, by whichever of tokens and money is nearer its cap; 1 where a cap is 0. */
export function shareSpent(spent: TokensAndCost, cap: TokensAndCost): DecimalString {
  const share = (part: Decimal, whole: Decimal): Decimal => (whole.isZero() ? new Decimal(1) : part.div(whole));
  const tokens = share(new Decimal(spent.tokens), new Decimal(cap.tokens));
  return text(Decimal.max(tokens, share(dec(spent.cost), dec(cap.cost))));
}
