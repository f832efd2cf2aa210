import { createRequire } from 'node:module';
import type * as Admin from '../simulators/ib/admin';
import type { IbFill, IbOrder } from '../simulators/ib/order';
import type * as Started from '../simulators/ib/simulator';
import { CliError, EXIT } from './context';
import type { RunningSimulator, Simulator } from './simulate';

/** The one account of the simulated broker; `DU` marks a paper account. */
const ACCOUNT = { code: 'DU1234567', cash: '1000000' };
/** Numbers of orders count tenths of a second, so that a broker that is started again does not give old ones. */
const TENTH_MS = 100;
const HOURS = ['always', 'exchange'] as const;
const ENTITLEMENTS = ['live', 'delayed', 'none'] as const;

interface IbOptions {
  readonly hours: (typeof HOURS)[number];
  readonly marketData: (typeof ENTITLEMENTS)[number];
  readonly seed: string;
  readonly adminPort?: number;
}

/** `simulate ib`: Interactive Brokers behind the socket protocol of TWS, with one paper account and made-up prices. */
export const ibSimulator: Simulator<IbOptions> = {
  name: 'ib',
  description:
    'Interactive Brokers: the socket of TWS on this machine, one paper account, made-up prices (AAPL, BAND, ES, MES).',
  options: (command) =>
    command
      .option('--hours <hours>', `when its markets are open: ${HOURS.join(' or ')}`, oneOf('--hours', HOURS), 'always')
      .option(
        '--market-data <entitlement>',
        `what the account may see: ${ENTITLEMENTS.join(', ')}`,
        oneOf('--market-data', ENTITLEMENTS),
        'live',
      )
      .option('--seed <text>', 'another seed gives other prices', 'ib')
      .option('--admin-port <port>', "port of the admin's door, for scripted faults; none unless told", port)
      .addHelpText('after', '\nExample: tradewind simulate ib --port 4002'),
  start: async (options, report) => start(options, report),
};

async function start(
  options: IbOptions & { readonly port: number },
  report: (line: string) => void,
): Promise<RunningSimulator> {
  const { IbSimulator, openAdmin } = loadSimulator();
  const simulator = await IbSimulator.start({
    ...{ port: options.port, accounts: [ACCOUNT], hours: options.hours, seed: options.seed },
    ...{ entitlement: options.marketData, firstPermId: Math.floor(Date.now() / TENTH_MS) },
  });
  simulator.ledger.events.on('order', (order, fill) => report(happened(order, fill)));
  const admin = options.adminPort === undefined ? undefined : await openAdmin(simulator, options.adminPort);
  if (admin) report(`admin's door at ${admin.url}/sim/`);
  return {
    address: `127.0.0.1:${simulator.port}`,
    settings: { IB_ACCOUNT: ACCOUNT.code, IB_HOST: '127.0.0.1', IB_PORT: String(simulator.port) },
    next: [
      './tradewind broker check ib',
      './tradewind trade start --account ib --instrument AAPL --strategy manual --direction long --stop 95',
    ],
    stop: async () => {
      await admin?.close();
      await simulator.close();
    },
  };
}

/** Loaded when needed: no other command waits for it. */
function loadSimulator(): typeof Started & typeof Admin {
  const load = createRequire(__filename);
  return {
    ...(load('../simulators/ib/simulator') as typeof Started),
    ...(load('../simulators/ib/admin') as typeof Admin),
  };
}

function oneOf<const T extends string>(option: string, choices: readonly T[]): (text: string) => T {
  return (text) => {
    const choice = choices.find((one) => one === text);
    if (choice === undefined) throw new CliError(EXIT.usage, `${option} must be one of ${choices.join(', ')}.`);
    return choice;
  };
}

function port(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new CliError(EXIT.usage, '--admin-port must be a whole number from 0 to 65535.');
}

/** One line for what happened to an order, as the broker sees it. */
function happened(order: IbOrder, fill: IbFill | undefined): string {
  const { clientId, contract, filled, orderId, permId, quantity, side, state, type } = order;
  const what = `order ${clientId}/${orderId} (${permId}): ${side} ${quantity} ${contract.localSymbol} ${type}`;
  return fill === undefined ? `${what}: ${state}, ${filled} filled` : `${what}: ${fill.quantity} at ${fill.price}`;
}
