import { z } from 'zod';
import { TAIL_LEVELS, TAIL_METHODS } from '../../domain/risk/measure';
import { amountOut, momentOut } from './fields';

const level = z.enum(TAIL_LEVELS);

/** The risk of an account's positions as they are now, in account currency. */
export const riskMeasureView = z
  .object({
    account: z.string(),
    marketTime: momentOut,
    equity: amountOut,
    limit: amountOut.nullable().meta({ description: 'The policy’s limit on the historical figure at 95 %.' }),
    days: z.number().int().meta({ description: 'Days of the joint history; 0 without one.' }),
    tails: z.array(
      z.object({
        method: z.enum(TAIL_METHODS),
        level,
        valueAtRisk: amountOut.meta({ description: 'Loss of a day that is not exceeded with this probability.' }),
        expectedShortfall: amountOut.meta({ description: 'Mean of the losses beyond it (CVaR).' }),
      }),
    ),
    positions: z.array(
      z.object({
        instrument: z.string(),
        value: amountOut,
        level,
        component: amountOut.nullable().meta({ description: 'Its part of the parametric figure with mean 0.' }),
        marginal: amountOut
          .nullable()
          .meta({ description: 'Change of that figure for one more unit of currency in it.' }),
        assumed: amountOut.nullable().meta({ description: 'Without a history: by the assumed volatility.' }),
      }),
    ),
    stress: z.array(z.object({ scenario: z.string(), profit: amountOut })),
  })
  .meta({ id: 'RiskMeasure' });
export type RiskMeasureView = z.output<typeof riskMeasureView>;
