import type { CliContext, ExitCode } from '../../cli/context';
import { run } from '../../cli/program';

/** What a command printed, and how it ended. */
export interface CliResult {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line with a stand-in for the outside: no real folder, no environment, time that passes by itself. */
export async function runCli(line: readonly string[], changes: Partial<CliContext> = {}): Promise<CliResult> {
  const out = { stdout: '', stderr: '' };
  let now = 1_700_000_000_000;
  const context: CliContext = {
    env: { TRADEWIND_API_URL: 'http://api.test', TRADEWIND_API_KEY: 'tw_test' },
    fetch: () => Promise.reject(new Error('no network in this test')),
    stdout: (text) => (out.stdout += text),
    stderr: (text) => (out.stderr += text),
    stateDir: '/nonexistent/state',
    projectRoot: '/nonexistent/project',
    now: () => now,
    sleep: (ms) => {
      now += ms;
      return Promise.resolve();
    },
    user: 'tester',
    runProgram: () => Promise.resolve(0),
    interrupted: () => Promise.resolve(),
    ...changes,
  };
  return { code: await run(line, context), ...out };
}

/** A fetch that gives these answers in turn, the last one for ever, and keeps what it was asked. */
export function answers(...replies: readonly (readonly [number, unknown, Record<string, string>?])[]) {
  const asked: { url: string; init: RequestInit }[] = [];
  const fetch: CliContext['fetch'] = (url, init) => {
    asked.push({ url, init });
    const [status, body, headers] = replies[Math.min(asked.length, replies.length) - 1] ?? [500, {}];
    return Promise.resolve(Response.json(body, { status, ...(headers === undefined ? {} : { headers }) }));
  };
  return { fetch, asked };
}
