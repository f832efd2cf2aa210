// npm run check [-- STEP...]: everything about the code that a machine can judge without running it.
import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { PROJECT_ROOT, afterSetup } from './setup.mjs';

const STEPS = [
  { name: 'types', command: 'tsc --noEmit -p .' },
  { name: 'lint', command: 'eslint --max-warnings 0 .' },
  { name: 'format', command: 'prettier --check .' },
  { name: 'imports', command: 'depcruise --config .dependency-cruiser.cjs .' },
  { name: 'unused', command: 'knip' },
  { name: 'secrets', command: 'node infra/local/check-secrets.mjs' },
];

process.exitCode = await afterSetup(() => check(process.argv.slice(2)), { temporal: false });

function check(names) {
  const unknown = names.filter((name) => !STEPS.some((step) => step.name === name));
  if (unknown.length > 0) {
    process.stderr.write(
      `unknown step ${unknown.join(', ')}; the steps are ${STEPS.map(({ name }) => name).join(', ')}\n`,
    );
    return 2;
  }
  const chosen = names.length === 0 ? STEPS : STEPS.filter(({ name }) => names.includes(name));
  const results = chosen.map(runStep);
  console.log('');
  for (const { name, command, passed, seconds } of results) {
    const repeat = passed ? '' : `   to repeat: ${command.startsWith('node ') ? command : `npx ${command}`}`;
    console.log(`${passed ? 'passed' : 'FAILED'}  ${name.padEnd(8)}${seconds.padStart(6)} s${repeat}`);
  }
  return results.every(({ passed }) => passed) ? 0 : 1;
}

function runStep({ name, command }) {
  console.log(`\n== ${name}: ${command}`);
  const began = performance.now();
  const env = { ...process.env, PATH: `${join(PROJECT_ROOT, 'node_modules', '.bin')}${delimiter}${process.env.PATH}` };
  const { status } = spawnSync(command, { cwd: PROJECT_ROOT, env, stdio: 'inherit', shell: true });
  return { name, command, passed: status === 0, seconds: ((performance.now() - began) / 1000).toFixed(1) };
}
