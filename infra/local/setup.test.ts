import { spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const CLI = '#!/bin/sh\necho "temporal version 1.5.1"\n';
/** A site that nobody serves: port 9 is "discard", and nothing listens on it here. */
const NO_SITE = 'http://127.0.0.1:9';

/** A clone with the real set-up scripts and fake programs, in a folder with a space in its name. */
class Clone {
  readonly base = mkdtempSync(join(tmpdir(), 'set up-'));
  readonly root = join(this.base, 'a clone');
  readonly bin = join(this.base, 'bin');
  readonly cached = join(this.base, 'cache', 'tradewind', 'temporal-cli-1.5.1', 'temporal');

  constructor() {
    const scripts = join(this.root, 'infra', 'local');
    mkdirSync(scripts, { recursive: true });
    mkdirSync(this.bin);
    for (const name of readdirSync(__dirname).filter((file) => file.endsWith('.mjs')))
      cpSync(join(__dirname, name), join(scripts, name));
    writeFileSync(
      join(this.root, 'try.mjs'),
      "import { afterSetup } from './infra/local/setup.mjs';\nawait afterSetup(() => console.log('ready'), { site: process.env.SITE });\n",
    );
    writeFileSync(join(this.root, 'package.json'), '{}');
    this.lock({ 'node_modules/thing': { integrity: 'sha512-one' } });
    this.program('npm', `echo "$@" >> "${this.base}/npm-calls"\nmkdir -p node_modules\n`);
  }

  lock(packages: Record<string, object>): void {
    writeFileSync(join(this.root, 'package-lock.json'), JSON.stringify({ packages: { '': {}, ...packages } }));
  }

  program(name: string, body: string): string {
    const path = join(this.bin, name);
    writeFileSync(path, `#!/bin/sh\n${body}`);
    chmodSync(path, 0o755);
    return path;
  }

  get npmCalls(): number {
    const file = join(this.base, 'npm-calls');
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').length : 0;
  }

  setup(env: Record<string, string> = {}): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const PATH = `${this.bin}:/usr/bin:/bin`;
    const child = spawn(process.execPath, ['try.mjs'], {
      cwd: this.root,
      env: { PATH, HOME: this.base, XDG_CACHE_HOME: join(this.base, 'cache'), SITE: NO_SITE, ...env },
    });
    const texts = { stdout: '', stderr: '' };
    child.stdout.on('data', (text: Buffer) => (texts.stdout += text.toString()));
    child.stderr.on('data', (text: Buffer) => (texts.stderr += text.toString()));
    return new Promise((resolve) => child.once('close', (code) => resolve({ code, ...texts })));
  }
}

let clone: Clone;
beforeEach(() => {
  clone = new Clone();
});
afterEach(() => rmSync(clone.base, { recursive: true, force: true }));

describe('the packages', () => {
  it('are installed once for a lock file', async () => {
    clone.program('temporal', CLI);
    expect(await clone.setup()).toMatchObject({
      code: 0,
      stdout: 'ready\n',
      stderr: expect.stringContaining('installing the packages') as string,
    });
    expect(await clone.setup()).toEqual({ code: 0, stdout: 'ready\n', stderr: '' });
    expect(clone.npmCalls).toBe(1);
  });

  it('are installed again when the lock file has changed', async () => {
    clone.program('temporal', CLI);
    await clone.setup();
    clone.lock({ 'node_modules/thing': { integrity: 'sha512-two' } });
    expect((await clone.setup()).stderr).toContain('out of date');
    expect(clone.npmCalls).toBe(2);
  });

  it('are left alone when npm ci was run by hand for this lock file', async () => {
    clone.program('temporal', CLI);
    mkdirSync(join(clone.root, 'node_modules'));
    writeFileSync(
      join(clone.root, 'node_modules', '.package-lock.json'),
      JSON.stringify({ packages: { 'node_modules/thing': { integrity: 'sha512-one' } } }),
    );
    expect((await clone.setup()).code).toBe(0);
    expect(clone.npmCalls).toBe(0);
  });

  it('are installed by one of two processes that start at once', async () => {
    clone.program('temporal', CLI);
    clone.program('npm', `echo "$@" >> "${clone.base}/npm-calls"\nsleep 1\nmkdir -p node_modules\n`);
    const both = await Promise.all([clone.setup(), clone.setup()]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(clone.npmCalls).toBe(1);
    expect(both.map(({ stderr }) => stderr).join()).toContain('which installs the packages already');
  });

  it('that npm cannot install end set-up with what npm said and the command to repeat', async () => {
    clone.program('npm', 'echo "network down"\nexit 7\n');
    expect(await clone.setup()).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/exit code 7:\nnetwork down\nTo repeat it: npm ci/) as string,
    });
  });
});

