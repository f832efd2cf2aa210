import type { DecimalString } from '../money/decimal';
import { decimalString as d } from '../money/decimal';
import { DEFAULT_RISK_POLICY, policyProblems } from './policy';
import type { RiskPolicy } from './policy';

const fields = (changes: Partial<RiskPolicy>): readonly string[] =>
  policyProblems({ ...DEFAULT_RISK_POLICY, ...changes }).map(({ field }) => field);

describe('a risk policy', () => {
  test('of the defaults is usable', () => {
    expect(policyProblems(DEFAULT_RISK_POLICY)).toEqual([]);
  });

  test.each<[Partial<RiskPolicy>, string]>([
    [{ maxRiskPerTrade: d('0') }, 'maxRiskPerTrade'],
    [{ maxRiskPerTrade: d('1.01') }, 'maxRiskPerTrade'],
    [{ maxConcentration: d('0') }, 'maxConcentration'],
    [{ maxLeverage: d('-1') }, 'maxLeverage'],
    [{ maxDailyLoss: d('0') }, 'maxDailyLoss'],
    [{ maxOpenTrades: 0 }, 'maxOpenTrades'],
    [{ maxOpenTrades: 1.5 }, 'maxOpenTrades'],
    [{ minRewardToRisk: d('0') }, 'minRewardToRisk'],
    [{ gapAllowance: d('1') }, 'gapAllowance'],
    [{ costReserve: d('-0.1') }, 'costReserve'],
  ])('with %j names the field that is out of range', (changes, field) => {
    expect(fields(changes)).toEqual([field]);
  });

  test('accepts the ends of its ranges', () => {
    expect(
      fields({ maxRiskPerTrade: d('1'), maxOpenTrades: 1, gapAllowance: d('0.99'), minRewardToRisk: d('0.5') }),
    ).toEqual([]);
  });

  test('read from elsewhere with text that is no number is refused, not computed with', () => {
    const unread = 'a quarter' as DecimalString;
    expect(policyProblems({ ...DEFAULT_RISK_POLICY, maxConcentration: unread })).toEqual([
      { field: 'maxConcentration', rule: 'must be a plain decimal above 0' },
    ]);
  });
});
