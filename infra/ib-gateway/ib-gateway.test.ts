import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';

interface Compose {
  readonly services: Readonly<
    Record<
      string,
      {
        readonly image: string;
        readonly environment: Readonly<Record<string, string>>;
        readonly ports: readonly string[];
        readonly network_mode?: string;
      }
    >
  >;
}

const read = (): Compose => parse(readFileSync(join(__dirname, 'compose.yaml'), 'utf8')) as Compose;
const SCRIPT = join(__dirname, 'make-vnc-password.mjs');

describe('the compose file of the gateway', () => {
  test('pins its image, and opens every port on loopback alone', () => {
    for (const { image, network_mode, ports } of Object.values(read().services)) {
      expect(image).toMatch(/^ghcr\.io\/gnzsnz\/ib-gateway:\d+\.\d+\.\d+[a-z]$/);
      expect(network_mode).toBeUndefined();
      expect(ports).toEqual(['127.0.0.1:4001:4003', '127.0.0.1:4002:4004', '127.0.0.1:5900:5900']);
    }
  });

  test('has no log-in of its own: user, passwords must be given, and the account is on paper unless told', () => {
    const environment = read().services['ib-gateway']?.environment ?? {};
    for (const name of ['TWS_USERID', 'TWS_PASSWORD', 'VNC_SERVER_PASSWORD'])
      expect(environment[name]).toMatch(new RegExp(`^\\$\\{${name}:\\?.+\\}$`));
    expect(environment['TRADING_MODE']).toBe('${TRADING_MODE:-paper}');
    const secrets = Object.keys(environment).filter((name) => /PASS|SECRET|TOKEN|USERID/.test(name));
    expect(secrets).toEqual(['TWS_USERID', 'TWS_PASSWORD', 'VNC_SERVER_PASSWORD']);
  });
});

describe("the password of the gateway's screen", () => {
  let root: string;
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'ib-gateway-'))));
  afterEach(() => rmSync(root, { recursive: true }));

  const run = (): { readonly status: number | null; readonly said: string } => {
    const { status, stderr, stdout } = spawnSync(process.execPath, [SCRIPT, root], { encoding: 'utf8' });
    return { status, said: `${stdout}${stderr}` };
  };
  const file = (): string => join(root, 'secrets', 'vnc_password.txt');
  const mode = (path: string): number => statSync(path).mode & 0o777;

  test('has twelve random bytes, is readable by its owner alone, and is told to nobody', () => {
    const { said, status } = run();
    const password = readFileSync(file(), 'utf8').trim();
    expect([status, mode(file()), mode(join(root, 'secrets'))]).toEqual([0, 0o600, 0o700]);
    expect(Buffer.from(password, 'base64url')).toHaveLength(12);
    expect(said).not.toContain(password);
  });

  test('is another one each time, and one that is there is kept, with its mode put right', () => {
    run();
    const first = readFileSync(file(), 'utf8');
    chmodSync(file(), 0o644);
    expect(run()).toEqual({ status: 0, said: expect.stringContaining('is kept') as string });
    expect([readFileSync(file(), 'utf8'), mode(file())]).toEqual([first, 0o600]);
    rmSync(file());
    run();
    expect(readFileSync(file(), 'utf8')).not.toBe(first);
  });

  test.each([
    ['', 'is empty'],
    ['1234567\n', 'fewer than 8 characters'],
  ])('a file with %j in it is no password', (content, why) => {
    run();
    writeFileSync(file(), content);
    expect(run()).toEqual({ status: 1, said: expect.stringContaining(why) as string });
  });

  test('what stands in its way is told in one line', () => {
    writeFileSync(join(root, 'secrets'), '');
    const { said, status } = run();
    expect([status, said.trim().split('\n')]).toEqual([1, [expect.stringContaining('secrets')]]);
  });
});
