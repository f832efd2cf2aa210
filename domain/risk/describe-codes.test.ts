import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRiskCode, RISK_CATEGORIES, RISK_CODES } from './codes';
import { describeRisk } from './describe-codes';

describe('the risk codes', () => {
  test('docs/risk.md is what the code says', () => {
    expect(readFileSync(join(__dirname, '../../docs/risk.md'), 'utf8')).toBe(describeRisk());
  });

  test('each has a category, and one sentence each for what it means and what to do', () => {
    for (const [code, info] of Object.entries(RISK_CODES)) {
      expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
      expect(RISK_CATEGORIES).toContain(info.category);
      expect(info.description).toMatch(/^[A-Z][^.]*\.$/);
      expect(info.action).toMatch(/^[A-Z][^.]*\.$/);
    }
  });

  test('text from elsewhere is a code only if it is on the list', () => {
    expect([isRiskCode('halted'), isRiskCode('toString'), isRiskCode('HALTED'), isRiskCode('')]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});
