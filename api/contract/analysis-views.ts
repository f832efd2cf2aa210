import { z } from 'zod';
import { amountOut, momentOut } from './fields';

const dollars = amountOut.meta({ description: 'US dollars, by the configured prices.' });
const facts = z.record(z.string(), z.unknown());
const hash = z.string().meta({ description: 'SHA-256, hexadecimal.' });

/** One sending of a call. */
const attemptView = z.object({
  n: z.number().int(),
  state: z.enum(['sending', 'answered', 'failed', 'lost']).meta({
    description: '`lost`: nobody saw its end; it may have been paid for, and counts so.',
  }),
  reservedTokens: z.number().int().meta({ description: 'The most that it could use; held before it was sent.' }),
  reservedCost: dollars,
  chargedTokens: z.number().int().meta({ description: 'What it counts against the budget.' }),
  chargedCost: dollars,
  inputTokens: z.number().int().nullable().meta({ description: 'By the count of the endpoint.' }),
  outputTokens: z.number().int().nullable(),
  reason: z.string().nullable().meta({ description: 'Why it brought no answer.' }),
  status: z.number().int().nullable(),
  code: z.string().nullable(),
  latencyMs: z.number().int().nullable(),
  sentAt: momentOut,
});

/** One request to a model, word by word. */
const callView = z.object({
  id: hash,
  purpose: z.enum(['ask', 'repair']),
  model: z.string(),
  parameters: facts,
  prompt: z.array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })),
  schema: facts,
  response: z.string().nullable().meta({ description: "The model's words; never an instruction to anybody." }),
  refusal: z.string().nullable(),
  finish: z.enum(['stop', 'length', 'filtered']).nullable(),
  answeredBy: z.string().nullable(),
  answerHash: hash.nullable(),
  attempts: z.array(attemptView),
});

/** A question to a model, and what code made of the answer. */
export const analysisView = z
  .object({
    id: z.string(),
    tradeId: z.string(),
    strategy: z.string(),
    model: z.string(),
    promptVersion: z.string(),
    marketAt: momentOut.meta({ description: 'Market time; nothing that was known later was shown.' }),
    validUntil: momentOut,
    dataHash: hash,
    withheld: z.number().int().meta({ description: 'Pieces that were not shown, being known only later.' }),
    hindsight: z.enum(['none', 'possible', 'unknown']).meta({
      description: "Whether the model's training may have shown it what came after.",
    }),
    signal: facts.nullable().meta({ description: 'What code concluded; null until it is finished.' }),
    answer: facts.nullable().meta({ description: "The model's words, where they had the right form." }),
    createdAt: momentOut,
    finishedAt: momentOut.nullable(),
    tokens: z.number().int(),
    cost: dollars,
    calls: z.array(callView),
  })
  .meta({ id: 'Analysis' });

const range = z.object({ least: z.number(), mean: z.number(), most: z.number(), deviation: z.number() });

/** Several answers to one question. */
export const repeatView = z
  .object({
    id: z.string(),
    tradeId: z.string(),
    key: z.string(),
    times: z.number().int(),
    state: z.enum(['running', 'completed', 'stopped']),
    createdBy: z.string(),
    createdAt: momentOut,
    finishedAt: momentOut.nullable(),
    tokens: z.number().int(),
    cost: dollars,
    spread: z.object({
      answers: z.number().int(),
      long: z.number().int(),
      short: z.number().int(),
      neutral: z.number().int(),
      abstained: z.record(z.string(), z.number().int()).meta({ description: 'By code.' }),
      direction: range.nullable(),
      conviction: range.nullable(),
      horizonDays: range.nullable(),
      agreement: z.number().meta({ description: 'Share of the answers that say what most of them say, 0 to 1.' }),
    }),
    answers: z.array(z.object({ id: z.string(), signal: facts, answer: facts.nullable() })),
  })
  .meta({ id: 'AnalysisRepeat' });

const spent = z.object({ tokens: z.number().int(), cost: dollars });

/** What language models may cost and have cost. */
export const budgetView = z
  .object({
    day: z.string().meta({ description: 'The day in UTC that counts now.', format: 'date' }),
    caps: z.object({ trade: spent, strategy: spent, day: spent }),
    spent: spent.extend({
      uncertain: spent.meta({ description: 'Of that: counted at the most it can be, since nobody saw its end.' }),
      strategies: z.array(spent.extend({ strategy: z.string() })),
    }),
    model: z.object({
      name: z.string(),
      configured: z.boolean().meta({ description: 'Whether there is a key for it.' }),
      price: z.object({ input: dollars, output: dollars }).meta({ description: 'For a million tokens.' }),
    }),
  })
  .meta({ id: 'AnalysisBudget' });

export type AnalysisView = z.output<typeof analysisView>;
export type RepeatView = z.output<typeof repeatView>;
export type BudgetView = z.output<typeof budgetView>;
