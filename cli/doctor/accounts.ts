import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Client } from 'pg';
import { AccountsError, loadAccounts } from '../../config/accounts';
import type { ExchangeAccount } from '../../config/accounts';
import { EXCHANGE_TRAITS } from '../../config/exchanges';
import type { IbAccount } from '../../config/ib-accounts';
import { PROJECT_ROOT } from '../../config/project';
import { loadSettings, SettingsError } from '../../config/settings';
import type { CliContext } from '../context';
import { databaseUrl } from '../local-key';
import type { Finding } from './finding';

const WITHIN_MS = 4_000;
const OTHERS = 0o077;

/** What the registry says of an account at an exchange. */
interface Registered {
  readonly name: string;
  readonly quarantine: string | null;
  readonly problems: Readonly<Record<string, string>> | null;
  /** What is wrong with its instruments by what the venue says: ambiguous, refused, expired; null when that is nothing. */
  readonly notices: readonly string[] | null;
}

/** Names each account at an exchange, and what keeps it from trading. Secrets are not read, only looked for. */
export async function accountFindings(context: CliContext): Promise<Finding[]> {
  let accounts: readonly ExchangeAccount[];
  let ib: readonly IbAccount[];
  let live: boolean;
  let off: Finding[] = [];
  try {
    const settings = loadSettings(context.env);
    live = settings.live;
    ({ exchange: accounts, ib } = loadAccounts(settings));
    if (!settings.ib.enabled)
      off = [{ name: 'Interactive Brokers', state: 'off', detail: 'IB_ENABLED=0 leaves it out' }];
  } catch (error) {
    if (error instanceof AccountsError) return error.problems.map(unusable);
    // Broken settings are told by the look at the settings.
    if (error instanceof SettingsError) return [];
    throw error;
  }
  if (accounts.length + ib.length === 0) {
    const detail = 'none is configured: set ACCOUNTS_FILE, or the key and secret of one, such as BINANCE_API_KEY';
    return [{ name: 'exchange accounts', state: 'off', detail }, ...off];
  }
  const registered = await readRegistered(context);
  const exchanges = accounts.map((account) => finding(context, account, live, registered?.get(account.name)));
  return [...exchanges, ...ib.map((account) => ibFinding(account, live, registered?.get(account.name))), ...off];
}

function unusable({ rule }: { readonly rule: string }): Finding {
  return { name: 'ACCOUNTS_FILE', state: 'unsafe', detail: rule, next: 'correct the file that ACCOUNTS_FILE names' };
}

function finding(context: CliContext, account: ExchangeAccount, live: boolean, known: Registered | undefined): Finding {
  const { instruments, mode, venue } = account;
  const name = `account ${account.name}`;
  const what = `${EXCHANGE_TRAITS[venue].title}, ${mode}, ${instruments.join(' ')}`;
  if (mode === 'live' && !live) {
    const why = EXCHANGE_TRAITS[venue].sandbox ? '' : ` (${EXCHANGE_TRAITS[venue].title} has no sandbox)`;
    return { name, state: 'off', detail: `${what}: off while LIVE=0${why}` };
  }
  const key = keyProblem(context, account);
  if (key !== undefined) return { name, detail: `${what}: ${key.detail}`, state: key.state, next: key.next };
  return stateOf(account.name, what, known);
}

function ibFinding(account: IbAccount, live: boolean, known: Registered | undefined): Finding {
  const { accountCode, host, instruments, mode, port } = account;
  const kind = mode === 'live' ? 'live' : 'paper';
  const what = `Interactive Brokers, ${kind} ${accountCode} at ${host}:${port}, ${instruments.map(({ id }) => id).join(' ')}`;
  if (mode === 'live' && !live)
    return { name: `account ${account.name}`, state: 'off', detail: `${what}: off while LIVE=0` };
  return stateOf(account.name, what, known);
}

/** What the registry says of an account whose settings are in order. */
function stateOf(account: string, what: string, known: Registered | undefined): Finding {
  const name = `account ${account}`;
  if (known === undefined) return { name, state: 'found', detail: `${what}: not seen by a running stack yet` };
  if (known.quarantine !== null) {
    const next = `./tradewind account show ${account}; ./tradewind broker check ${account}`;
    return { name, state: 'missing', detail: `${what}: quarantined, ${known.quarantine}`, next };
  }
  const [problem] = Object.entries(known.problems ?? {});
  if (problem === undefined) return { name, state: 'found', detail: `${what}: open${noticed(known)}` };
  const detail = `${what}: open, but its ${problem[0]} fails: ${problem[1]}`;
  return { name, state: 'missing', detail, next: `./tradewind broker check ${account}` };
}

/** The first notices of a venue; an account is open with them, and does not trade what they are about. */
function noticed({ notices }: Registered): string {
  if (notices === null || notices.length === 0) return '';
  const more = notices.length > 2 ? `; and ${notices.length - 2} more (./tradewind alert list)` : '';
  return `; to know: ${notices.slice(0, 2).join('; ')}${more}`;
}

function keyProblem(
  { env }: CliContext,
  { keys }: ExchangeAccount,
): (Pick<Finding, 'state' | 'detail'> & { readonly next: string }) | undefined {
  for (const ref of Object.values(keys)) {
    const place = ref.slice(ref.indexOf(':') + 1);
    if (ref.startsWith('env:')) {
      if ((env[place] ?? '').trim() === '')
        return { state: 'missing', detail: `${ref} is not set`, next: `set ${place}` };
      continue;
    }
    const file = resolve(PROJECT_ROOT, place);
    if (!existsSync(file)) return { state: 'missing', detail: `${ref} is not there`, next: `make the file ${file}` };
    if ((statSync(file).mode & OTHERS) !== 0)
      return { state: 'unsafe', detail: `${ref} can be read by others`, next: `chmod 600 ${file}` };
  }
  return undefined;
}

/** Undefined when the database cannot tell. */
async function readRegistered(context: CliContext): Promise<ReadonlyMap<string, Registered> | undefined> {
  const url = databaseUrl(context);
  if (url === undefined) return undefined;
  const client = new Client({ connectionString: url, connectionTimeoutMillis: WITHIN_MS, query_timeout: WITHIN_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<Registered>(
      `SELECT a.name, a.quarantine, s.problems, w.detail -> 'notices' AS notices FROM accounts a
       LEFT JOIN venue_snapshots s ON s.account = a.name
       LEFT JOIN alerts w ON w.cause = 'venue-setup:' || a.name AND w.cleared_at IS NULL`,
    );
    return new Map(rows.map((row) => [row.name, row]));
  } catch {
    return undefined;
  } finally {
    await client.end().catch(() => undefined);
  }
}
