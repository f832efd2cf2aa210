import { abstain } from '../../domain/analysis/abstention';
import { ANALYSIS_BARS, questionOf } from '../../domain/analysis/analysis-data';
import { hindsightOf, hindsightWarning } from '../../domain/analysis/hindsight';
import type { TrainingCutoff } from '../../domain/analysis/hindsight';
import { signalOf } from '../../domain/analysis/model-view';
import type { ModelAnswer } from '../../domain/analysis/model-view';
import { PROMPT_VERSION, promptOf, repairOf } from '../../domain/analysis/prompt';
import { instant, millisOf } from '../../domain/clock/instant';
import type { Instant } from '../../domain/clock/instant';
import type { AnalysisInput, Analyst, Occasion, Signal } from '../../domain/signal/signal';
import { MODEL_STRATEGY } from '../../domain/signal/model-strategy';
import type { NewAnalysis, OpenedAnalysis, RepeatRow, StoredAnswer } from '../../database/analyses';
import { callModel, sha256 } from './call-model';
import type { CallDeps, Called } from './call-model';
import { readAnswer } from './view-schema';

export interface ModelAnalystDeps extends CallDeps {
  /** Market seconds for which the answers to a question count. */
  readonly validitySeconds: number;
  readonly trainingCutoff: TrainingCutoff;
}

/** What one answer, read by the schema, comes to. */
interface Conclusion {
  readonly signal: Signal;
  readonly answer: ModelAnswer | null;
  readonly answerHash: string | null;
}

/**
 * The strategy `llm`: asks a language model and turns its answer into a signal. Whatever goes wrong is an abstention
 * with a code of `ABSTENTIONS`; only failures that may pass are thrown (`ModelFailed`), and cancellation
 * (`ModelCallAborted`). The question is stored before the first call and each answer after it, so that another try,
 * after a crash too, goes on where this one stopped.
 */
export class ModelAnalyst implements Analyst {
  readonly name = MODEL_STRATEGY;
  readonly description =
    'Asks a language model for a view, under a budget; code derives stop and size, and every word is kept.';
  readonly lookback = ANALYSIS_BARS;
  readonly readsSurroundings = true;

  constructor(private readonly deps: ModelAnalystDeps) {}

  /** @throws Error without an occasion. */
  async analyse(input: AnalysisInput, occasion?: Occasion): Promise<Signal> {
    if (occasion === undefined) throw new Error('an analysis by a model needs to know the trade that asks');
    const { store } = this.deps;
    const { tradeId, abort } = occasion;
    const { marketTime } = input;
    const known = await store.current(tradeId, marketTime);
    if (known !== undefined && this.goesOn(known)) return this.conclude(known, abort);
    const question = questionOf(input);
    if (question.kind === 'abstained') return question.signal;
    this.deps.failpoint('before-analysis-opened');
    const { data, withheld } = question;
    const dataHash = sha256(JSON.stringify(data));
    const asked = { tradeId, strategy: this.name, marketAt: marketTime, data, dataHash, withheld };
    return this.conclude(await store.open({ ...asked, ...this.terms(marketTime) }), abort);
  }

  /** Asks a question of a trade once more, as repetition `n` of a repeat; always a call of its own. */
  async repeat(repeat: RepeatRow, asked: NewAnalysis, n: number, abort: AbortSignal): Promise<Signal> {
    const opened = await this.deps.store.openRepetition(repeat, n, { ...asked, ...this.terms(asked.marketAt) });
    return this.conclude(opened, abort);
  }

  /** Ends an analysis whose tries are used up. */
  giveUp(analysisId: string, signal: Signal): Promise<Signal> {
    return this.deps.store.finish(analysisId, signal, null);
  }

  /** Ends the open analysis of a trade, if there is one, with an abstention; answers what is stored then. */
  async giveUpTrade(tradeId: string, marketTime: Instant, signal: Signal): Promise<Signal> {
    const open = await this.deps.store.current(tradeId, marketTime);
    return open === undefined
      ? signal
      : this.giveUp(open.id, this.referring(open, { signal, answer: null, answerHash: null }));
  }

