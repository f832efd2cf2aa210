import { createRequire } from 'node:module';
import type { Command } from 'commander';
import { EXIT } from './context';
import type { CliContext, ExitCode } from './context';
import type { examine } from './doctor/examine';
import type { Finding } from './doctor/finding';
import { leaf } from './leaf';
import { show, table } from './output';
import type { OutputOptions } from './output';
import { withProgress } from './progress';

type Examine = typeof examine;

/** Adds `doctor`. */
export function addDoctor(program: Command, context: CliContext, exit: (code: ExitCode) => void): void {
  leaf(program, 'doctor', 'Say what is found, missing, skewed or unsafe on this machine.').action(
    async (options: OutputOptions) => {
      const findings = await withProgress(context, 'looking around', loadExamine()(context));
      show(context, options, { findings }, (result) => text(result.findings));
      exit(verdict(findings));
    },
  );
}

/** Loaded when needed: the clients of PostgreSQL and Temporal would slow every other command down. */
function loadExamine(): Examine {
  const loaded = createRequire(__filename)('./doctor/examine') as { readonly examine: Examine };
  return loaded.examine;
}

function text(findings: readonly Finding[]): string {
  const rows = findings.map(({ state, name, detail }) => [state, name, detail]);
  const steps = findings.flatMap(({ name, next }) => (next === undefined ? [] : [`${name}: ${next}`]));
  const list = table(['STATE', 'WHAT', 'DETAIL'], rows, 'Nothing was examined.');
  return steps.length === 0
    ? `${list}\n\nNothing is missing or unsafe.`
    : `${list}\n\nNext steps:\n${steps.join('\n')}`;
}

function verdict(findings: readonly Finding[]): ExitCode {
  const states = new Set(findings.map(({ state }) => state));
  if (states.has('unsafe') || states.has('skewed')) return EXIT.attention;
  return states.has('missing') ? EXIT.failed : EXIT.done;
}
