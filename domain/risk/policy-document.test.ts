import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decimalString as d } from '../money/decimal';
import { completePolicy, DEFAULT_RISK_POLICY, policyProblems } from './policy';
import { accountPolicy, documentProblems, effectivePolicy } from './policy-document';
import type { PolicyDocument } from './policy-document';

const document: PolicyDocument = {
  defaults: { maxOpenTrades: 5, maxSpread: null },
  accounts: { paper: { maxPositionNotional: d('5000') } },
  strategies: {
    technical: { maxRiskPerTrade: d('0.005'), maxOpenTrades: 2, maxExposure: d('0.3'), minRewardToRisk: d('2') },
    wide: { maxRiskPerTrade: d('0.5'), sizing: { method: 'fixed-notional', notional: d('100') } },
  },
  instruments: {
    US500: { sector: 'index', group: 'us', maxPositionNotional: d('4000'), maxSpread: d('0.001') },
    USCOMP: { sector: 'index' },
  },
};

describe('a policy file', () => {
  test('of the installation gives the defaults of the code, and its instruments their classes', () => {
    const file: unknown = JSON.parse(readFileSync(join(__dirname, '../../data/risk-policy.json'), 'utf8'));
    expect(documentProblems(file)).toEqual([]);
    expect(accountPolicy(file as PolicyDocument, 'paper')).toEqual(DEFAULT_RISK_POLICY);
    const { sector } = effectivePolicy(DEFAULT_RISK_POLICY, file as PolicyDocument, 'manual', 'US500');
    expect(sector).toEqual({ name: 'equity index', instruments: ['US500', 'USCOMP'] });
  });

  test('gives an account the defaults of the file and its own', () => {
    expect(accountPolicy(document, 'paper')).toMatchObject({
      maxOpenTrades: 5,
      maxPositionNotional: '5000',
      maxSpread: null,
    });
    expect(accountPolicy(document, 'other')).toMatchObject({ maxOpenTrades: 5, maxPositionNotional: '10000' });
    expect(completePolicy({ maxOpenTrades: 3 })).toEqual({ ...DEFAULT_RISK_POLICY, maxOpenTrades: 3 });
  });

  test('lets strategies and instruments tighten, and never widen', () => {
    const base = accountPolicy(document, 'paper');
    expect(effectivePolicy(base, document, 'technical', 'US500')).toMatchObject({
      maxRiskPerTrade: '0.005',
      maxPositionNotional: '4000',
      maxSpread: '0.001',
      minRewardToRisk: '2',
      maxOpenTrades: 5,
      strategy: { maxOpenTrades: 2, maxExposure: '0.3' },
      sector: { name: 'index', instruments: ['US500', 'USCOMP'] },
      group: { name: 'us', instruments: ['US500'] },
    });
    const wide = effectivePolicy(base, document, 'wide', 'SIM');
    expect(wide).toMatchObject({ maxRiskPerTrade: '0.01', sizing: { method: 'fixed-notional' } });
    expect([wide.strategy, wide.sector, wide.group]).toEqual([undefined, undefined, undefined]);
  });

  test.each<[unknown, string]>([
    [[], ''],
    [{ limits: {} }, 'limits'],
    [{ defaults: 1 }, 'defaults'],
    [{ defaults: { maxOpenTrade: 1 } }, 'defaults.maxOpenTrade'],
    [{ defaults: { maxOpenTrades: '1' } }, 'defaults.maxOpenTrades'],
    [{ accounts: { paper: { maxVar: '2' } } }, 'accounts.paper.maxVar'],
    [{ accounts: [] }, 'accounts'],
    [{ strategies: { technical: { maxExposure: '-1' } } }, 'strategies.technical.maxExposure'],
    [{ strategies: { technical: { maxVar: '0.1' } } }, 'strategies.technical.maxVar'],
    [{ strategies: { technical: { minRewardToRisk: null } } }, 'strategies.technical.minRewardToRisk'],
    [{ instruments: { US500: { sector: 7 } } }, 'instruments.US500.sector'],
    [{ instruments: { US500: 7 } }, 'instruments.US500'],
  ])('%j is refused, with the field', (file, field) => {
    expect(documentProblems(file).map((problem) => problem.field)).toEqual([field]);
  });

  test.each([
    [{ method: 'fixed-fraction' }, true],
    [{ method: 'volatility-target', target: '0.01' }, true],
    [{ method: 'fixed-notional', notional: '5000' }, true],
    [{ method: 'kelly', winProbability: '0.6', payoff: '1.5', fraction: '0.25', cap: '0.02' }, true],
    [{ method: 'kelly', winProbability: '0.6' }, false],
    [{ method: 'fixed-notional', notional: '0' }, false],
    [{ method: 'fixed-fraction', share: '0.1' }, false],
    [{ method: 'martingale' }, false],
    ['fixed-fraction', false],
  ])('sizing %j: %s', (sizing, valid) => {
    expect(policyProblems({ sizing }).length === 0).toBe(valid);
  });
});
