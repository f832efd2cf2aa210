import { brokerContract } from '../../tests/support/broker-contract';
import { IbHarness } from '../../tests/support/ib-harness';

brokerContract('Interactive Brokers', () => IbHarness.open());
// Its commissions are charged: of a future nothing else leaves the cash.
brokerContract('Interactive Brokers, a future', () => IbHarness.open({}, { commissions: true }, 'future'));
