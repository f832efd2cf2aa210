import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { EXCHANGE_TRAITS, quoteOf } from '../config/exchanges';
import type { Exchange } from '../config/exchanges';
import type { Environment } from '../config/settings';
import type * as Keys from '../simulators/exchange/keys';
import type { SimFill, SimOrder } from '../simulators/exchange/ledger';
import type * as Start from '../simulators/exchange/start';
import type { CliContext } from './context';
import type { RunningSimulator, Simulator } from './simulate';

/** What the one account of a simulated exchange starts with, in its quote currency. */
const FUNDS = '100000';
/** Order numbers count tenths of a second, so that an exchange that is started again does not give old ones. */
const TENTH_MS = 100;

/** `simulate VENUE`: an exchange with one account and made-up prices, behind the venue's own HTTP and WebSocket API. */
export function exchangeSimulator(venue: Exchange): Simulator<object> {
  const { instruments, title } = EXCHANGE_TRAITS[venue];
  return {
    name: venue,
    description: `${title}: its API on this machine, one account, prices made up around 100 (${instruments.join(', ')}).`,
    options: (command) =>
      command.addHelpText(
        'after',
        `\nWrites the account ${venue}-sim into a file for ACCOUNTS_FILE. A key that is set already is taken again.` +
          `\nExample: tradewind simulate ${venue} --port 9011`,
      ),
    start: ({ port }, report, context) => start(venue, port, report, context),
  };
}

async function start(
  venue: Exchange,
  port: number,
  report: (line: string) => void,
  context: CliContext,
): Promise<RunningSimulator> {
  const { makeKey, simulatedInstruments, startSimulator } = loadSimulator();
  const instruments = simulatedInstruments(venue);
  const [first = ''] = instruments;
  const names = secretNames(venue);
  const key = keyFrom(context.env, names) ?? makeKey(venue);
  const simulator = await startSimulator({
    venue,
    port,
    accounts: [{ ...key, funds: { [quoteOf(first)]: FUNDS } }],
    prices: 'made-up',
    firstId: Math.floor(Date.now() / TENTH_MS),
  });
  simulator.ledger.events.on('order', (order, fill) => report(happened(order, fill)));
  const account = `${venue}-sim`;
  const file = join(context.stateDir, 'simulated-accounts.json');
  writeAccount(file, {
    name: account,
    venue,
    mode: 'sandbox',
    instruments,
    keys: Object.fromEntries(Object.entries(names).map(([part, name]) => [part, `env:${name}`])),
    baseUrl: simulator.url,
    streamUrl: simulator.streamUrl,
  });
  const other = context.env['ACCOUNTS_FILE'];
  if (other !== undefined && other !== '' && resolve(context.projectRoot, other) !== file)
    report(`ACCOUNTS_FILE names ${other}: to keep its accounts, copy ${account} from ${file} into it instead.`);
  return {
    address: simulator.url,
    settings: {
      ACCOUNTS_FILE: pathFrom(context.projectRoot, file),
      ...Object.fromEntries(
        Object.entries(names).map(([part, name]) => [name, oneLine(key[part as keyof typeof key] ?? '')]),
      ),
    },
    next: [
      `./tradewind broker check ${account}`,
      `./tradewind trade start --account ${account} --instrument ${first} --strategy manual --direction long --stop 95`,
    ],
    stop: () => simulator.close(),
  };
}

/** Loaded when needed: no other command waits for it. */
function loadSimulator(): typeof Start & typeof Keys {
  const load = createRequire(__filename);
  return {
    ...(load('../simulators/exchange/start') as typeof Start),
    ...(load('../simulators/exchange/keys') as typeof Keys),
  };
}

type SecretNames = Readonly<Partial<Record<keyof Keys.SimKey, string>>>;

/** Names of the environment for the parts of a key. */
function secretNames(venue: Exchange): SecretNames {
  const prefix = `${venue.toUpperCase()}_SIM`;
  return {
    apiKey: `${prefix}_API_KEY`,
    secret: `${prefix}_SECRET`,
    ...(EXCHANGE_TRAITS[venue].password ? { password: `${prefix}_PASSWORD` } : {}),
  };
}

/** The key of an earlier run, when all of it is still set: then nothing needs to be set again. */
function keyFrom(env: Environment, names: SecretNames): Keys.SimKey | undefined {
  const part = (name: string | undefined): string => (env[name ?? ''] ?? '').trim().replaceAll('\\n', '\n');
  const [apiKey, secret, password] = [part(names.apiKey), part(names.secret), part(names.password)];
  if (apiKey === '' || secret === '' || (names.password !== undefined && password === '')) return undefined;
  return { apiKey, secret, ...(names.password === undefined ? {} : { password }) };
}

/** A private key has lines; a setting has one. */
function oneLine(secret: string): string {
  return secret.trim().replaceAll('\n', '\\n');
}

/** Puts an account into the file in place of an older one of its name; those of other simulators stay. */
function writeAccount(file: string, account: Readonly<Record<string, unknown>>): void {
  const others = writtenAccounts(file).filter((other) => Reflect.get(other, 'name') !== account['name']);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ accounts: [...others, account] }, undefined, 2)}\n`);
}

/** The file is ours alone: one that is missing or broken is begun anew. */
function writtenAccounts(file: string): readonly object[] {
  try {
    const { accounts } = JSON.parse(readFileSync(file, 'utf8')) as { readonly accounts: readonly unknown[] };
    return accounts.filter((one) => typeof one === 'object' && one !== null);
  } catch {
    return [];
  }
}

/** A path as short as a setting may have it: settings are read from the project's folder. */
function pathFrom(folder: string, file: string): string {
  const path = relative(folder, file);
  return path.startsWith('..') || isAbsolute(path) ? file : path;
}

/** One line for what happened to an order, as the exchange sees it. */
function happened(order: SimOrder, fill: SimFill | undefined): string {
  const { filled, id, instrument, quantity, side, state, terms } = order;
  const what = `order ${id}: ${side} ${quantity} ${instrument} ${terms.type}`;
  return fill === undefined ? `${what}: ${state}, ${filled} filled` : `${what}: ${fill.quantity} at ${fill.price}`;
}
