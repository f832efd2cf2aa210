import { z } from 'zod';
import { documentProblems } from '../../domain/risk/policy-document';
import type { PolicyDocument } from '../../domain/risk/policy-document';
import { isTrailing } from '../../domain/order/order';
import { MANUAL } from '../../domain/trade/spec';
import { accountName, instrumentId, oneOf, positiveAmount, rule, strategyName } from './fields';
import { checkSides, checkStop, entry } from './start-trade';
import type { Refuse } from './start-trade';

/** What a client sends to ask what a trade would be told. */
export const riskCheckBody = z
  .strictObject({
    account: accountName,
    instrument: instrumentId,
    strategy: strategyName.meta({ description: 'Whose limits apply besides the account’s.' }).default(MANUAL),
    direction: oneOf(['long', 'short']),
    stopPrice: positiveAmount.optional(),
    stopDistance: positiveAmount.optional(),
    entry: entry.optional(),
    takeProfitPrice: positiveAmount.optional(),
    maxQuantity: positiveAmount.optional(),
    maxNotional: positiveAmount.optional(),
    extendedHours: z.boolean({ error: rule('boolean', 'must be true or false') }).optional(),
  })
  .superRefine((body, context) => {
    const refuse: Refuse = (field, name, words) => {
      context.addIssue({ code: 'custom', path: field.split('.'), message: rule(name, words) });
    };
    if (body.stopPrice === undefined && body.stopDistance === undefined && !isTrailing(body.entry?.type ?? 'market'))
      refuse('stopPrice', 'required', 'is required: where would the stop be?');
    checkStop(body, refuse);
    checkSides(body, refuse);
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
