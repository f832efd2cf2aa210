import { z } from 'zod';
import type { ModelAnswer } from '../../domain/analysis/model-view';
import { plainText } from '../../domain/analysis/plain-text';
import { decimalString } from '../../domain/money/decimal';

/** Longest texts, in characters: what is longer is no reason but an essay. They are not in the JSON Schema, where not every endpoint knows them. */
const REASON = 600;
const EVIDENCE_ID = 80;

/** Cleaned as every stranger's text is: what is stored and shown holds nothing invisible. */
const short = (most: number) =>
  z
    .string()
    .refine((text) => text.length <= most, `must have at most ${most} characters`)
    .transform((text) => plainText(text, most));
const price = z
  .string()
  .regex(/^\d{1,12}(\.\d{1,8})?$/)
  .transform((text) => decimalString(text));

const view = z.strictObject({
  kind: z.literal('view'),
  direction: z.number().min(-1).max(1),
  conviction: z.number().min(0).max(1),
  horizonDays: z.int().min(1).max(250),
  stopPrice: price.nullable(),
  targetPrice: price.nullable(),
  reasons: z
    .array(z.strictObject({ text: short(REASON), evidence: z.array(short(EVIDENCE_ID)).min(1).max(10) }))
    .min(1)
    .max(5),
});

const abstention = z.strictObject({ kind: z.literal('abstention'), reason: short(REASON) });

/** The whole answer. It names no action, size or order, and admits no field that could. */
const answerSchema = z.strictObject({ answer: z.discriminatedUnion('kind', [view, abstention]) });

/** Problems that are told to the model at most. */
const TOLD = 8;

/** The schema as endpoints with structured output take it: `anyOf`, every field required, no other one allowed. */
export const ANSWER_SCHEMA: { readonly name: string; readonly schema: Readonly<Record<string, unknown>> } = {
  name: 'analysis',
  schema: wireSchema(),
};

/** What a text says by the schema, or what is wrong with it, in words that a model can act on. */
export type ReadAnswer =
  { readonly ok: true; readonly answer: ModelAnswer } | { readonly ok: false; readonly problems: readonly string[] };

/** Reads an answer. Nothing around the JSON object is forgiven: whoever adds words may add others. */
export function readAnswer(text: string): ReadAnswer {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return { ok: false, problems: ['it is not one JSON object'] };
  }
  const read = answerSchema.safeParse(document);
  if (read.success) return { ok: true, answer: read.data.answer };
  const problems = read.error.issues.slice(0, TOLD).map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`);
  return { ok: false, problems };
}

function wireSchema(): Record<string, unknown> {
  const schema: Record<string, unknown> = z.toJSONSchema(answerSchema, {
    io: 'input',
    override: ({ jsonSchema }) => {
      if (jsonSchema.oneOf === undefined) return;
      jsonSchema.anyOf = jsonSchema.oneOf;
      delete jsonSchema.oneOf;
    },
  });
  delete schema['$schema'];
  return schema;
}
