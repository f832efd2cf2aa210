import { decimalString as d, dec, text } from '../../domain/money/decimal';
import { assessRisk } from '../../domain/risk/assess-risk';
import { exposureBook } from '../../domain/risk/exposure-book';
import { simulatedProfits } from '../../domain/risk/portfolio-risk';
import type { RiskInput } from '../../domain/risk/proposal';
import { historicalRisk } from '../../domain/risk/value-at-risk';
import { riskInput } from '../support/risk-input';
import { atMost, thisMachine, versionsWith } from '../support/report';
import type { ReportRow } from '../support/report';
import type { Suite } from '../support/suites';
import { measureFills } from './fills';
import { seededUniform as random } from '../../domain/risk/seeded-uniform';

const POSITIONS = 500;
const DAYS = 1_000;
const ASSESSMENTS = 2_000;
const VARS = 100;

/** Fills a second that two cores book, low; for the estimate and for `--minutes`. */
const FILLS_A_SECOND = 1_000;

/** What one risk check and one value at risk cost in an account of 500 positions, and what the ledger takes in. */
export const riskSuite: Suite = {
  summary:
    'a risk check with 500 positions and every limit, historical VaR of 500 positions × 1,000 days, and fills booked into the ledger',
  numbers: { fills: 1_000_000 },
  run: async ({ seed, minutes, numbers }, say) => {
    const wanted = numbers['fills'] ?? 0;
    const fills = Math.round(Math.min(wanted, minutes === undefined ? wanted : minutes * 60 * FILLS_A_SECOND));
    say(`about ten seconds, and ${String(Math.ceil(fills / FILLS_A_SECOND / 60))} minutes for ${String(fills)} fills`);
    const next = random(seed);
    const input = crowded(next);
    const assess = each(ASSESSMENTS, () => {
      const decision = assessRisk(input);
      if (!decision.ok) throw new Error(`refused: ${decision.rejection.code}`);
    });
    const view = { instrument: 'I0', reference: dec(100), sector: ids(100), group: ids(50) };
    const book = each(ASSESSMENTS, () => void exposureBook(input.portfolio.exposures, view));
    const portfolio = {
      values: Float64Array.from({ length: POSITIONS }, () => (next() - 0.4) * 10_000),
      returns: Array.from({ length: POSITIONS }, () =>
        Float64Array.from({ length: DAYS }, () => (next() - 0.5) * 0.04),
      ),
    };
    const valueAtRisk = each(VARS, () => void historicalRisk(simulatedProfits(portfolio), 0.95));
    const booked = await measureFills(fills, next, say);
    const rows: ReportRow[] = [
      {
        what: `assessRisk, ${POSITIONS} positions, every limit`,
        'p50 µs': assess.p50 * 1_000,
        'p95 µs': assess.p95 * 1_000,
        'a second': null,
        'RSS MB': null,
      },
      { what: `of it: adding ${POSITIONS} positions up`, 'p50 µs': book.p50 * 1_000, 'p95 µs': book.p95 * 1_000 },
      { what: `VaR, ${POSITIONS} × ${DAYS}`, 'p50 µs': valueAtRisk.p50 * 1_000, 'p95 µs': valueAtRisk.p95 * 1_000 },
    ];
    rows.push(...booked.rows);
    const goals = [
      atMost('assess_us', 200, assess.p50 * 1_000),
      atMost('var_ms', 20, valueAtRisk.p50),
      // Twice the memory for ten times the fills would not be flat.
      atMost('fills_rss_ratio', 1.5, booked.rssRatio),
    ];
    return { suite: 'risk', seed, machine: thisMachine(), versions: versionsWith({}), rows, goals };
  },
};

const ids = (count: number): string[] => Array.from({ length: count }, (_, n) => `I${n}`);

/** An account that every limit has something to say about, and none of which refuses. */
function crowded(next: () => number): RiskInput {
  const exposures = ids(POSITIONS).map((instrument) => ({
    instrument,
    quantity: text(dec(((next() - 0.5) * 20).toFixed(2))),
    mark: text(dec((50 + next() * 100).toFixed(2))),
  }));
  const history = {
    profits: Float64Array.from({ length: 250 }, () => (next() - 0.5) * 2_000),
    assumed: 100,
    returns: Float64Array.from({ length: 250 }, () => (next() - 0.5) * 0.04),
  };
  return riskInput({
    instrument: { id: 'I0' },
    portfolio: {
      equity: d('1000000'),
      buyingPower: d('3000000'),
      equityPeak: d('1050000'),
      exposures,
      openTrades: ids(40).map((id) => ({ tradeId: `t-${id}`, instrument: id, direction: 'long' as const })),
      ordersLastMinute: 3,
      locks: [],
      strategy: { openTrades: 2, notional: d('20000') },
      history,
    },
    policy: {
      maxOpenTrades: 1_000,
      maxDrawdown: d('0.2'),
      maxVar: d('0.05'),
      maxSpread: d('0.01'),
      priceCollar: d('0.1'),
      sector: { name: 'a', instruments: ids(100) },
      group: { name: 'b', instruments: ids(50) },
      strategy: { maxOpenTrades: 50, maxExposure: d('0.9') },
    },
  });
}

/** Runs a piece of work many times, after as many for the compiler; milliseconds. */
function each(times: number, work: () => void): { readonly p50: number; readonly p95: number } {
  for (let n = 0; n < times; n += 1) work();
  const took = Array.from({ length: times }, () => {
    const began = performance.now();
    work();
    return performance.now() - began;
  }).sort((a, b) => a - b);
  return { p50: took[Math.floor(times / 2)] ?? 0, p95: took[Math.floor(times * 0.95)] ?? 0 };
}
