import { brokerContract } from '../../tests/support/broker-contract';
import { IbHarness } from '../../tests/support/ib-harness';

brokerContract('Interactive Brokers', () => IbHarness.open());