describe('the Temporal CLI', () => {
  const noGo = 'echo "no route" >&2\nexit 1\n';

  it('is not needed when a Temporal server is configured', async () => {
    clone.program('go', noGo);
    expect((await clone.setup({ TEMPORAL_ADDRESS: 'temporal:7233' })).code).toBe(0);
  });

  it('is not needed when the .env file names a Temporal server', async () => {
    clone.program('go', noGo);
    writeFileSync(join(clone.root, '.env'), 'TEMPORAL_ADDRESS=temporal:7233\n');
    expect((await clone.setup()).code).toBe(0);
  });

  it('is taken from TEMPORAL_CLI_PATH, and a wrong path there is an error', async () => {
    const path = clone.program('my-temporal', CLI);
    expect((await clone.setup({ TEMPORAL_CLI_PATH: path })).code).toBe(0);
    const wrong = await clone.setup({ TEMPORAL_CLI_PATH: join(clone.bin, 'none') });
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('TEMPORAL_CLI_PATH is set to') as string });
  });

  it('is taken from PATH and then from the cache, without a look at the network', async () => {
    clone.program('go', `touch "${clone.base}/built"\n`);
    clone.program('temporal', CLI);
    expect((await clone.setup()).code).toBe(0);
    rmSync(join(clone.bin, 'temporal'));
    mkdirSync(join(clone.cached, '..'), { recursive: true });
    cpSync(clone.program('other', CLI), clone.cached);
    expect((await clone.setup()).code).toBe(0);
    expect(existsSync(join(clone.base, 'built'))).toBe(false);
  });

  it('is built with Go when the download site does not answer', async () => {
    // As the real one: the program knows its version only when the linker is told.
    clone.program(
      'go',
      `echo "$@" > "${clone.base}/go-call"
case "$*" in *"-X github.com/temporalio/cli/temporalcli.Version=1.5.1"*) version=1.5.1;; *) version=0.0.0-DEV;; esac
printf "#!/bin/sh\\necho temporal version $version\\n" > "$GOBIN/temporal"
chmod +x "$GOBIN/temporal"
`,
    );
    const { code, stderr } = await clone.setup();
    expect(stderr).toContain('building the Temporal CLI with Go');
    expect(code).toBe(0);
    expect(readFileSync(join(clone.base, 'go-call'), 'utf8')).toMatch(
      /^install .* github\.com\/temporalio\/cli\/cmd\/temporal@v1\.5\.1$/m,
    );
    expect(existsSync(clone.cached)).toBe(true);
  });

  it('that neither download nor build can bring ends set-up with the ways to get it', async () => {
    clone.program('go', noGo);
    const { code, stderr } = await clone.setup();
    expect(code).toBe(1);
    for (const hint of ['no route', 'TEMPORAL_CLI_PATH', 'TEMPORAL_ADDRESS', 'https://docs.temporal.io/cli'])
      expect(stderr).toContain(hint);
    expect(readdirSync(join(clone.base, 'cache', 'tradewind'))).toEqual([]);
  });
});

describe('a download of the Temporal CLI', () => {
  let server: Server;
  let site: string;
  let archive: Buffer;

  beforeEach(async () => {
    clone.program('go', 'exit 1\n');
    server = createServer((request, response) => {
      if (request.url?.startsWith('/cli/archive/v1.5.1?platform=') === true) response.end(archive);
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    site = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });

  async function pack(program: string): Promise<void> {
    writeFileSync(join(clone.base, 'temporal'), program, { mode: 0o755 });
    const tar = spawn('tar', ['-czf', join(clone.base, 'cli.tar.gz'), '-C', clone.base, 'temporal']);
    await new Promise((resolve) => tar.once('close', resolve));
    archive = readFileSync(join(clone.base, 'cli.tar.gz'));
  }

  it('ends in the cache', async () => {
    await pack(CLI);
    expect((await clone.setup({ SITE: site })).code).toBe(0);
    expect(readFileSync(clone.cached, 'utf8')).toBe(CLI);
  });

  it('is not kept when it does not run as the wanted version', async () => {
    await pack('#!/bin/sh\necho "temporal version 0.9.0"\n');
    const { code, stderr } = await clone.setup({ SITE: site });
    expect(code).toBe(1);
    expect(stderr).toContain('does not run as version 1.5.1');
    expect(existsSync(clone.cached)).toBe(false);
  });

  it('is fetched by one of two clones that start at once', async () => {
    await pack(CLI);
    const other = new Clone();
    cpSync(join(clone.bin, 'go'), join(other.bin, 'go'));
    const shared = { SITE: site, XDG_CACHE_HOME: join(clone.base, 'cache') };
    const both = await Promise.all([clone.setup(shared), other.setup(shared)]);
    rmSync(other.base, { recursive: true });
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(both.filter(({ stderr }) => stderr.includes('downloading'))).toHaveLength(1);
  });
});

describe('Node', () => {
  it('is refused in a sentence when it is too old', async () => {
    writeFileSync(
      join(clone.root, 'try.mjs'),
      "import { checkNode } from './infra/local/setup.mjs';\nfor (const v of ['20.20.0', '22.0.0', '20.19.9', '18.20.1']) {\n" +
        '  try { checkNode(v); console.log(v); } catch (error) { console.log(error.message); }\n}\n',
    );
    expect((await clone.setup()).stdout.split('\n')).toEqual([
      '20.20.0',
      '22.0.0',
      'Node 20.20 or newer is needed, and this is Node 20.19.9.',
      'Node 20.20 or newer is needed, and this is Node 18.20.1.',
      '',
    ]);
  });
});
