import type { RiskMeasureView } from '../api/contract/risk-measure';
import { fields, table } from './output';
import { moment } from './trade-views';

function head({ account, marketTime, equity, limit, days }: RiskMeasureView): string {
  return fields([
    ['account', account],
    ['market time', moment(marketTime)],
    ['equity', equity],
    ['limit', limit === null ? 'none' : `${limit} (historical, 95 %)`],
    ['history', days === 0 ? 'none: the assumed volatility counts' : `${days} days`],
  ]);
}

const percent = (level: string): string => `${String(Math.round(Number(level) * 100))} %`;

/** The tail by every method, and what each position does to it. */
export function valueAtRiskText(risk: RiskMeasureView): string {
  return [
    head(risk),
    table(
      ['METHOD', 'LEVEL', 'VAR (1 DAY)', 'CVAR'],
      risk.tails.map((tail) => [tail.method, percent(tail.level), tail.valueAtRisk, tail.expectedShortfall]),
      '',
    ),
    table(
      ['POSITION', 'LEVEL', 'VALUE', 'COMPONENT VAR', 'MARGINAL VAR', 'ASSUMED VAR'],
      risk.positions.map((p) => [p.instrument, percent(p.level), p.value, p.component, p.marginal, p.assumed]),
      'No positions.',
    ),
  ].join('\n\n');
}

/** What each scenario makes of the positions. */
export function stressText(risk: RiskMeasureView): string {
  const rows = risk.stress.map(({ scenario, profit }) => [profit, scenario]);
  return [head(risk), table(['PROFIT', 'SCENARIO'], rows, '')].join('\n\n');
}
