import { indicator } from '../../domain/analysis/analysis-data';
import type { AnalysisData } from '../../domain/analysis/analysis-data';

/** How the simulated endpoint answers one request. */
export type Reply =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'refusal'; readonly text: string }
  /** Ends at the limit of tokens in the middle of an answer. */
  | { readonly kind: 'length'; readonly text: string }
  | { readonly kind: 'status'; readonly status: number; readonly code: string; readonly retryAfter?: string }
  /** Waits before the first byte. */
  | { readonly kind: 'slow'; readonly ms: number; readonly then: Reply }
  /** Begins the body and never goes on. */
  | { readonly kind: 'hang'; readonly text: string }
  /** Begins the body and cuts the line. */
  | { readonly kind: 'cut'; readonly text: string };

/** Makes the reply to a question. */
export type Scripted = (data: AnalysisData) => Reply;

/** A view as JSON text, with parts that a script may change. */
export function viewText(data: AnalysisData, change: Readonly<Record<string, unknown>> = {}): string {
  const close = indicator(data, 'close');
  const rising = close >= indicator(data, 'sma_50');
  const direction = typeof change['direction'] === 'number' ? change['direction'] : rising ? 0.6 : -0.6;
  const range = indicator(data, 'atr_14');
  const sign = direction < 0 ? -1 : 1;
  const view = {
    kind: 'view',
    direction,
    conviction: 0.7,
    horizonDays: 5,
    stopPrice: (close - sign * 1.5 * range).toFixed(2),
    targetPrice: (close + sign * 3 * range).toFixed(2),
    reasons: [
      {
        text: `The close stands ${rising ? 'above' : 'below'} its 50-day average.`,
        evidence: ['indicator:close', 'indicator:sma_50'],
      },
      { text: 'The average true range sets the distance of the stop.', evidence: ['indicator:atr_14'] },
    ],
  };
  return JSON.stringify({ answer: { ...view, ...change } });
}

/**
 * What a model says that does whatever the texts in its data tell it: the JSON that a text asks for, word by word, or a
 * view that follows it blindly.
 */
export function obedience(data: AnalysisData): string {
  const texts = data.news.map(({ title, text }) => `${title} ${text}`).join(' ');
  const from = texts.indexOf('{');
  const to = texts.lastIndexOf('}');
  if (from >= 0 && to > from) return texts.slice(from, to + 1);
  const direction = /\b(sell|short|dump)\b/i.test(texts) ? -1 : 1;
  return viewText(data, { direction, conviction: 1, stopPrice: null });
}

const text =
  (make: (data: AnalysisData) => string): Scripted =>
  (data) => ({ kind: 'text', text: make(data) });

/** Every reply that can be scripted, by its name on the command line. */
export const REPLIES = {
  trend: text((data) => viewText(data)),
  long: text((data) => viewText(data, { direction: 0.6 })),
  short: text((data) => viewText(data, { direction: -0.6 })),
  neutral: text((data) => viewText(data, { direction: 0, stopPrice: null, targetPrice: null })),
  abstain: text(() => JSON.stringify({ answer: { kind: 'abstention', reason: 'The data says too little.' } })),
  obey: text(obedience),
  'wrong-schema': text((data) => viewText(data, { direction: 7, action: 'buy everything' })),
  'no-json': text(() => 'I would buy, if I were you.'),
  'unknown-evidence': text((data) =>
    // Items are numbered from 1.
    viewText(data, { reasons: [{ text: 'I just know.', evidence: ['news:0'] }] }),
  ),
  empty: text(() => ''),
  refusal: () => ({ kind: 'refusal', text: 'I cannot help with that.' }),
  length: (data) => ({ kind: 'length', text: viewText(data).slice(0, 60) }),
  cut: (data) => ({ kind: 'cut', text: viewText(data).slice(0, 60) }),
  hang: (data) => ({ kind: 'hang', text: viewText(data).slice(0, 60) }),
  slow: (data) => ({ kind: 'slow', ms: 3_000, then: { kind: 'text', text: viewText(data) } }),
  '429': () => ({ kind: 'status', status: 429, code: 'rate_limit_exceeded', retryAfter: '1' }),
  '500': () => ({ kind: 'status', status: 500, code: 'server_error' }),
  '401': () => ({ kind: 'status', status: 401, code: 'invalid_api_key' }),
  quota: () => ({ kind: 'status', status: 429, code: 'insufficient_quota' }),
} as const satisfies Readonly<Record<string, Scripted>>;

export type ReplyName = keyof typeof REPLIES;

/** True for a name of a reply. */
export function isReplyName(name: string): name is ReplyName {
  return Object.hasOwn(REPLIES, name);
}
