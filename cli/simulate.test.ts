import OpenAI from 'openai';
import { promptOf } from '../domain/analysis/prompt';
import { questionOf } from '../domain/analysis/analysis-data';
import { LlmSimulator } from '../simulators/llm/llm-simulator';
import { runCli } from '../tests/support/cli';
import { analysisInput } from '../tests/support/model-desk';

const question = questionOf(analysisInput());
if (question.kind !== 'question') throw new Error('no question');
const messages = promptOf(question.data).map(({ role, content }) => ({ role, content }));

describe('simulate llm', () => {
  it('stands in for a model by its script, until it is interrupted', async () => {
    let printed = '';
    const kinds: (string | number)[] = [];
    const result = await runCli(['simulate', 'llm', '--port', '0', '--script', '429,short', '--json'], {
      stdout: (text) => (printed += text),
      interrupted: async () => {
        const { settings } = JSON.parse(printed) as { settings: Record<string, string> };
        const client = new OpenAI({
          baseURL: settings['OPENAI_BASE_URL'] ?? '',
          apiKey: settings['OPENAI_API_KEY'] ?? '',
          maxRetries: 0,
          logLevel: 'off',
        });
        for (let n = 0; n < 2; n += 1) {
          await client.chat.completions.create({ model: 'm', messages }).then(
            ({ choices }) =>
              kinds.push(choices[0]?.message.content?.includes('"direction":-0.6') === true ? 'short' : 'other'),
            (error: unknown) => kinds.push((error as { status: number }).status),
          );
        }
      },
    });
    expect(kinds).toEqual([429, 'short']);
    expect(result).toMatchObject({ code: 0, stderr: 'request 1 for m: status\nrequest 2 for m: text\n' });
  });

  it('says what to set', async () => {
    const { code, stdout } = await runCli(['simulate', 'llm', '--port', '0']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/OPENAI_BASE_URL=http:\/\/127\.0\.0\.1:\d+\/v1\n {2}OPENAI_API_KEY=any\n/);
  });

  it.each([
    [['--port', '70000'], 2, '0 to 65535'],
    [['--port', '0', '--script', 'trend,nonsense'], 2, 'no reply "nonsense"; there are 401, '],
    [[], 2, '--port'],
  ])('refuses %j', async (options, code, words) => {
    const result = await runCli(['simulate', 'llm', ...options]);
    expect(result.code).toBe(code);
    expect(result.stderr).toContain(words);
  });

  it('names a port that is taken', async () => {
    const other = await LlmSimulator.start({ port: 0, script: [] });
    const port = new URL(other.baseUrl).port;
    const result = await runCli(['simulate', 'llm', '--port', port]);
    await other.stop();
    expect(result).toMatchObject({ code: 1, stderr: expect.stringContaining(`Port ${port} is in use`) as string });
  });
});
