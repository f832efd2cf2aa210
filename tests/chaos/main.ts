// npm run chaos -- NAME: breaks things on purpose and checks that the promises hold.
import { runSuite } from '../support/suites';
import { booksSuite } from './books/suite';
import { exploreSuite } from './explore/suite';
import { haltChaosSuite } from './halt/suite';
import { orderChaosSuite } from './orders/suite';
import { tradeChaosSuite } from './trade/suite';

const suites = {
  books: booksSuite,
  explore: exploreSuite,
  halt: haltChaosSuite,
  orders: orderChaosSuite,
  trade: tradeChaosSuite,
};
void runSuite('npm run chaos --', suites, process.argv.slice(2)).then((code) => process.exit(code));
