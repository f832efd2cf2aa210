import { execFile } from 'node:child_process';

/** PostgreSQL's client programs, as they were found on PATH. */
export interface ClientPrograms {
  /** Major version of `pg_dump`. */
  readonly major: number;
  /** Full version text, such as `15.18`. */
  readonly version: string;
}

const NEEDED = ['pg_dump', 'pg_restore', 'psql'];

/**
 * The client programs on PATH, when all are there and none is older than the server: an older one refuses it.
 * @param serverMajor major version of the server
 */
export async function findPrograms(
  serverMajor: number,
  env: NodeJS.ProcessEnv = process.env,
): Promise<ClientPrograms | undefined> {
  const versions = await Promise.all(NEEDED.map((name) => versionOf(name, env)));
  const [dump] = versions;
  if (dump === undefined || versions.some((version) => version === undefined || major(version) < serverMajor))
    return undefined;
  return { major: major(dump), version: dump };
}

function versionOf(program: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(program, ['--version'], { env }, (error, stdout) => {
      resolve(error === null ? /\(PostgreSQL\) (\d+[\d.]*)/.exec(stdout)?.[1] : undefined);
    });
  });
}

function major(version: string): number {
  return Number.parseInt(version, 10);
}

/** Where a client program connects: the address without its password, which a process list would show, and the environment with it. */
export function programTarget(databaseUrl: string): { readonly address: string; readonly env: NodeJS.ProcessEnv } {
  const url = new URL(databaseUrl);
  const { password } = url;
  url.password = '';
  return {
    address: url.href,
    env: {
      ...process.env,
      PGAPPNAME: 'tradewind-backup',
      ...(password === '' ? {} : { PGPASSWORD: decodeURIComponent(password) }),
    },
  };
}
