// The outside world of the suite: simulated venues in a process of their own, which nothing kills. Ends with its parent.
import { dec, text } from '../../../domain/money/decimal';
import { simulatedInstruments, startSimulator } from '../../../simulators/exchange/start';
import { simulatorKey } from '../../support/simulator-keys';
import type { RunningVenue, VenueSetup } from './messages';

const FREE = {
  halfSpreadBps: text(dec(0)),
  slippageBps: text(dec(0)),
  takerFeeRate: text(dec(0)),
  makerFeeRate: text(dec(0)),
  volumeShare: text(dec(1)),
};
/** Enough for every order of a run. */
const FUNDS = '1000000000';

async function start({ venue, readLag, accounts }: VenueSetup): Promise<RunningVenue> {
  const [instrument = ''] = simulatedInstruments(venue);
  const quote = instrument.split('/')[1] ?? '';
  const key = simulatorKey(venue);
  const credentials = Object.fromEntries(
    accounts.map((account) => [account, { ...key, apiKey: `${key.apiKey}-${account}` }]),
  );
  const simulator = await startSimulator({
    venue,
    port: 0,
    accounts: Object.values(credentials).map((one) => ({ ...one, funds: { [quote]: FUNDS } })),
    prices: 'written',
    costs: FREE,
    readLag,
  });
  const { url, streamUrl, ledger } = simulator;
  return { url, streamUrl, instrument, idRule: ledger.options.idRule, credentials };
}

process.on('message', ({ id, setups }: { readonly id: number; readonly setups: readonly VenueSetup[] }) => {
  void Promise.all(setups.map(start)).then(
    (answer) => process.send?.({ id, answer }),
    (error: unknown) => process.send?.({ id, error: error instanceof Error ? error.message : String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
