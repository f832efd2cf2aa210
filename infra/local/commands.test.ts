import { spawn } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProjectCopy } from '../../tests/support/project-copy';

const SHOW = 'console.log(JSON.stringify({ from: FROM, args: process.argv.slice(2), cwd: process.cwd() }));';

let project: ProjectCopy;
beforeEach(() => {
  project = new ProjectCopy();
});
afterEach(() => project.remove());

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  // The variables by which jest tells its own workers apart must not reach a jest that we start.
  const apart = { JEST_WORKER_ID: undefined, NODE_ENV: undefined };
  const child = spawn(command, args, { cwd, env: { ...process.env, ...apart, ...env } });
  const texts = { stdout: '', stderr: '' };
  child.stdout.on('data', (text: Buffer) => (texts.stdout += text.toString()));
  child.stderr.on('data', (text: Buffer) => (texts.stderr += text.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, ...texts })));
}

describe('the tradewind launcher', () => {
  it('runs the command line from source in the folder where it was called', async () => {
    project.write('cli/main.ts', `const FROM: string = 'source';\n${SHOW}`);
    const { stdout } = await run(join(project.root, 'tradewind'), ['trade', 'start', '--note', 'two words'], tmpdir());
    expect(JSON.parse(stdout)).toEqual({
      from: 'source',
      args: ['trade', 'start', '--note', 'two words'],
      cwd: tmpdir(),
    });
  });

  it('runs the compiled command line when told so', async () => {
    project.write('dist/cli/main.js', `const FROM = 'dist';\n${SHOW}`);
    const { stdout } = await run(join(project.root, 'tradewind'), ['doctor'], tmpdir(), { TRADEWIND_DIST: '1' });
    expect(JSON.parse(stdout)).toMatchObject({ from: 'dist', args: ['doctor'] });
  });

  it('finds the project through a chain of links', async () => {
    project.write('cli/main.ts', `const FROM = 'source';\n${SHOW}`);
    symlinkSync('tradewind', join(project.root, 'tw'));
    symlinkSync(join(project.root, 'tw'), join(project.root, 'infra', 'a link'));
    const { stdout } = await run(join(project.root, 'infra', 'a link'), [], tmpdir());
    expect(JSON.parse(stdout)).toMatchObject({ from: 'source' });
  });

  it('passes on the exit code', async () => {
    project.write('cli/main.ts', 'process.exitCode = 3;');
    expect((await run(join(project.root, 'tradewind'), [], tmpdir())).code).toBe(3);
  });
});

describe('npm test', () => {
  const command = (...args: string[]): Promise<Ended> =>
    run(process.execPath, ['infra/local/test.mjs', ...args], project.root, { TEMPORAL_ADDRESS: 'unused:1' });

  it('counts on its last line, a file that does not load as one failure, and fails', async () => {
    project.write('jest.config.js', "module.exports = { testMatch: ['**/*.test.js'] };");
    project.write('a.test.js', "test('one', () => {});\ntest('two', () => { throw new Error('no'); });");
    project.write('b.test.js', 'syntax error');
    const { code, stdout } = await command();
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('1 passed, 2 failed');
    expect(code).toBe(1);
  });

  it('succeeds when everything passed', async () => {
    project.write('jest.config.js', "module.exports = { testMatch: ['**/*.test.js'] };");
    project.write('a.test.js', "test('one', () => {});");
    const { code, stdout } = await command();
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('1 passed, 0 failed');
    expect(code).toBe(0);
  });

  it('gives a file that failed a second run when asked to, and names it when it passes then', async () => {
    project.write('jest.config.js', "module.exports = { testMatch: ['**/*.test.js'] };");
    const once = "const fs = require('fs');\nconst seen = fs.existsSync('seen');\nfs.writeFileSync('seen', '');\n";
    project.write('a.test.js', `${once}test('one', () => expect(seen).toBe(true));\ntest('two', () => {});`);
    project.write('b.test.js', "test('three', () => {});");
    const { code, stdout } = await command('--second-chance');
    expect(stdout).toContain('UNSTEADY, to be mended: failed, then passed alone: a.test.js');
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('3 passed, 0 failed');
    expect(code).toBe(0);
  });

  it('fails when a file fails twice', async () => {
    project.write('jest.config.js', "module.exports = { testMatch: ['**/*.test.js'] };");
    project.write('a.test.js', "test('one', () => { throw new Error('no'); });\ntest('two', () => {});");
    const { code, stdout } = await command('--second-chance');
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('1 passed, 1 failed');
    expect(code).toBe(1);
  });

  it.each([
    [100, 1],
    [50, 0],
  ])('with at least %s %% of the branches asked for and half of them covered, exits with %s', async (least, wanted) => {
    project.write(
      'jest.config.js',
      "module.exports = { testMatch: ['**/*.test.js'], coverageReporters: ['json-summary'], coverageDirectory: 'var/coverage' };",
    );
    project.write('sign.js', 'module.exports = (n) => (n < 0 ? -1 : 1);');
    project.write('a.test.js', "test('one', () => expect(require('./sign')(5)).toBe(1));");
    const { code, stdout } = await command('--coverage', `--least-branches=${least}`);
    expect(stdout.includes('only 50 % of the branches are covered')).toBe(wanted === 1);
    expect(code).toBe(wanted);
  });
});

describe('npm run check', () => {
  it('names the step that failed and the command to repeat', async () => {
    project.copy('.prettierrc.json');
    project.write('ugly.ts', 'export   const a=1');
    const { code, stdout } = await run(process.execPath, ['infra/local/check.mjs', 'types', 'format'], project.root);
    expect(stdout).toMatch(/passed {2}types/);
    expect(stdout).toMatch(/FAILED {2}format .* to repeat: npx prettier --check \./);
    expect(code).toBe(1);
  });

  it('lists its steps when asked for one that it has not', async () => {
    const { code, stderr } = await run(process.execPath, ['infra/local/check.mjs', 'typos'], project.root);
    expect(stderr).toContain('unknown step typos; the steps are types, lint, format, imports, unused, secrets');
    expect(code).toBe(2);
  });

  it('finds a secret that only the git history still holds', async () => {
    project.copy('.secretlintrc.cjs');
    const git = (...args: string[]): Promise<Ended> =>
      run('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], project.root);
    await git('init', '-q');
    const token = ['ghp', 'wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'].join('_');
    project.write('notes.txt', `token: ${token}\n`);
    await git('add', 'notes.txt');
    await git('commit', '-qm', 'a mistake');
    const check = (): Promise<Ended> => run(process.execPath, ['infra/local/check-secrets.mjs'], project.root);
    expect((await check()).code).toBe(1);
    project.write('notes.txt', 'nothing here\n');
    await git('commit', '-qam', 'remove it');
    const { code, stdout } = await check();
    expect(stdout).toContain('GitHub');
    expect(stdout).not.toContain(token);
    expect(code).toBe(1);
  });
});

describe('npm run bench and npm run chaos', () => {
  it('run a script of the project with the remaining arguments', async () => {
    project.write('tests/bench/main.ts', `const FROM: string = 'bench';\n${SHOW}`);
    const args = ['infra/local/run.mjs', 'tests/bench/main.ts', 'submit', '--json'];
    const { stdout } = await run(process.execPath, args, project.root, { TEMPORAL_ADDRESS: 'unused:1' });
    expect(JSON.parse(stdout)).toMatchObject({ from: 'bench', args: ['submit', '--json'] });
  });
});
