import { placeholderProblem } from '../../config/placeholders';
import { loadSettings, SettingsError } from '../../config/settings';
import type { ModelSettings } from '../../config/settings';
import { SETTING_NAMES } from '../../config/settings-schema';
import type { CliContext } from '../context';
import type { Finding } from './finding';

/** Whether the settings hold, whether real orders are on, and whether a sample log-in is left. */
export function settingsFindings(context: CliContext): Finding[] {
  try {
    const { live, paper, model } = loadSettings(context.env);
    const clock = paper.clock === 'live' ? 'the real clock' : `a replay from ${paper.replayStart}`;
    const orders: Finding = live
      ? { name: 'LIVE', state: 'found', detail: '1: live accounts may send real orders once their halt is released' }
      : { name: 'LIVE', state: 'off', detail: '0: no real order is ever sent' };
    const settings: Finding = { name: 'settings', state: 'found', detail: `in order; paper accounts follow ${clock}` };
    return [settings, orders, languageModel(model), ...placeholders(context)];
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.problems.map(({ name, rule }) => ({
      name,
      state: 'unsafe',
      detail: rule,
      next: `correct ${name} in the environment or in .env`,
    }));
  }
}

/** Whether the strategy that asks a language model can be used, and whether its key travels in the clear. */
function languageModel({ apiKey, baseUrl, name }: ModelSettings): Finding {
  const about = { name: 'language model' };
  if (apiKey === undefined)
    return { ...about, state: 'off', detail: 'OPENAI_API_KEY is not set: the strategy llm is refused' };
  const { protocol, hostname } = new URL(baseUrl);
  if (protocol === 'https:' || LOOPBACK.includes(hostname))
    return { ...about, state: 'found', detail: `${name} at ${baseUrl}; it is asked only when a trade asks` };
  const detail = `the key goes to ${baseUrl} unencrypted`;
  return { ...about, state: 'unsafe', detail, next: 'use https in OPENAI_BASE_URL' };
}

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];

/** With LIVE=1 a placeholder is refused at start; before that it is worth knowing. */
function placeholders(context: CliContext): Finding[] {
  const left = SETTING_NAMES.filter((name) => placeholderProblem(context.env[name]) !== undefined);
  if (left.length === 0) return [{ name: 'placeholders', state: 'found', detail: 'none is left in the settings' }];
  const detail = `${left.join(', ')}: fine while LIVE=0, refused with LIVE=1`;
  return [{ name: 'placeholders', state: 'off', detail }];
}
