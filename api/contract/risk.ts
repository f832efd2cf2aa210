import { z } from 'zod';
import { documentProblems } from '../../domain/risk/policy-document';
import type { PolicyDocument } from '../../domain/risk/policy-document';
import { MANUAL } from '../../domain/trade/spec';
import { accountName, instrumentId, oneOf, positiveAmount, rule, strategyName } from './fields';
import { checkSides, entry } from './start-trade';

/** What a client sends to ask what a trade would be told. */
export const riskCheckBody = z
  .strictObject({
    account: accountName,
    instrument: instrumentId,
    strategy: strategyName.meta({ description: 'Whose limits apply besides the account’s.' }).default(MANUAL),
    direction: oneOf(['long', 'short']),
    stopPrice: positiveAmount,
    entry: entry.optional(),
    takeProfitPrice: positiveAmount.optional(),
    maxQuantity: positiveAmount.optional(),
    maxNotional: positiveAmount.optional(),
    extendedHours: z.boolean({ error: rule('boolean', 'must be true or false') }).optional(),
  })
  .superRefine((body, context) => {
    checkSides(body, (field, name, words) => {
      context.addIssue({ code: 'custom', path: field.split('.'), message: rule(name, words) });
    });
  })
  .meta({ id: 'RiskCheck' });
export type RiskCheckBody = z.output<typeof riskCheckBody>;

/** A policy file; each broken rule is named with the path of its field. */
export const policyDocumentBody = z
  .record(z.string(), z.unknown())
  .superRefine((document, context) => {
    for (const { field, rule: words } of documentProblems(document)) {
      context.addIssue({ code: 'custom', path: field.split('.'), message: rule('policy', words) });
    }
  })
  .transform((document) => document as PolicyDocument)
  .meta({
    id: 'RiskPolicyFile',
    type: 'object',
    description: 'See docs/risk.md; `data/risk-policy.json` is an example.',
  });
