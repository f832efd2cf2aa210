// npm run bench -- NAME: measures speed, always as a ratio to something real in the same run.
import { runSuite } from '../support/suites';
import { ordersSuite } from './orders-suite';
import { tradeSuite } from './trade-suite';

void runSuite('npm run bench --', { orders: ordersSuite, trade: tradeSuite }, process.argv.slice(2)).then((code) =>
  process.exit(code),
);