  /** Whether an analysis is finished or would be asked with the same words; after an upgrade it is asked afresh. */
  private goesOn({ signal, model, promptVersion }: OpenedAnalysis): boolean {
    return signal !== null || (model === this.deps.terms.model && promptVersion === PROMPT_VERSION);
  }

  /** What of an analysis depends on how the model is set up now. */
  private terms(marketTime: Instant): Pick<NewAnalysis, 'model' | 'promptVersion' | 'validUntil' | 'hindsight'> {
    const { terms, trainingCutoff, validitySeconds } = this.deps;
    return {
      model: terms.model,
      promptVersion: PROMPT_VERSION,
      validUntil: instant(millisOf(marketTime) + validitySeconds * 1_000),
      hindsight: hindsightOf(trainingCutoff, marketTime),
    };
  }

  /** Brings an opened analysis to its end, or finds it there. */
  private async conclude(analysis: OpenedAnalysis, abort: AbortSignal): Promise<Signal> {
    if (analysis.signal !== null) return analysis.signal;
    const conclusion = await this.ask(analysis, abort);
    const signal = await this.deps.store.finish(analysis.id, this.referring(analysis, conclusion), conclusion.answer);
    this.deps.failpoint('after-analysis-finished');
    const side = signal.kind !== 'directional' ? 'none' : signal.direction === 'long' ? 'buy' : 'sell';
    this.deps.metrics.intended(analysis.data.instrument.id, side);
    return signal;
  }

  /** One question, and one repair when the answer breaks the schema. */
  private async ask(analysis: OpenedAnalysis, abort: AbortSignal): Promise<Conclusion> {
    const messages = promptOf(analysis.data);
    const first = usable(await callModel(this.deps, analysis.id, 'ask', messages, abort));
    if (first.kind === 'abstained') return none(first);
    const read = readAnswer(first.answer.text);
    if (read.ok) return concluded(analysis, read.answer, first.answer);
    const repair = repairOf(messages, first.answer.text, read.problems);
    const second = usable(await callModel(this.deps, analysis.id, 'repair', repair, abort));
    if (second.kind === 'abstained') return none(second);
    const again = readAnswer(second.answer.text);
    return again.ok
      ? concluded(analysis, again.answer, second.answer)
      : { signal: abstain('schema_breach'), answer: null, answerHash: second.answer.answerHash };
  }

  /** The signal with where its words are, and a warning where the model may have known the future. */
  private referring(analysis: OpenedAnalysis, { signal, answerHash }: Conclusion): Signal {
    const { id, model, promptVersion, hindsight, data } = analysis;
    const warning = hindsightWarning(hindsight, this.deps.trainingCutoff, data.marketTime);
    const warned = warning !== undefined && signal.kind !== 'abstained';
    return {
      ...signal,
      reasons: warned ? [...signal.reasons, warning] : signal.reasons,
      analysis: { id, model, promptVersion, answerHash, hindsight },
    };
  }
}

/** An answer that can be read by the schema: one that came to its end by itself and says something. */
function usable(called: Called): Called {
  if (called.kind === 'abstained') return called;
  const { refusal, finish, text } = called.answer;
  if (refusal !== null || finish === 'filtered') return { kind: 'abstained', signal: abstain('refused') };
  if (finish === 'length') return { kind: 'abstained', signal: abstain('answer_truncated') };
  return text.trim() === '' ? { kind: 'abstained', signal: abstain('empty_answer') } : called;
}

function none({ signal }: Extract<Called, { kind: 'abstained' }>): Conclusion {
  return { signal, answer: null, answerHash: null };
}

function concluded({ data }: OpenedAnalysis, answer: ModelAnswer, { answerHash }: StoredAnswer): Conclusion {
  return { signal: signalOf(answer, data), answer, answerHash };
}
