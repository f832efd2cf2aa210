// npm run bench -- NAME: measures speed, always as a ratio to something real in the same run.
import { runSuite } from '../support/suites';
import { calendarSuite } from './calendar-suite';
import { riskSuite } from './risk-suite';
import { tradeSuite } from './trade-suite';

void runSuite(
  'npm run bench --',
  { calendar: calendarSuite, risk: riskSuite, trade: tradeSuite },
  process.argv.slice(2),
).then((code) => process.exit(code));
