import { brokerContract } from '../../tests/support/broker-contract';
import { exchangeContract } from '../../tests/support/exchange-contract';
import { ExchangeHarness } from '../../tests/support/exchange-harness';
import { SIMULATED_VENUES } from '../../simulators/exchange/start';

for (const venue of SIMULATED_VENUES) {
  brokerContract(venue, () => ExchangeHarness.open(venue));
  exchangeContract(venue);
}
