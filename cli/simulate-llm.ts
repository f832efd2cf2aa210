import { createRequire } from 'node:module';
import type { LlmSimulator } from '../simulators/llm/llm-simulator';
import { isReplyName, REPLIES } from '../simulators/llm/replies';
import type { Scripted } from '../simulators/llm/replies';
import { CliError, EXIT } from './context';
import type { Simulator } from './simulate';

interface LlmOptions {
  readonly script: readonly Scripted[];
}

/** `simulate llm`: an OpenAI-compatible endpoint that answers by a script. */
export const llmSimulator: Simulator<LlmOptions> = {
  name: 'llm',
  description: "A language model's endpoint: OpenAI's chat completions with scripted views and faults, for any key.",
  options: (command) =>
    command
      .option(
        '--script <replies>',
        `replies in turn, the last one for ever: ${Object.keys(REPLIES).join(', ')}`,
        script,
        [REPLIES.trend],
      )
      .addHelpText('after', '\nExample: tradewind simulate llm --port 4010 --script 429,500,trend'),
  start: async ({ port, script: replies }, report) => {
    const simulator = await loadSimulator().start({ port, script: replies, report });
    const { baseUrl } = simulator;
    return {
      address: baseUrl,
      settings: { OPENAI_BASE_URL: baseUrl, OPENAI_API_KEY: 'any' },
      stop: () => simulator.stop(),
    };
  },
};

/** Loaded when needed: no other command waits for it. */
function loadSimulator(): typeof LlmSimulator {
  const loaded = createRequire(__filename)('../simulators/llm/llm-simulator') as {
    readonly LlmSimulator: typeof LlmSimulator;
  };
  return loaded.LlmSimulator;
}

function script(text: string): readonly Scripted[] {
  return text.split(',').map((name) => {
    if (isReplyName(name)) return REPLIES[name];
    throw new CliError(
      EXIT.usage,
      `--script: there is no reply "${name.slice(0, 40)}"; there are ${Object.keys(REPLIES).join(', ')}.`,
    );
  });
}
