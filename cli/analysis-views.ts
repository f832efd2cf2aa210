import type { AnalysisView, BudgetView, RepeatView } from '../api/contract/analysis-views';
import { cell, fields, table } from './output';
import { moment } from './trade-views';

/** The analyses of a trade, word by word. */
export function analysesText(analyses: readonly AnalysisView[]): string {
  if (analyses.length === 0) return 'This trade has asked no language model.';
  return analyses.map(analysisText).join('\n\n');
}

function analysisText(analysis: AnalysisView): string {
  const head = fields([
    ['analysis', analysis.id],
    ['model', analysis.model],
    ['prompt version', analysis.promptVersion],
    ['market time', moment(analysis.marketAt)],
    ['hindsight', analysis.hindsight],
    ['withheld', analysis.withheld === 0 ? null : `${analysis.withheld} pieces that were known only later`],
    ['tokens', String(analysis.tokens)],
    ['cost', `${analysis.cost} USD`],
    ['view', viewText(analysis.signal)],
  ]);
  const reasons = reasonsOf(analysis.signal).map((reason) => `  ${cell(reason)}`);
  return [[head, ...reasons].join('\n'), ...analysis.calls.map(callText)].join('\n\n');
}

function viewText(signal: AnalysisView['signal']): string {
  if (signal === null) return 'not finished';
  const { kind, direction, code, conviction, stopPrice } = signal;
  if (kind === 'directional')
    return `${String(direction)}, conviction ${String(conviction)}, stop ${String(stopPrice)}`;
  return kind === 'abstained' ? `abstained (${String(code)})` : String(kind);
}

function reasonsOf(signal: AnalysisView['signal']): readonly string[] {
  const reasons = signal?.['reasons'];
  return Array.isArray(reasons) ? reasons.map(String) : [];
}

type Call = AnalysisView['calls'][number];

/** Prompt and answer as they went over the line, but for characters that a terminal would obey. */
function callText(call: Call): string {
  const attempts = table(
    ['ATTEMPT', 'STATE', 'TOKENS IN', 'OUT', 'CHARGED', 'USD', 'MS', 'SENT', 'WHY'],
    call.attempts.map((attempt) => [
      String(attempt.n),
      attempt.state,
      numberText(attempt.inputTokens),
      numberText(attempt.outputTokens),
      String(attempt.chargedTokens),
      attempt.chargedCost,
      numberText(attempt.latencyMs),
      moment(attempt.sentAt),
      [attempt.reason, attempt.status === null ? null : `status ${attempt.status}`, attempt.code]
        .filter(Boolean)
        .join(', '),
    ]),
    'Never sent.',
  );
  const messages = call.prompt.map(({ role, content }) => `--- ${role}\n${lines(content)}`);
  const answer = call.refusal ?? call.response;
  const said = answer === null ? 'no answer' : call.refusal === null ? `answer (${call.finish ?? ''})` : 'refusal';
  return [
    `${call.purpose === 'ask' ? 'Call' : 'Repair'} ${call.id}`,
    attempts,
    ...messages,
    `--- ${said}${answer === null ? '' : `\n${lines(answer)}`}`,
  ].join('\n');
}

function lines(text: string): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? '' : cell(line)))
    .join('\n');
}

function numberText(value: number | null): string | null {
  return value === null ? null : String(value);
}

/** How far the answers to one question lie apart. */
export function repeatText(repeat: RepeatView): string {
  const { spread } = repeat;
  const counts = table(
    ['SAID', 'ANSWERS'],
    [
      ['long', String(spread.long)],
      ['short', String(spread.short)],
      ['neutral', String(spread.neutral)],
      ...Object.entries(spread.abstained).map(([code, count]) => [`abstained (${code})`, String(count)]),
    ],
    '',
  );
  const figures = table(
    ['FIGURE', 'LEAST', 'MEAN', 'MOST', 'DEVIATION'],
    (['direction', 'conviction', 'horizonDays'] as const).flatMap((name) => {
      const range = spread[name];
      if (range === null) return [];
      return [[name, ...[range.least, range.mean, range.most, range.deviation].map((value) => value.toFixed(3))]];
    }),
    'No view among them.',
  );
  const head = fields([
    ['repeat', repeat.id],
    ['state', `${repeat.state}, ${spread.answers} of ${repeat.times} answers`],
    ['agreement', `${(100 * spread.agreement).toFixed(0)} % say the same as most`],
    ['tokens', String(repeat.tokens)],
    ['cost', `${repeat.cost} USD`],
  ]);
  return [head, counts, figures].join('\n\n');
}

/** Caps and spending. */
export function budgetText({ day, caps, spent, model }: BudgetView): string {
  const head = fields([
    ['model', `${model.name}${model.configured ? '' : ' (off: OPENAI_API_KEY is not set)'}`],
    ['price', `${model.price.input} USD in, ${model.price.output} USD out, for a million tokens`],
    ['day (UTC)', day],
  ]);
  const rows = [
    ['one trade', null, String(caps.trade.tokens), null, caps.trade.cost],
    ...spent.strategies.map(({ strategy, tokens, cost }) => [
      `strategy ${strategy}, today`,
      String(tokens),
      String(caps.strategy.tokens),
      cost,
      caps.strategy.cost,
    ]),
    ['everything, today', String(spent.tokens), String(caps.day.tokens), spent.cost, caps.day.cost],
    ['of that uncertain', String(spent.uncertain.tokens), null, spent.uncertain.cost, null],
  ];
  return [head, table(['SCOPE', 'TOKENS', 'CAP', 'USD', 'CAP'], rows, '')].join('\n\n');
}
