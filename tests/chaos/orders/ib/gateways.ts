// The outside world of the suite at Interactive Brokers: simulated gateways in a process of their own, which nothing kills.
// Ends with its parent.
import { dec, text } from '../../../../domain/money/decimal';
import { openAdmin } from '../../../../simulators/ib/admin';
import { IbSimulator } from '../../../../simulators/ib/simulator';
import type { GatewaySetup, RunningGateway } from './messages';

/** No cost and all of the volume: what is tested is how many orders there are. */
const FREE = { halfSpreadBps: text(dec(0)), slippageBps: text(dec(0)), volumeShare: text(dec(1)) };
const CASH = '1000000000';

async function start({ account, accountCode, readLag }: GatewaySetup): Promise<RunningGateway> {
  const simulator = await IbSimulator.start({
    ...{ port: 0, accounts: [{ code: accountCode, cash: CASH }], prices: 'written', costs: FREE },
    ...{ commissions: false, readLag },
  });
  const { url } = await openAdmin(simulator, 0);
  return { account, port: simulator.port, adminUrl: url };
}

process.on('message', ({ id, setups }: { readonly id: number; readonly setups: readonly GatewaySetup[] }) => {
  void Promise.all(setups.map(start)).then(
    (answer) => process.send?.({ id, answer }),
    (error: unknown) => process.send?.({ id, error: error instanceof Error ? error.message : String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
